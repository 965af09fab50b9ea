"""Task 9.2: cookies read with patience, written to the letter (`cookies`)."""

import pytest

from groundup.cookies import MOST_PAIR, CookieDict, check_pair, cookie_line
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("9.2")

FIELDS = [
    ("a=1; b=2", {"a": "1", "b": "2"}, "two cookies"),
    ("a=1;b=2", {"a": "1", "b": "2"}, "no blank between them"),
    ("a=b=c", {"a": "b=c"}, "parted at the first = only"),
    ("a=1; a=2", {"a": "1"}, "of two the first counts: it is the more specific one"),
    (" a = 1 ;\tb=2\t", {"a": "1", "b": "2"}, "blanks round a name and a value are nobody's"),
    ("a=\xa0b\x85", {"a": "\xa0b\x85"}, "but only blanks and tabs are, and no other space"),
    ("a=", {"a": ""}, "an empty value is one"),
    ("a; =x; ;; b=2", {"b": "2"}, "what has no name or no = is nobody's cookie"),
    ('a="x"', {"a": '"x"'}, "quotes are part of the value"),
    ("A=1; a=2", {"A": "1", "a": "2"}, "names have case"),
    ("", {}, "nothing"),
    (None, {}, "no field at all"),
]


@pytest.mark.parametrize(("field", "want", "what"), FIELDS, ids=[repr(row[0]) for row in FIELDS])
def test_a_cookie_field_is_read(field, want, what):
    kit.did(f"CookieDict.read({field!r})")
    cookies = CookieDict.read(field)
    kit.expect_that(isinstance(cookies, CookieDict), "a CookieDict", repr(cookies))
    kit.expect(dict(cookies), want, f"the cookies: {what}", section="RFC 6265 §5.4")


def test_a_million_pieces_are_one_pass():
    field = ";" * 200_000 + "a=1"
    kit.expect(dict(CookieDict.read(field)), {"a": "1"}, "the one cookie behind many semicolons")


FORGED = [
    "me; Domain=.example",
    "me\r\nSet-Cookie: admin=1",
    "a,b",
    'say "x"',
    "back\\slash",
    "a b",
    "\x00",
    "\x7f",
    "naïve",
    "a\n",
]


@pytest.mark.parametrize("value", FORGED, ids=ascii)
def test_no_value_becomes_anything_else(value):
    kit.did(f"check_pair('user', {value!r})")
    error = kit.expect_raises(
        ValueError,
        check_pair,
        "user",
        value,
        want="a ValueError: this cannot stand in a cookie",
        why="a value that holds a semicolon or a line end writes an attribute, or a field",
    )
    bad = next(c for c in value if not (c == "!" or "#" <= c <= "~") or c in ",;\\")
    want = f"the message shows the first character that may not stand there, by itself: {bad!r}"
    kit.expect_that(repr(bad) in str(error), want, str(error))
    kit.expect_raises(
        ValueError, cookie_line, "user", value, want="and so no Set-Cookie is made of it"
    )


@pytest.mark.parametrize("name", ["", "a b", "a=b", "a;b", "é", "a\n", "(x)"], ids=ascii)
def test_what_is_no_name_is_none(name):
    kit.expect_raises(ValueError, check_pair, name, "1", want=f"a ValueError for {name!r}")


def test_what_is_fine_passes():
    kit.expect(check_pair("sid", ""), None, "an empty value: nothing to say")
    every = "".join(chr(c) for c in range(0x21, 0x7F) if chr(c) not in '",;\\')
    kit.expect(check_pair("sid", every), None, f"every character that may stand there: {every}")
    kit.expect(check_pair("a", "x" * (MOST_PAIR - 1)), None, "name and value of 4096 bytes")
    kit.did(f"check_pair('a', {MOST_PAIR} × 'x')")
    kit.expect_raises(
        ValueError, check_pair, "a", "x" * MOST_PAIR,
        want="a ValueError: name and value together are 4097, and MOST_PAIR is 4096",
    )  # fmt: skip


def test_on_a_response():
    response = Response("hello")
    response.set_cookie("sid", "x1", secure=True)
    kit.expect(
        response.headers.get_all("set-cookie"),
        ["sid=x1; Path=/; Secure; HttpOnly; SameSite=Lax"],
        "the Set-Cookie of set_cookie('sid', 'x1', secure=True)",
    )
