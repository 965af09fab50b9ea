"""Task 3.1: a piece of a path, decoded once (`urls.percent_decode`)."""

import pytest

from groundup.errors import HTTPException
from groundup.urls import percent_decode, split_path
from workshop import kit

pytestmark = kit.task("3.1")

DECODED = [
    ("nothing to decode", "users", "users"),
    ("nothing at all", "", ""),
    ("a space", "a%20b", "a b"),
    ("two bytes, one letter", "caf%C3%A9", "café"),
    ("three bytes, one sign", "%E2%82%AC", "€"),
    ("four bytes, one picture", "%F0%9F%90%8D", "🐍"),
    ("small hexadecimal letters", "caf%c3%a9", "café"),
    ("once, not twice", "%2525", "%25"),
    ("once, not twice: dots", "%252e%252e", "%2e%2e"),
    ("a slash is a character", "a%2Fb", "a/b"),
    ("a plus is a plus", "a+b", "a+b"),
    ("a plus, encoded", "a%2Bb", "a+b"),
    ("a line feed", "a%0Ab", "a\nb"),
    ("a letter that needed no escape", "%61", "a"),
    ("a percent sign at the end", "100%25", "100%"),
]

REFUSED = [
    ("cut off after one digit", "a%4"),
    ("cut off at once", "100%"),
    ("not hexadecimal", "%zz"),
    ("half hexadecimal", "%4z"),
    ("a sign is no digit", "%+4"),
    ("a space is no digit", "% 4"),
    ("bytes that are not UTF-8", "%FF"),
    ("a character cut in half", "caf%C3"),
    ("a slash spelled too long", "%C0%AF"),
    ("half of a surrogate pair", "%ED%A0%80"),
    ("NUL", "photo.png%00.txt"),
    ("one good escape, one bad", "%41%"),
]


@pytest.mark.parametrize(("story", "text", "want"), DECODED, ids=[case[0] for case in DECODED])
def test_it_decodes_once(story, text, want):
    kit.did(f"percent_decode({text!r})")
    kit.expect(percent_decode(text), want, story)


@pytest.mark.parametrize(("story", "text"), REFUSED, ids=[case[0] for case in REFUSED])
def test_it_refuses_what_cannot_be_decoded(story, text):
    kit.did(f"percent_decode({text!r})")
    kit.expect_raises(
        HTTPException,
        percent_decode,
        text,
        want=f"{story}: refused with 400",
        why="what cannot be decoded has no meaning, and a guess is a second meaning",
        status_code=400,
    )


def test_a_path_is_split_before_it_is_decoded():
    kit.did("split_path('/files/a%2Fb/c')")
    kit.expect(
        split_path("/files/a%2Fb/c"),
        ["", "files", "a/b", "c"],
        "an encoded slash is a character of a name, and no border",
        section="RFC 3986 §2.2",
    )
