"""Task 9.4: a form with files (`multipart.read_multipart`)."""

import pytest

from groundup.errors import HTTPException
from groundup.forms import Form, FormLimits, UploadedFile
from groundup.multipart import read_multipart
from workshop import kit

pytestmark = kit.task("9.4")


def part(name, content, filename=None, kind=None):
    """A part, with the delimiter before it and the line end behind it."""
    file = f'; filename="{filename}"' if filename is not None else ""
    head = f'--XX\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'
    head += f"Content-Type: {kind}\r\n" if kind else ""
    return head.encode() + b"\r\n" + content + b"\r\n"


END = b"--XX--\r\n"


def test_a_field_and_a_file():
    body = part("title", b"Tea") + part("image", b"\x89PNG\r\n", "a.png", "image/png") + END
    kit.did("read a form of a field and a file")
    form = read_multipart("XX", body)
    kit.expect_that(isinstance(form, Form), "a Form", repr(form))
    kit.expect(dict(form), {"title": ["Tea"]}, "its fields")
    kit.expect(
        form.files, {"image": [UploadedFile("a.png", "image/png", b"\x89PNG\r\n")]}, "its files"
    )


CONTENTS = [
    b"",
    b"\r\n",
    b"\r\n\r\n",
    b"--X",
    b"a\r\n--X",
    b"a\n--XX--\n",
    b"\r\n--XY--\r\n",
    b"\r\r\n\r\n-",
    bytes(range(256)),
]


@pytest.mark.parametrize("content", CONTENTS, ids=lambda c: ascii(c[:12]))
def test_a_file_may_hold_anything_but_the_delimiter(content):
    kit.did(f"a file of {kit.show(content)}, between two fields")
    body = part("a", b"1") + part("f", content, "f") + part("b", b"2") + END
    form = read_multipart("XX", body)
    kit.expect(form.files["f"][0].data, content, "the file's content, byte for byte")
    kit.expect(dict(form), {"a": ["1"], "b": ["2"]}, "and the fields round it")


GOOD = [
    (END, {}, "no part at all"),
    (b"--XX--", {}, "no line end at the very end"),
    (part("a", b"1") + part("a", b"2") + END, {"a": ["1", "2"]}, "two values of one name"),
]


@pytest.mark.parametrize(("body", "want", "what"), GOOD, ids=[row[2] for row in GOOD])
def test_short_forms(body, want, what):
    kit.expect(dict(read_multipart("XX", body)), want, what)


BAD = [
    ("XX", b"", "no boundary at its beginning"),
    ("XX", b"hello\r\n" + part("a", b"1") + END, "something before the first delimiter"),
    ("XX", part("a", b"1"), "no last delimiter"),
    ("XX", part("a", b"1")[:-2], "a part without an end"),
    ("XX", part("a", b"1") + b"--XX", "a delimiter, and nothing behind it"),
    ("XX", part("a", b"1") + b"--XXYY--", "a boundary that only begins like ours"),
    ("XX", part("a", b"1") + END + b"more", "something behind the last delimiter"),
    ("XX", b"--XX\n" + part("a", b"1")[6:] + END, "a delimiter that ends with LF alone"),
    ("", END, "no boundary was given"),
    ("X X ", END, "a boundary that ends with a blank"),
    ("x" * 71, b"--" + b"x" * 71 + b"--", "a boundary of 71 characters"),
]


@pytest.mark.parametrize(("boundary", "body", "what"), BAD, ids=[row[2] for row in BAD])
def test_there_is_one_way_to_read_a_form(boundary, body, what):
    kit.did(f"read_multipart({boundary!r}, {kit.show(body)})")
    kit.expect_raises(
        HTTPException, read_multipart, boundary, body, want=f"400: {what}", status_code=400
    )


def test_parts_are_counted_before_they_are_kept(monkeypatch):
    kept = []
    monkeypatch.setattr("groundup.multipart.keep", lambda form, part, data: kept.append(data))
    limits = FormLimits(fields=5)
    kit.did("five parts, and five are allowed")
    read_multipart("XX", part("a", b"1") * 5 + END, limits)
    kit.expect(len(kept), 5, "parts that were kept")
    kept.clear()
    kit.expect_raises(
        HTTPException,
        read_multipart,
        "XX",
        part("a", b"1") * 6 + END,
        limits,
        want="413 for a sixth",
        status_code=413,
    )
    kit.expect_that(len(kept) <= 5, "no more than five were kept", f"{len(kept)}")


class Watched(bytes):
    """Bytes that count how often, and over how many bytes, somebody searches them."""

    looked = 0

    def find(self, wanted, start=0, end=None):
        """The same as of bytes, and counted."""
        stop = len(self) if end is None else min(end, len(self))
        found = super().find(wanted, start, stop)
        type(self).looked += (found if found >= 0 else stop) - start
        return found


def test_no_byte_is_looked_at_again_and_again():
    Watched.looked = 0
    body = Watched(part("f", b"\r\n" * 100_000, "f") + part("a", b"1") * 200 + END)
    kit.did("a file of 100,000 line ends, and 200 fields")
    read_multipart("XX", body)
    kit.expect_that(
        Watched.looked <= 2 * len(body),
        want="each byte is searched once, or twice at most",
        got=f"{Watched.looked:,} bytes were searched in a body of {len(body):,}",
        why="a parser that begins anew at each line end takes minutes for one upload",
    )
