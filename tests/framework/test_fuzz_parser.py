"""Anything at all, read by every reader: the parser, the short cut, a Connection, and h11.

What must hold stands in fuzzjudge; a million inputs run by `python -m benchmarks.fuzz`. Here are
some thousands of them, the same ones each time, and what no chance should decide: every byte at
every place of a request, all pairs of the fields that decide, each limit at its border.
"""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import fuzzread
import fuzzseeds
import pytest
from fuzzjudge import BOTH, H11_ONLY, NEITHER, US_ONLY, USUAL, Judge, contained
from fuzzread import parsed
from hypothesis import given, settings
from hypothesis import strategies as st

from groundup import whole
from groundup.connection import Connection
from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, EndOfMessage
from groundup.limits import Limits
from groundup.parser import RequestParser
from groundup.target import check_host
from groundup.whole import PLAIN_HOST, read_whole

INPUTS, PARTS = 8000, 8
HEAD = (
    b"POST /a?b HTTP/1.1\r\nHost: a.example:8080\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
)
TIGHT = Limits(
    request_line=40,
    header_count=6,
    header_bytes=150,
    body=20,
    chunk_extensions=20,
    trailer_bytes=30,
)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_two_readers_disagree(part: int) -> None:
    judge = Judge()
    for number in range(part, INPUTS, PARTS):
        judge.judge(f"ci {number}")
    assert min(judge.verdicts[kind] for kind in (BOTH, NEITHER, US_ONLY, H11_ONLY)) > 0
    assert judge.requests > INPUTS / PARTS / 4, "most inputs should be understood a little"
    assert judge.short_cuts > judge.requests / 4, "the short cut should be compared at all"


ends = st.sampled_from((b"\r\n",) * 6 + fuzzseeds.BREAKS)
named = st.sampled_from(fuzzseeds.DECIDING).flatmap(
    lambda field: st.tuples(st.just(field[0]), st.sampled_from(field[1]))
)
free = st.tuples(st.sampled_from(fuzzseeds.NAMES) | st.binary(max_size=3), st.binary(max_size=8))
lines = st.builds(
    lambda field, colon, end: field[0] + colon + field[1] + end,
    named | free,
    st.sampled_from((b": ",) * 4 + fuzzseeds.COLONS),
    ends,
)
starts = st.builds(
    lambda method, target, version, end: method + b" " + target + b" " + version + end,
    st.sampled_from(fuzzseeds.METHODS) | st.binary(max_size=3),
    st.sampled_from(fuzzseeds.PATHS + fuzzseeds.FORMS) | st.binary(max_size=5),
    st.sampled_from(fuzzseeds.VERSIONS),
    ends,
)
heads = st.builds(
    lambda start, fields, end: start + b"Host: a\r\n" + b"".join(fields) + end,
    starts,
    st.lists(lines, max_size=4),
    ends,
)
tails = st.binary(max_size=12) | st.sampled_from((b"5\r\nhello\r\n0\r\n\r\n", b"hello", HEAD))


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(heads | tails, max_size=3).map(b"".join), st.sampled_from((USUAL, TIGHT)))
def test_every_cut_of_anything_gives_the_same_events(data: bytes, limits: Limits) -> None:
    whole = parsed([data], limits).said
    assert parsed(fuzzread.singly(data), limits).said == whole
    for place in range(1, len(data)):
        assert parsed([data[:place], data[place:]], limits).said == whole
    contained(data, limits)


def test_every_byte_at_every_place_is_read_alike_by_the_short_cut_and_the_parser() -> None:
    taken = 0
    for place, byte in product(range(len(HEAD)), range(256)):
        end = HEAD[place + 1 :] + b"hello"
        taken += contained(HEAD[:place] + bytes([byte]) + end, USUAL)
        taken += contained(HEAD[: place + 1] + bytes([byte]) + end, USUAL)
    assert taken > 300


def test_all_pairs_of_deciding_fields_are_read_alike_by_the_short_cut_and_the_parser() -> None:
    fields = [(name, value) for name, values in fuzzseeds.DECIDING for value in values]
    written = [name + b":" + value + b"\r\n" for name, value in fields]
    written += [name.upper() + b":\t" + value + b" \r\n" for name, value in fields if value]
    starts = (
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nhost:a\r\n",
        b"PUT / HTTP/1.0\r\nHOST:a\r\n",
    )
    pairs = product(starts, written, written)
    taken = sum(contained(b"".join(lines) + b"\r\n0123456789", USUAL) for lines in pairs)
    assert taken > 300


def test_no_part_of_a_request_is_a_request_to_the_short_cut() -> None:
    data = HEAD + b"hello"
    assert read_whole(data, 0, USUAL) is not None
    assert [read_whole(data[:size], 0, USUAL) for size in range(len(data))] == [None] * len(data)


@pytest.mark.parametrize("form", ["{}", "0{}", "00{}", "{}0", "+{}", "{} "])
def test_every_port_that_the_short_cut_takes_is_a_port(form: str) -> None:
    taken = [port for number in range(70000) if plain(port := form.format(number))]
    for port in taken:
        check_host(f"a:{port}")


def plain(port: str) -> bool:
    return PLAIN_HOST.fullmatch(f"a:{port}") is not None


def test_the_short_cut_takes_each_port_there_is_and_no_more() -> None:
    assert [number for number in range(100_000) if plain(str(number))] == list(range(65536))


