"""The caret stands under the first difference, and long values are cut round it."""

import pytest

from workshop.kit.caret import compare, show

LONG = b"GET /" + b"a" * 200 + b" HTTP/1.1\r\n"

SHOWN = [
    (b"a\r\n", r'b"a\r\n"'),
    (b'it\'s "so"', r'b"it' + "'" + r's \"so\""'),
    (b"\x00\xff\x7f", r'b"\x00\xff\x7f"'),
    (bytearray(b"x"), 'b"x"'),
    ("žluť\n", '"žluť\\n"'),
    ([b"a", "b", None], '[b"a", "b", None]'),
    ((b"a",), '(b"a",)'),
    (7, "7"),
]


@pytest.mark.parametrize(("value", "text"), SHOWN)
def test_show(value: object, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize("value", [b"x" * 10**6, "x" * 10**6, ["x" * 500] * 9, b"\x00" * 500])
def test_show_is_short_and_says_what_it_left_out(value: object) -> None:
    assert len(show(value)) <= 100
    assert "…" in show(value)


CARETS = [
    # got, want, the character the caret points at, its words
    (b"hello", b"hallo", "e", "byte 1"),
    (b"", b"a", '"', "ends here: 1 byte is missing"),
    (b"ab", b"abcd", '"', "ends here: 2 bytes are missing"),
    (b"abc", b"ab", "c", "byte 2: 1 byte too many"),
    (b"\r\n\x00x", b"\r\n\x00y", "x", "byte 3"),
    (b"it's a", b"it's b", "a", "byte 5"),
    ("naïve", "naive", "ï", "character 2"),
    (LONG, LONG.replace(b"1.1", b"1.0"), "1", "byte 213"),
    (LONG[:-2], LONG, '"', "ends here: 2 bytes are missing"),
]


@pytest.mark.parametrize(("got", "want", "at", "words"), CARETS)
def test_the_caret_points_at_the_first_difference(
    got: bytes | str, want: bytes | str, at: str, words: str
) -> None:
    shown_want, shown_got = compare(got, want)
    value, caret = shown_got.split("\n")
    place = caret.index("^")
    assert value[place] == at
    assert caret[place:] == f"^ {words}"
    assert value[:place].rstrip('"') == shown_want[:place].rstrip('"'), "aligned with want"
    assert max(len(value), len(shown_want)) < 90


ITEMS = [
    ([b"a", b"c"], [b"a", b"b"], 'b"c"', "item 1"),
    ([b"c"], [b"a", b"b"], 'b"c"', "item 0"),
    ([b"a"], [b"a", b"b"], "]", "ends here: 1 item is missing"),
    ([b"a", b"b", b"c"], [b"a"], 'b"b"', "item 1: 2 items too many"),
    ((1, 2, 3), (1, 3, 3), "2, 3", "item 1"),
    ([], [1], "]", "ends here: 1 item is missing"),
]


@pytest.mark.parametrize(("got", "want", "at", "words"), ITEMS)
def test_the_caret_points_at_the_first_item(got: list, want: list, at: str, words: str) -> None:
    value, caret = compare(got, want)[1].split("\n")
    place = caret.index("^")
    assert value[place:].startswith(at), f"{value}\n{caret}"
    assert caret[place:] == f"^ {words}"


def test_long_lists_show_the_item_and_the_place_in_it() -> None:
    want, got = compare(["x" * 50, "abc" * 30, "y"], ["x" * 50, "abd" * 30, "y"])
    assert want.startswith('item 1: "abd')
    assert got.startswith('item 1: "abc')
    value, caret = got.split("\n")
    assert value[caret.index("^")] == "c"


def test_long_lists_of_other_lengths_say_so() -> None:
    assert compare(["x" * 90], ["x" * 90, "y" * 90])[1] == "1 of 2 items"
    assert compare(["x" * 90, "y"], ["x" * 90])[1] == '2 items; item 1: "y"'


def test_dictionaries_name_the_key() -> None:
    base = {f"name-{n}": "v" * 9 for n in range(9)}
    changed = {**base, "name-3": "other"}
    want, got = compare(changed, base)
    assert want == "['name-3']: \"vvvvvvvvv\""
    assert got.startswith("['name-3']: \"other\"")
    assert compare({}, base)[1].startswith("no 'name-0' among")


def test_types_are_named_when_they_differ() -> None:
    assert compare("a", b"a") == ('b"a" (bytes)', '"a" (str)')
    assert compare(None, b"a") == ('b"a"', "None")
    assert compare(200.0, "200") == ('"200" (str)', "200.0 (float)")
