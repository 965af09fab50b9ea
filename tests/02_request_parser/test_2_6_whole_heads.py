"""The checkpoint of the first part: whole heads, at every split, to the byte of every limit."""

from __future__ import annotations

from collections.abc import Callable

from wire_cost import check_cost
from wire_reading import read, told
from wire_splits import beyond, check_bytewise, check_splits, within
from wire_tables import check_table

from groundup.errors import ProtocolError
from groundup.limits import Limits
from groundup.parser import RequestParser
from workshop import kit

HOST = b"Host: a\r\n"


@kit.task("2.6")
def test_request_lines_at_every_split() -> None:
    check_table("request_line")


@kit.task("2.6")
def test_targets_at_every_split() -> None:
    check_table("target")


@kit.task("2.6")
def test_hosts_at_every_split() -> None:
    check_table("host")


@kit.task("2.6")
def test_fields_at_every_split() -> None:
    check_table("fields")


@kit.task("2.6")
def test_an_absolute_target_has_an_origin_form_too() -> None:
    for target, want in (
        ("/a?b", "/a?b"),
        ("//b/c", "//b/c"),
        ("http://b/c?d", "/c?d"),
        ("http://b", "/"),
        ("http://b?c", "/?c"),
    ):
        parser = RequestParser(Limits())
        parser.feed(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        kit.did(f"feed GET {target}")
        form = getattr(parser.next_event(), "origin_form", None)
        kit.expect(form, want, "the path and the query, whatever the form", section="RFC 9112 §3.2")


@kit.task("2.6")
def test_nothing_is_ready_before_the_end_of_the_head() -> None:
    wire = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    for cut in range(len(wire)):
        got = read([wire[:cut]], "head")
        if got:
            kit.did(f"feed {wire[:cut]!r}")
            kit.expect(
                told(got),
                [],
                "no event yet",
                why="a later field may change what the request means",
                section="RFC 9110 §5.3",
            )


@kit.task("2.6")
def test_a_second_empty_line_is_refused() -> None:
    wire = b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
    got = read([wire], "head")
    kit.did(f"feed {wire!r}")
    kit.expect_that(
        got and got[0][:2] == ("refused", 400),
        want="one empty line is forgiven, the second is not",
        got=str(told(got)),
        why="a parser that skips any number of empty lines can be fed them for ever",
        section="RFC 9112 §2.2",
    )
    check_splits("two empty lines", wire, got, "head")


@kit.task("2.6")
def test_the_same_error_for_ever() -> None:
    parser = RequestParser(Limits())
    parser.feed(b"GET  / HTTP/1.1\r\n")
    kit.did("feed b'GET  / HTTP/1.1\\r\\n'")
    first = kit.expect_raises(ProtocolError, parser.next_event, want="a refusal", status_code=400)
    for more in (b"", b"Host: a\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"):
        parser.feed(more)
        kit.did(f"feed {more!r}, ask again")
        again = kit.expect_raises(
            ProtocolError,
            parser.next_event,
            want="the same refusal again, whatever follows",
            why="after a fault nobody knows where the next request begins",
            section="RFC 9112 §9.6",
        )
        kit.expect(
            (again.status_code, again.reason, again.section),
            (first.status_code, first.reason, first.section),
            "the same refusal",
        )


@kit.task("2.6")
def test_any_octet_anywhere_gives_one_answer() -> None:
    """A request with one octet replaced: whatever comes out, it comes out at every split."""
    good = b"GET /a HTTP/1.1\r\nHost: b\r\nC: d\r\n\r\n"
    for place in range(len(good)):
        for octet in b"\n\r \t:\x00/a\x80":
            wire = good[:place] + bytes([octet]) + good[place + 1 :]
            check_bytewise(f"{octet:#04x} at {place}", wire, "head")


@kit.task("2.6")
def test_a_request_line_at_the_limit() -> None:
    line = b"GET /abcdefgh HTTP/1.1"
    within(
        "a request line of exactly request_line bytes",
        line + b"\r\n" + HOST + b"\r\n",
        Limits(request_line=len(line)),
        "head",
    )


@kit.task("2.6")
def test_a_request_line_over_the_limit_is_414() -> None:
    line = b"GET /abcdefgh HTTP/1.1"
    limits = Limits(request_line=len(line) - 1)
    beyond(
        "a request line one byte longer than request_line",
        line + b"\r\n" + HOST + b"\r\n",
        limits,
        414,
        "RFC 9112 §3",
    )
    beyond(
        "a request line that never ends",
        b"GET /" + b"a" * 60,
        limits,
        414,
        "RFC 9112 §3",
        "without this an endless line eats the memory",
    )
    beyond(
        "a request line over the limit with faults in it",
        b"GET  /\x00" + b"a" * 60,
        limits,
        414,
        "RFC 9112 §3",
    )


@kit.task("2.6")
def test_the_default_limits_are_enough_for_the_rfc() -> None:
    wire = b"GET /" + b"a" * (8000 - 14) + b" HTTP/1.1\r\n" + HOST + b"\r\n"
    kit.did("feed a request line of 8,000 bytes")
    kit.expect(
        [event[0] for event in read([wire], "head")],
        ["head"],
        "a request: every recipient should take 8,000 octets",
        section="RFC 9112 §3",
    )


@kit.task("2.6")
def test_fields_at_the_limits() -> None:
    fields = HOST + b"A: 1\r\nB: 2\r\n"
    within(
        "as many field lines as header_count",
        b"GET / HTTP/1.1\r\n" + fields + b"\r\n",
        Limits(header_count=3),
        "head",
    )
    within(
        "as many bytes of fields as header_bytes, the empty line counted",
        b"GET / HTTP/1.1\r\n" + fields + b"\r\n",
        Limits(header_bytes=len(fields) + 2),
        "head",
    )


@kit.task("2.6")
def test_fields_over_the_limits_are_431() -> None:
    fields = HOST + b"A: 1\r\nB: 2\r\n"
    head = b"GET / HTTP/1.1\r\n" + fields
    section = "RFC 9110 §5.4; RFC 6585 §5"
    beyond(
        "one field line more than header_count",
        head + b"\r\n",
        Limits(header_count=2),
        431,
        section,
    )
    beyond(
        "one byte of fields more than header_bytes",
        head + b"\r\n",
        Limits(header_bytes=len(fields) + 1),
        431,
        section,
    )
    beyond(
        "a field line that never ends",
        head + b"C: " + b"x" * 60,
        Limits(header_bytes=len(fields) + 30),
        431,
        section,
        "a header bomb: without this one client eats the memory",
    )
    beyond(
        "field lines that never end",
        head + b"C: x\r\n" * 20,
        Limits(header_count=9),
        431,
        section,
        "a header bomb: without this one client eats the memory",
    )


@kit.task("2.6")
def test_a_slow_head_costs_what_it_weighs() -> None:
    def prepare(amount: int) -> Callable[[], object]:
        parser = RequestParser(Limits(header_bytes=1 << 30))
        parser.feed(b"GET / HTTP/1.1\r\nX: " + b"v" * amount)
        parser.next_event()

        def one_more_byte() -> object:
            parser.feed(b"v")
            return parser.next_event()

        return one_more_byte

    check_cost(
        "feed one more byte of a head, and ask for the next event",
        prepare,
        "of it there",
        why="look at old bytes again with every new one, and a slow client burns the CPU",
    )