def test_the_short_cut_remembers_a_bounded_number_of_hosts() -> None:
    for number in range(3 * whole.MOST_KNOWN_HOSTS):
        host = b"h%d" % number + b".long" * (number % 20)
        assert contained(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n", USUAL) == 1
    assert len(whole.known_hosts) <= whole.MOST_KNOWN_HOSTS
    assert max(map(len, whole.known_hosts)) <= whole.LONGEST_KNOWN_HOST


BORDERS = {
    "request_line": len(b"POST /a?b HTTP/1.1"),
    "header_count": 3,
    "header_bytes": len(HEAD) - len(b"POST /a?b HTTP/1.1\r\n"),
    "body": 5,
}


@pytest.mark.parametrize("name", BORDERS)
def test_a_limits_border_is_the_same_for_the_short_cut_and_the_parser(name: str) -> None:
    data = HEAD + b"hello"
    at, below = (replace(USUAL, **{name: BORDERS[name] - less}) for less in (0, 1))
    assert contained(data, USUAL) == 1
    contained(data, at)  # it may leave what is close to a limit to the parser
    assert parsed([data], at).said[-1] == ("eof",)
    assert contained(data, below) == 0
    assert parsed([data], below).said[-1][0] == "refused"


@pytest.mark.parametrize("most", [1, 99, 100, 101, 500])
def test_the_short_cut_takes_no_more_fields_than_the_parser(most: int) -> None:
    limits = replace(USUAL, header_count=most)
    for count in range(1, 104):
        data = b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: y\r\n" * (count - 1) + b"\r\n"
        assert contained(data, limits) == (count <= min(most, 100))
        assert (parsed([data], limits).said[-1] == ("eof",)) == (count <= most)


CHUNKED = b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ENDLESS: dict[str, tuple[bytes, Callable[[int], bytes]]] = {
    "a request line": (b"GET /", lambda number: b"a"),
    "empty lines": (b"", lambda number: b"\r\n"),
    "a field line": (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", lambda number: b"v"),
    "a field name": (b"GET / HTTP/1.1\r\n", lambda number: b"n"),
    "field lines": (b"GET / HTTP/1.1\r\nHost: a\r\n", lambda number: b"x%d: y\r\n" % number),
    "a chunk extension": (CHUNKED + b"5;", lambda number: b"e"),
    "a chunk's size": (CHUNKED, lambda number: b"0"),
    "small chunks with extensions": (CHUNKED, lambda number: b"1;e\r\na\r\n"),
    "small chunks": (CHUNKED, lambda number: b"1\r\na\r\n"),
    "a body": (
        b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n",
        lambda number: b"b",
    ),
    "trailers": (CHUNKED + b"0\r\n", lambda number: b"x%d: y\r\n" % number),
    "a trailer": (CHUNKED + b"0\r\nX: ", lambda number: b"v"),
    "requests": (b"", lambda number: GET),
    "requests with bodies": (b"", lambda number: CHUNKED + b"1\r\na\r\n0\r\nx: y\r\n\r\n"),
}


def segments(first: bytes, more: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """An endless stream, in segments of this size."""
    data = bytearray(first)
    for number in itertools.count():
        data += more(number)
        while len(data) >= size:
            yield bytes(data[:size])
            del data[:size]


@pytest.mark.parametrize(
    ("limits", "size", "total"), [(USUAL, 1460, 200_000), (TIGHT, 1, 3000)], ids=["usual", "tight"]
)
@pytest.mark.parametrize("what", ENDLESS)
def test_what_never_ends_takes_no_more_memory_than_the_limits_say(
    what: str, limits: Limits, size: int, total: int
) -> None:
    bound, held = 2 * fuzzread.most_buffered(limits) + 65536, []
    while len(held) < 3 and all(taken >= bound for taken in held):  # other threads allocate, too
        parser = RequestParser(limits)
        tracemalloc.start()
        try:
            waiting = fed_until_refused(parser, segments(*ENDLESS[what], size), total // size)
            held.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
        assert waiting <= fuzzread.most_buffered(limits)
    assert min(held) < bound


def fed_until_refused(parser: RequestParser, stream: Iterator[bytes], turns: int) -> int:
    """Feed, take all events and throw them away; the most that was left waiting between."""
    waiting = 0
    try:
        for segment in itertools.islice(stream, turns):
            parser.feed(segment)
            while parser.next_event() is not NEED_DATA:
                pass
            waiting = max(waiting, parser.buffered)
    except ProtocolError:
        pass
    return waiting


@pytest.mark.parametrize("what", ENDLESS)
def test_a_connection_holds_no_more_of_what_never_ends_than_its_parser(what: str) -> None:
    connection = Connection(USUAL, drain=16)
    most = 0
    for segment in itertools.islice(segments(*ENDLESS[what], 1460), 100):
        connection.receive(segment)
        answer_all(connection)
        most = max(most, connection.buffered)
    assert most <= fuzzread.most_buffered(USUAL) + 1460
    if connection.must_close:
        before = connection.buffered
        connection.receive(b"x" * 100_000)
        assert connection.buffered == before, "nothing is kept of what nobody will read"


def answer_all(connection: Connection) -> None:
    """Answer every request that is complete; refuse what is none."""
    try:
        while True:
            event = connection.next_whole() or connection.next_event()
            if isinstance(event, tuple | EndOfMessage):
                connection.send_response(200, (), b"")
            elif event in (NEED_DATA, EOF):
                return
    except ProtocolError as error:
        connection.refuse(error)
