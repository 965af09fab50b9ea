"""Headers: names without case, order and repetition kept, values combined when asked for."""

from __future__ import annotations

from groundup.headers import Headers
from workshop import kit

PAIRS = [
    ("Host", "a"),
    ("Accept", "b"),
    ("X-One", "1"),
    ("ACCEPT", "c;q=1"),
    ("Cookie", "d=1"),
    ("cookie", "e=2"),
]


def lowered() -> list[tuple[str, str]]:
    return [(name.lower(), value) for name, value in PAIRS]


@kit.task("2.6")
def test_names_compare_without_case() -> None:
    headers = Headers(PAIRS)
    for _, name in kit.cases(
        (f"Headers(pairs)[{name!r}]", name) for name in ("host", "Host", "HOST", "hOsT")
    ):
        kit.expect(
            headers[name], "a", "the value, whatever the case of the name", section="RFC 9110 §5.1"
        )
        kit.expect(headers.get(name), "a", "the same from get()")
        kit.expect_that(name in headers, want="`in` finds it too", got=repr(list(headers)))


@kit.task("2.6")
def test_order_and_repetition_are_kept() -> None:
    why = "the order of lines with one name is part of what they mean"
    headers = Headers(PAIRS)
    kit.did(f"Headers({PAIRS})")
    kit.expect(
        list(headers.items()),
        lowered(),
        "every pair, in order, names in lower case",
        why=why,
        section="RFC 9110 §5.3",
    )
    kit.expect(
        headers.get_all("Accept"),
        ["b", "c;q=1"],
        "each value of a repeated name, in order",
        why=why,
    )
    kit.expect(headers.get_all("absent"), [], "no values: an empty list, not an error")
    kit.expect(len(headers), 6, "len() counts pairs")


@kit.task("2.6")
def test_repeated_fields_combine_into_one_value() -> None:
    headers = Headers(PAIRS)
    kit.did(f"ask Headers({PAIRS}) for accept and cookie")
    why = "several lines of one name mean the same as one line with their values and commas between"
    kit.expect(
        headers["accept"],
        "b, c;q=1",
        "both values, a comma and a space between",
        why=why,
        section="RFC 9110 §5.2",
    )
    kit.expect(
        headers.get("accept"), "b, c;q=1", "the same from get()", why=why, section="RFC 9110 §5.2"
    )
    kit.expect(
        headers["cookie"],
        "d=1; e=2",
        "cookies are joined with a semicolon",
        why="a comma may stand inside a cookie; its own separator is the semicolon",
        section="RFC 6265 §5.4",
    )


@kit.task("2.6")
def test_a_missing_name() -> None:
    headers = Headers(PAIRS)
    kit.expect_raises(
        KeyError,
        headers.__getitem__,
        "absent",
        want="h[name] of a missing name is a KeyError, as in a dict",
    )
    kit.expect(headers.get("absent"), None, "get() of a missing name is None")
    kit.expect(headers.get("absent", "x"), "x", "get() gives the default")
    kit.expect_that("absent" not in headers, want="`in` does not find it", got=repr(list(headers)))


@kit.task("2.6")
def test_setting_replaces_every_line_of_that_name() -> None:
    headers = Headers(PAIRS)
    headers["accept"] = "z"
    kit.did('headers["accept"] = "z"')
    kit.expect(
        headers.get_all("ACCEPT"),
        ["z"],
        "one value: setting replaces, whatever the case",
        why="a second Content-Length left behind would be a second length",
    )
    kit.expect(len(headers), 5, "the other pairs stay")


@kit.task("2.6")
def test_adding_keeps_what_is_there() -> None:
    headers = Headers({"Set-Cookie": "a=1"})
    headers.add("set-cookie", "b=2")
    kit.did('headers.add("set-cookie", "b=2")')
    kit.expect(
        headers.get_all("Set-Cookie"),
        ["a=1", "b=2"],
        "both cookies",
        why="two Set-Cookie lines are two cookies: the second must not push out the first",
    )
    kit.expect(
        headers.setdefault("Set-Cookie", "c=3") is not None,
        True,
        "setdefault gives the value that is there",
    )
    headers.setdefault("Vary", "*")
    kit.expect(
        headers.get_all("set-cookie") + headers.get_all("vary"),
        ["a=1", "b=2", "*"],
        "setdefault sets only what is missing",
    )


@kit.task("2.6")
def test_deleting_takes_every_line_of_that_name() -> None:
    headers = Headers(PAIRS)
    del headers["Accept"]
    kit.did('del headers["Accept"]')
    kit.expect(headers.get_all("accept"), [], "no value left")
    kit.expect(len(headers), 4, "the other pairs stay")
    kit.expect_raises(
        KeyError, headers.__delitem__, "absent", want="deleting what is not there is a KeyError"
    )


@kit.task("2.6")
def test_the_source_is_never_changed() -> None:
    source = {"A": "1"}
    first = Headers(source)
    second = Headers(first)
    second["A"] = "2"
    second.add("B", "3")
    kit.did("change a Headers made from another, made from a dict")
    kit.expect(
        source,
        {"A": "1"},
        "the caller's dict as it was",
        why="servers in use have changed their caller's dictionary",
    )
    kit.expect(list(first.items()), [("a", "1")], "the first Headers as they were")


@kit.task("2.6")
def test_a_block_of_bytes_is_read_like_pairs() -> None:
    block = b"Host:a\r\nACCEPT: \tb \t\r\nX: caf\xe9: 1\r\naccept:c\r\nEmpty:\r\n"
    want = [("host", "a"), ("accept", "b"), ("x", "caf\xe9: 1"), ("accept", "c"), ("empty", "")]
    kit.did(f"Headers.from_block({block!r})")
    headers = Headers.from_block(block)
    kit.expect(headers["accept"], "b, c", "one field, before all of them were asked for")
    kit.expect(
        headers.get_all("X"),
        ["caf\xe9: 1"],
        "the first colon ends the name; bytes are decoded as latin-1",
    )
    kit.expect(
        list(headers.items()),
        want,
        "every pair, spaces and tabs around the values gone",
        section="RFC 9112 §5.1",
    )
    kit.expect(list(Headers.from_block(b"").items()), [], "an empty block has no fields")


@kit.task("2.6")
def test_a_block_may_be_changed_after_reading() -> None:
    headers = Headers.from_block(b"A: 1\r\nB: 2\r\na: 3\r\n")
    headers["a"] = "4"
    headers.add("C", "5")
    del headers["b"]
    kit.did("set a, add C, delete b in Headers.from_block(b'A: 1…')")
    kit.expect(
        sorted(headers.items()),
        [("a", "4"), ("c", "5")],
        "the same as with Headers made from pairs",
    )


@kit.task("2.6")
def test_many_fields_of_one_name_cost_what_they_weigh() -> None:
    block = b"".join(b"X: %d\r\n" % number for number in range(2000))
    headers = Headers.from_block(block)
    kit.expect(len(headers.get_all("x")), 2000, "all values")
    kit.expect(headers["x"].count(", "), 1999, "all values combined")
