"""Task 8.7: a range of bytes (`ranges.parse_spec`)."""

import pytest

from groundup.ranges import Span, parse_ranges, parse_spec
from workshop import kit

pytestmark = kit.task("8.7")

SPECS = [
    ("0-0", (0, 1), "one byte: the last position is included"),
    ("0-4", (0, 5), "the first five"),
    ("2-", (2, 8), "from here to the end"),
    ("-3", (7, 3), "the last three"),
    ("9-9", (9, 1), "the last byte"),
    ("5-99", (5, 5), "cut off at the end"),
    ("-99", (0, 10), "more than there are: all"),
    ("007-8", (7, 2), "leading zeros"),
]


@pytest.mark.parametrize(("text", "want", "what"), SPECS, ids=[spec for spec, _, _ in SPECS])
def test_a_range_of_ten_bytes(text, want, what):
    kit.did(f"parse_spec({text!r}, 10)")
    kit.expect(parse_spec(text, 10), Span(*want), f"offset and length: {what}", section="§14.1.2")


@pytest.mark.parametrize("text", ["10-", "10-20", "99-100", "-0"])
def test_a_range_with_no_byte_in_it(text):
    kit.did(f"parse_spec({text!r}, 10)")
    span = parse_spec(text, 10)
    kit.expect_that(
        span is not None and span.length == 0,
        want="a Span of length 0: well-formed, and no byte of it exists",
        got=span,
        why="that is a 416, and a malformed one is a 200",
        section="RFC 9110 §15.5.17",
    )


NONE = ["", "-", "4-2", "2", "a-b", "1-2-3", "+1-2", "-1-", "1 -2", "٤-", "1-\n", "0x1-"]


@pytest.mark.parametrize("text", NONE, ids=ascii)
def test_what_is_no_range(text):
    kit.did(f"parse_spec({text!r}, 10)")
    kit.expect(parse_spec(text, 10), None, "None: malformed, so the whole field is ignored")


def test_a_number_too_long_to_be_true_costs_nothing():
    kit.expect(parse_spec("0-" + "9" * 5000, 10), Span(0, 10), "cut off at the end, at once")
    empty = parse_spec("9" * 5000 + "-", 10)
    kit.expect_that(empty is not None and not empty.length, "a Span of length 0", empty)


def test_an_empty_file_has_no_ranges():
    first = parse_spec("0-", 0)
    kit.expect_that(first is not None and first.length == 0, "0- of nothing: length 0", first)
    none = parse_spec("-0", 0)
    kit.expect_that(none is not None and none.length == 0, "-0 of nothing: length 0", none)
    kit.expect(parse_spec("-5", 0), None, "-5 of nothing: no Content-Range could say how")


FIELDS = [
    ("bytes=0-4", [(0, 5)]),
    ("bytes=5-9,0-6", [(0, 10)]),
    ("bytes=8-9,0-1", [(8, 2), (0, 2)]),
    ("bytes=0-1,99-", [(0, 2)]),
    ("bytes=99-", []),
    ("bytes=0-1,x", None),
    ("pages=1-2", None),
    ("bytes=" + ",".join(["0-"] * 1000), None),
]


@pytest.mark.parametrize(("field", "want"), FIELDS, ids=[f[:20] for f, _ in FIELDS])
def test_a_whole_field_on_top_of_it(field, want):
    kit.did(f"parse_ranges({kit.show(field)}, 10)")
    kit.expect(
        parse_ranges(field, 10), want and [Span(*s) for s in want] if want else want, "spans"
    )
