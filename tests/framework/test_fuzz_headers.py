"""One list of fields, made in every way there is, gives the same answers to every question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.headers import Headers, Pair

names = st.sampled_from(
    ("Host", "HOST", "x", "X-A", "cookie", "Set-Cookie", "a.b", "a+b", "!#$%&'*")
)
inner = st.text(st.characters(codec="latin-1", exclude_categories=("Cc",)), max_size=5)
values = inner.map(lambda text: text.strip(" \t")) | st.sampled_from(
    ("", "x: y", "a\tb", "\x85", "\xa0")
)
spaces = st.sampled_from(("", " ", "\t", " \t "))
lines = st.lists(st.tuples(names, spaces, values, spaces), max_size=6)
asked = names | st.sampled_from(("", "hos", "ost", "a?b", "x-.", "é", "x\n", "host:", "(x)", " x"))


def ways(given: list[tuple[str, str, str, str]]) -> list[Headers]:
    """The same fields as a block, as text, as pairs, as a list taken over, as a copy."""
    text = "".join(f"{name}:{before}{value}{after}\r\n" for name, before, value, after in given)
    pairs = [(name, value) for name, _, value, _ in given]
    lowered = [(name.lower(), value) for name, value in pairs]
    decoded = Headers.from_block(text.encode("latin-1"))
    decoded.items()
    return [
        Headers.from_block(text.encode("latin-1")),
        Headers.from_text("\n" + text),
        decoded,
        Headers(pairs),
        Headers.of(lowered),
        Headers.from_text("\n" + text).copy(),
    ]


def told(headers: Headers, name: str) -> tuple[Any, ...]:
    """All that may be asked about a field, and about all of them."""
    one = headers.get_all(name), headers.get(name), headers.get(name, "-"), name in headers
    return *one, headers.items(), headers.keys(), len(headers), list(headers), repr(headers)


changes: dict[str, Callable[[Headers, Pair], Any]] = {
    "set": lambda headers, pair: headers.__setitem__(*pair),
    "add": lambda headers, pair: headers.add(*pair),
    "default": lambda headers, pair: headers.setdefault(*pair),
    "delete": lambda headers, pair: headers.__delitem__(pair[0]) if pair[0] in headers else None,
}
edits = st.lists(st.tuples(st.sampled_from(sorted(changes)), names, values), max_size=3)


@settings(max_examples=500, derandomize=True, deadline=None)
@given(lines, asked, edits)
def test_however_they_were_made_headers_say_the_same(
    given: list[tuple[str, str, str, str]], name: str, edits: list[tuple[str, str, str]]
) -> None:
    all_ways = ways(given)
    first = all_ways[3]
    expected = told(first, name)
    pairs = [(key.lower(), value) for key, _, value, _ in given]
    assert first.items() == pairs
    assert first.get_all(name) == [value for key, value in pairs if key == name.lower()]
    for headers in all_ways:
        assert told(headers, name) == expected
    for kind, key, value in edits:
        said = [changes[kind](headers, (key, value)) for headers in all_ways]
        assert said == [said[0]] * len(said)
    for headers in all_ways:
        assert headers == first
        assert told(headers, name) == told(first, name)
