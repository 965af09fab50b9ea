"""Forms, urlencoded and multipart: one way to read each, counted before it is kept."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest

from groundup import HTTPException, Request
from groundup.forms import FormLimits
from groundup.multipart import read_form

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=XX"


def part(disposition: str, content: str, *more: str) -> str:
    """A part, with the delimiter before it."""
    fields = [f"Content-Disposition: form-data; {disposition}", *more]
    return "--XX\r\n" + "\r\n".join([*fields, "", content]) + "\r\n"


END = "--XX--\r\n"
FIELD = part('name="a"', "1")

GOOD: list[tuple[str, str, dict[str, list[str]]]] = [
    (URLENCODED, "x=1&x=2&y=z+z", {"x": ["1", "2"], "y": ["z z"]}),
    (URLENCODED + "; charset=utf-8", "a=%C3%A9&&b", {"a": ["é"], "b": [""]}),
    (URLENCODED.upper(), "", {}),
    (MULTIPART, FIELD + END, {"a": ["1"]}),
    (MULTIPART, FIELD + part('name="a"', "2") + END, {"a": ["1", "2"]}),
    (MULTIPART, part('name="a"', "") + "--XX--", {"a": [""]}),
    (MULTIPART, part('name="a"', "x\r\n--X\r\n") + END, {"a": ["x\r\n--X\r\n"]}),
    (MULTIPART, part('name="é \\"q\\""', "ö") + END, {'é "q"': ["ö"]}),
    ('multipart/form-data; boundary="a b"', '--a b\r\nContent-Disposition: form-data; name="a"'
     "\r\n\r\n1\r\n--a b--", {"a": ["1"]}),
    (MULTIPART, END, {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body", "wanted"), GOOD)
def test_a_form_is_read(kind: str, body: str, wanted: dict[str, list[str]]) -> None:
    request = Request.build("POST", "/", {"content-type": kind}, body.encode())
    assert request.form() == wanted
    assert request.form() is request.form(), "it is read once"


BAD: list[tuple[str | None, str | bytes, int]] = [
    (URLENCODED, "a=%4", 400),
    (URLENCODED, b"a=\xff", 400),
    (URLENCODED, b"a=%ff", 400),
    (None, "a=1", 415),
    ("application/json", "{}", 415),
    ("multipart/form-data", FIELD + END, 400),  # no boundary
    ("multipart/form-data; boundary=XX; boundary=YY", FIELD + END, 400),
    ("multipart/form-data; boundary=" + "x" * 71, END, 400),
    (MULTIPART, "", 400),
    (MULTIPART, "preamble\r\n" + FIELD + END, 400),
    (MULTIPART, FIELD, 400),  # no end
    (MULTIPART, FIELD + "--XX--\r\nepilogue", 400),
    (MULTIPART, FIELD + "--XXY\r\n", 400),
    (MULTIPART, "--XX\r\n\r\n1\r\n" + END, 400),
    (MULTIPART, "--XX\r\nContent-Type: a\r\n\r\n1\r\n" + END, 400),  # no name
    (MULTIPART, part('name="a"', "1", 'content-disposition: form-data; name="b"') + END, 400),
    (MULTIPART, part('name="a"', "1", "bad header: x") + END, 400),
    (MULTIPART, part('name="a"; name="b"', "1") + END, 400),
    (MULTIPART, part("name=\"a\"; filename*=UTF-8''x", "1") + END, 400),
    (MULTIPART, part('name="a"', "1", "Content-Transfer-Encoding: base64") + END, 400),
    (MULTIPART, part('name="a"', "1", "x: " + "y" * 5000) + END, 413),
    (MULTIPART, part(f'name="{"n" * 300}"', "1") + END, 413),
    (MULTIPART, b'--XX\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--XX--', 400),
]


@pytest.mark.parametrize(("kind", "body", "status"), BAD)
def test_a_form_that_is_none_is_refused(kind: str | None, body: Any, status: int) -> None:
    with pytest.raises(HTTPException) as caught:
        read_form(kind, body if isinstance(body, bytes) else body.encode())
    assert caught.value.status_code == status


def test_no_type_and_no_body_is_a_form_without_fields() -> None:
    assert read_form(None, b"") == {}


def test_a_file_keeps_its_bytes_and_its_name_is_a_claim() -> None:
    body = part('name="f"; filename="..\\..\\etc/pass"', "\0\r\nx", "Content-Type: text/x") + END
    form = read_form(MULTIPART, body.encode())
    file = form.file("f")
    assert file is not None and form == {} and form.value("f") is None
    assert (file.filename, file.content_type, file.data) == (
        "..\\..\\etc/pass",
        "text/x",
        b"\0\r\nx",
    )
    assert file.safe_name == "pass", "no path is left of it"


NAMES = [("/etc/passwd", "passwd"), (".htaccess", "htaccess"), ("a:b", "a_b"), ("..", "file"),
         ("C:\\x\\y.txt", "y.txt"), ("", "file")]  # fmt: skip


@pytest.mark.parametrize(("claimed", "safe"), NAMES)
def test_a_safe_name_is_no_path(claimed: str, safe: str) -> None:
    from groundup import UploadedFile

    assert UploadedFile(claimed, "", b"").safe_name == safe


@pytest.mark.parametrize(
    ("kind", "body"),
    [(URLENCODED, "&".join(["a"] * 4)), (MULTIPART, FIELD * 4 + END)],
)
def test_fields_are_counted(kind: str, body: str) -> None:
    assert read_form(kind, body.encode(), FormLimits(fields=4)).value("a") is not None
    with pytest.raises(HTTPException, match="at most 3") as caught:
        read_form(kind, body.encode(), FormLimits(fields=3))
    assert caught.value.status_code == 413


HOSTILE = {
    "nearly delimiters": lambda n: part('name="a"', "\r\n--X" * n) + END,
    "line ends": lambda n: part('name="a"', "\r\n" * n) + END,
    "escapes in a name": lambda n: part('name="' + "\\" * n, "1") + END,
    "parts": lambda n: FIELD * (n // 50) + END,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_four_times_the_bytes_take_no_sixteen_times_the_time(make: Any) -> None:
    def seconds(size: int) -> float:
        body, best = make(size).encode(), 9.0
        for _ in range(3):
            began = time.perf_counter()
            with suppress(HTTPException):
                read_form(MULTIPART, body, FormLimits(fields=1 << 20, part_head=1 << 30))
            best = min(best, time.perf_counter() - began)
        return best

    assert seconds(200_000) < 12 * seconds(50_000) + 0.01
