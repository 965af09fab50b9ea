"""Byte ranges: RFC 9110 §14, one row a case, and what holds for every field whatever it says."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup.errors import ResponseError
from groundup.ranges import (
    MAX_ELEMENTS,
    MAX_RANGES,
    Span,
    coalesce,
    multipart,
    parse_ranges,
    unsatisfied,
)

HUGE = "9" * 5000  # more digits than int() takes

CASES = [  # section, field, size, wanted
    ("14.1.2 first and last", "bytes=0-4", 10, [(0, 5)]),
    ("14.1.2 one byte", "bytes=3-3", 10, [(3, 1)]),
    ("14.1.2 to the end", "bytes=4-", 10, [(4, 6)]),
    ("14.1.2 all of it is a range as well", "bytes=0-", 10, [(0, 10)]),
    ("14.1.2 the last bytes", "bytes=-3", 10, [(7, 3)]),
    ("14.1.2 more last bytes than there are", "bytes=-30", 10, [(0, 10)]),
    ("14.1.2 last-pos beyond the end", "bytes=8-99", 10, [(8, 2)]),
    ("14.1.2 last byte", "bytes=9-9", 10, [(9, 1)]),
    ("14.1.2 numbers without end", f"bytes=5-{HUGE}", 10, [(5, 5)]),
    ("14.1.2 last bytes without end", f"bytes=-{HUGE}", 10, [(0, 10)]),
    ("14.1.2 leading zeros", f"bytes={'0' * 5000}1-02", 10, [(1, 2)]),
    ("14.1 units have no case", "BYTES=0-4", 10, [(0, 5)]),
    ("14.2 several", "bytes=0-1,4-5", 10, [(0, 2), (4, 2)]),
    ("14.2 several, in their order", "bytes=8-9,0-1", 10, [(8, 2), (0, 2)]),
    ("5.6.1 spaces and empty elements", "bytes= 0-1 ,, \t4-5,", 10, [(0, 2), (4, 2)]),
    ("15.3.7.2 neighbours stay apart", "bytes=0-4,5-9", 10, [(0, 5), (5, 5)]),
    ("15.3.7.2 overlapping are one", "bytes=0-4,4-9", 10, [(0, 10)]),
    ("15.3.7.2 one inside another", "bytes=0-9,2-3", 10, [(0, 10)]),
    ("15.3.7.2 the same twice", "bytes=2-3,2-3", 10, [(2, 2)]),
    ("15.3.7.2 a chain", "bytes=6-8,0-3,2-6", 10, [(0, 9)]),
    (
        "15.3.7.2 one stands at its first place",
        "bytes=8-9,4-5,0-1,5-6",
        10,
        [(8, 2), (4, 3), (0, 2)],
    ),
    ("14.1.2 some of them beyond the end", "bytes=0-1,10-,99-100", 10, [(0, 2)]),
    # no byte of it exists: 416
    ("15.5.17 beyond the end", "bytes=10-", 10, []),
    ("15.5.17 beyond the end, closed", "bytes=10-11", 10, []),
    ("15.5.17 all beyond the end", "bytes=10-11,20-", 10, []),
    ("15.5.17 the last no bytes", "bytes=-0", 10, []),
    ("15.5.17 far beyond the end", f"bytes={HUGE}-", 10, []),
    ("15.5.17 of an empty file", "bytes=0-", 0, []),
    ("15.5.17 the last no bytes of an empty file", "bytes=-0", 0, []),
    # to be ignored: 200
    ("14.2 absent", None, 10, None),
    ("14.2 another unit", "lines=0-4", 10, None),
    ("14.2 no unit", "0-4", 10, None),
    ("14.2 empty", "", 10, None),
    ("14.2 an empty set", "bytes=", 10, None),
    ("14.2 a set of empty elements", "bytes=,,", 10, None),
    ("14.1.1 backwards", "bytes=4-2", 10, None),
    ("14.1.1 backwards, among others", "bytes=0-1,4-2", 10, None),
    ("14.1.1 backwards beyond the end", "bytes=20-12", 10, None),
    ("14.1.1 only a dash", "bytes=-", 10, None),
    ("14.1.1 no dash", "bytes=5", 10, None),
    ("14.1.1 two dashes", "bytes=--5", 10, None),
    ("14.1.1 three numbers", "bytes=1-2-3", 10, None),
    ("14.1.1 a sign", "bytes=+1-2", 10, None),
    ("14.1.1 an underscore", "bytes=1_0-20", 100, None),
    ("14.1.1 hexadecimal", "bytes=0x1-2", 10, None),
    ("14.1.1 a space within", "bytes=1 -2", 10, None),
    ("14.1.1 a space before the equals sign", "bytes =1-2", 10, None),
    ("14.1.1 digits of another script", "bytes=٠-4", 10, None),
    ("14.1.1 digits of another script, last", "bytes=0-٤", 10, None),
    ("14.1.1 two fields in one", "bytes=0-1, bytes=3-4", 10, None),
    ("14.1.1 a line feed", "bytes=0-1\n", 10, None),
    ("14.1.2 the last bytes of an empty file: no Content-Range can say it", "bytes=-5", 0, None),
]


@pytest.mark.parametrize(("story", "field", "size", "want"), CASES, ids=[c[0] for c in CASES])
def test_a_range_field_selects(story, field, size, want):
    assert parse_ranges(field, size) == want, f"RFC 9110 §{story}"


def test_as_many_ranges_as_allowed_are_served_and_one_more_is_ignored():
    specs = [f"{4 * n}-{4 * n + 1}" for n in range(MAX_RANGES + 1)]
    assert len(parse_ranges("bytes=" + ",".join(specs[:-1]), 1000)) == MAX_RANGES
    assert parse_ranges("bytes=" + ",".join(specs), 1000) is None, "14.2: it may be ignored"


def test_empty_elements_are_put_up_with_up_to_a_number():
    assert parse_ranges("bytes=0-1" + "," * (MAX_ELEMENTS - 1), 10) == [(0, 2)], "5.6.1.2"
    assert parse_ranges("bytes=0-1" + "," * MAX_ELEMENTS, 10) is None


@pytest.mark.parametrize(
    "field",
    [
        "bytes=" + ",".join(["0-"] * 20_000),
        "bytes=" + ",".join(f"{n}-" for n in range(10_000)),
        "bytes=" + "," * 64_000,
        "bytes=" + "9" * 64_000 + "-",
        "bytes=" + " " * 64_000 + "0-",
        "bytes=" + "0-0" + "-" * 64_000,
    ],
    ids=["the same", "nested", "commas", "digits", "spaces", "dashes"],
)
def test_no_field_takes_long(field):
    began = time.process_time()
    parse_ranges(field, 1 << 20)
    assert time.process_time() - began < 0.05, "64 KiB, the most a head may hold"


# No deadline, no chance: the same examples on every machine, however busy it is.
steady = settings(deadline=None, derandomize=True, max_examples=300)

numbers = st.integers(0, 120).map(str)
specs = st.one_of(
    st.tuples(numbers, numbers).map("-".join), numbers.map("{}-".format), numbers.map("-{}".format)
)
fields = st.lists(specs, min_size=1, max_size=MAX_RANGES).map(lambda s: "bytes=" + ",".join(s))


def bytes_asked_for(field, size):
    """Every byte that any of the ranges names; None where one of them is invalid."""
    wanted = set()
    for spec in field.removeprefix("bytes=").split(","):
        first, _, last = spec.partition("-")
        if not first:
            wanted.update(range(max(0, size - int(last)), size))
        elif last and int(last) < int(first):
            return None
        else:
            wanted.update(range(int(first), min(int(last) + 1 if last else size, size)))
    return wanted


@steady
@given(fields, st.integers(1, 100))
def test_the_spans_are_the_bytes_asked_for_and_none_of_them_twice(field, size):
    spans, wanted = parse_ranges(field, size), bytes_asked_for(field, size)
    if wanted is None:
        assert spans is None
        return
    sent = [byte for span in spans for byte in range(span.offset, span.stop)]
    assert set(sent) == wanted
    assert len(sent) == len(wanted), "a byte is sent twice"
    assert all(span.length for span in spans)


@steady
@given(st.text(max_size=60), st.integers(0, 100))
def test_no_field_breaks_it(field, size):
    for text in (field, "bytes=" + field):
        for span in parse_ranges(text, size) or ():
            assert 0 <= span.offset < span.stop <= size


@steady
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), max_size=12))
def test_coalesced_spans_keep_the_order_of_the_request(pairs):
    spans = [Span(*pair) for pair in pairs]
    merged = coalesce(spans)
    first = [min(n for n, s in enumerate(spans) if m.offset <= s.offset < m.stop) for m in merged]
    assert first == sorted(first), "RFC 9110 §15.3.7.2: parts in the order that was asked for"


def test_the_values_of_content_range():
    assert Span(0, 5).content_range(10) == "bytes 0-4/10", "14.4"
    assert unsatisfied(10) == "bytes */10", "14.4"


def test_a_multipart_is_framed_as_rfc_2046_says():
    pieces, length = multipart([Span(0, 2), Span(8, 2)], 10, "text/plain", "B")
    text = b"".join(p if isinstance(p, bytes) else b"x" * p.length for p in pieces)
    assert text == (
        b"--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\nxx"
        b"\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\nxx"
        b"\r\n--B--\r\n"
    )
    assert length == len(text), "14.6"


def test_a_part_cannot_be_given_a_type_that_writes_fields():
    with pytest.raises(ResponseError):
        multipart([Span(0, 2)], 10, "text/plain\r\nSet-Cookie: a=b", "B")
