"""Task 9.3: a page's form (`forms.unescaped`, `forms.read_urlencoded`)."""

import pytest

from groundup.errors import HTTPException
from groundup.forms import Form, FormLimits, read_urlencoded, unescaped
from workshop import kit

pytestmark = kit.task("9.3")

PIECES = [
    (b"tea", "tea", "itself"),
    (b"a+b", "a b", "a plus is a blank"),
    (b"a%2Bb", "a+b", "an escaped plus is a plus"),
    (b"%C3%A9", "é", "escapes are bytes of UTF-8"),
    (b"a%26b%3D", "a&b=", "what would part fields, escaped"),
    (b"%2525", "%25", "decoded once, not twice"),
    ("é".encode(), "é", "UTF-8 as it is"),
    (b"", "", "nothing"),
]


@pytest.mark.parametrize(("piece", "want", "what"), PIECES, ids=[repr(row[0]) for row in PIECES])
def test_a_piece_is_unescaped(piece, want, what):
    kit.did(f"unescaped({piece!r})")
    kit.expect(unescaped(piece), want, what, section="WHATWG URL §5.1")


@pytest.mark.parametrize("piece", [b"%", b"%2", b"%zz", b"a%+1", b"%%41", b"\xff", b"%FF", b"%C3"])
def test_what_no_browser_would_send(piece):
    kit.did(f"unescaped({piece!r})")
    kit.expect_raises(HTTPException, unescaped, piece, want="400: it is malformed", status_code=400)


BODIES = [
    (b"x=1&x=2&y=z+z", {"x": ["1", "2"], "y": ["z z"]}, "every value, in order"),
    (b"a=b=c", {"a": ["b=c"]}, "parted at the first ="),
    (b"a", {"a": [""]}, "a name alone has an empty value"),
    (b"a=", {"a": [""]}, "the same"),
    (b"=x", {"": ["x"]}, "an empty name is one"),
    (b"&&a=1&", {"a": ["1"]}, "empty pieces are nothing"),
    (b"", {}, "no body, no field"),
    (b"a%3Db=%26", {"a=b": ["&"]}, "parted before it is unescaped"),
]


@pytest.mark.parametrize(("body", "want", "what"), BODIES, ids=[repr(row[0]) for row in BODIES])
def test_a_form_is_read(body, want, what):
    kit.did(f"read_urlencoded({body!r})")
    form = read_urlencoded(body)
    kit.expect_that(isinstance(form, Form), "a Form", repr(form))
    kit.expect(dict(form), want, what)


def test_fields_are_counted_before_any_is_stored(monkeypatch):
    read = []
    monkeypatch.setattr("groundup.forms.unescaped", lambda piece: read.append(piece) or "x")
    limits = FormLimits(fields=3)
    kit.did("three fields, at most three are allowed")
    read_urlencoded(b"a=1&b=2&c=3", limits)
    kit.expect(len(read), 6, "names and values that were unescaped")
    read.clear()
    kit.did("four fields")
    kit.expect_raises(
        HTTPException, read_urlencoded, b"a=1&b=2&c=3&d=4", limits,
        want="413: one more than three", status_code=413,
    )  # fmt: skip
    kit.expect(read, [], "pieces that were unescaped before that was noticed")
    kit.did("100,000 fields")
    kit.expect_raises(
        HTTPException,
        read_urlencoded,
        b"a=1&" * 100_000,
        limits,
        want="413: a form has three fields at most here",
        status_code=413,
    )
    kit.expect(read, [], "pieces that were unescaped before that was noticed")


def test_a_name_has_a_limit():
    kit.expect_raises(
        HTTPException,
        read_urlencoded,
        b"x" * 300 + b"=1",
        want="413: the name is too long",
        status_code=413,
    )
