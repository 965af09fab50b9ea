"""The fence that draws bytes: what a line of it means, and what comes out."""

import pytest

from workshop.book.bytefence import Row, Token, parse, parse_token, render

LINES = [
    ("GET", Token("GET")),
    ("GET | method", Token("GET", "method")),
    ("GET | method | mark", Token("GET", "method", "mark")),
    ('" " | space | dim', Token(" ", "space", "dim")),
    ('"a | b" | two | bad', Token("a | b", "two", "bad")),
    ("x | this | that", Token("x", "this | that")),
    ("x | good", Token("x", "", "good")),
    (r"\r\n | end", Token(r"\r\n", "end")),
    ('""', Token("")),
]


@pytest.mark.parametrize(("line", "token"), LINES, ids=[line for line, _ in LINES])
def test_a_line(line: str, token: Token) -> None:
    assert parse_token(line) == token


@pytest.mark.parametrize(
    ("text", "size"), [("GET", 3), (r"\r\n", 2), (r"\x00\0\t", 3), (r"\\", 1), ("é", 2)]
)
def test_the_size_of_a_token_in_bytes(text: str, size: int) -> None:
    assert Token(text).size() == size


def test_rows_end_at_lf_at_an_empty_line_and_at_a_name() -> None:
    rows = parse("a\n\\r\\n\nb\n\nc\n@ recv 2\nd")
    assert [[token.text for token in row.tokens] for row in rows] == [
        ["a", "\\r\\n"],
        ["b"],
        ["c"],
        ["d"],
    ]
    assert rows[-1].name == "recv 2"


def test_offsets_count_bytes_over_the_rows() -> None:
    html = render([Row("", [Token("GET"), Token(r"\r\n")]), Row("", [Token("x")])], offsets=True)
    assert [f">{n}</i>" in html for n in (0, 3, 5)] == [True, True, True]


def test_what_is_drawn_is_escaped() -> None:
    html = render(parse("<b> | <i>"), title="<u>")
    assert "<b>" not in html and "<i>" not in html and "<u>" not in html
    assert "&lt;b&gt;" in html
