"""next_event: what has happened on the connection, and whose turn it is."""

from __future__ import annotations

from wire_turns import GET, POST, events, fed

from groundup.errors import ProtocolError
from groundup.events import PAUSED
from workshop import kit


@kit.task("2.14")
def test_a_request_then_a_pause() -> None:
    connection = fed(GET % b"one")
    kit.expect(
        events(connection),
        ["head /one", "end", "PAUSED"],
        "one request, then a pause: a response is owed",
    )


@kit.task("2.14")
def test_events_come_as_the_bytes_do() -> None:
    connection = fed()
    kit.expect(events(connection), ["NEED_DATA"], "nothing yet")
    for segment, want in (
        (b"POST /1 HTTP/1.1\r\nHost: a\r\n", ["NEED_DATA"]),
        (b"Content-Length: 5\r\n\r\n", ["head /1", "NEED_DATA"]),
        (b"hel", [b"hel", "NEED_DATA"]),
        (b"lo", [b"lo", "end", "PAUSED"]),
    ):
        kit.did(f"receive {segment!r}")
        connection.receive(segment)
        kit.expect(events(connection), want, "what these bytes complete, and no more")


@kit.task("2.14")
def test_the_end_without_a_request() -> None:
    kit.expect(
        events(fed(b"")),
        ["EOF"],
        "a client that leaves without a request has done nothing wrong",
        section="RFC 9112 §9.6",
    )


@kit.task("2.14")
def test_the_end_after_a_request_changes_nothing_yet() -> None:
    kit.expect(
        events(fed(GET % b"1", b"")),
        ["head /1", "end", "PAUSED"],
        "the request, and its response is still owed",
        why="shutdown(SHUT_WR) after the request is legal: the client still reads",
        section="RFC 9112 §9.6",
    )


@kit.task("2.14")
def test_after_a_fault_the_same_fault() -> None:
    connection = fed(b"GET  / HTTP/1.1\r\n\r\n")
    for more in (GET % b"never", b"\r\n", GET % b"never"):
        kit.expect_raises(
            ProtocolError,
            events,
            connection,
            want="the refusal, and never a request behind it",
            section="RFC 9112 §9.6",
            status_code=400,
        )
        kit.did(f"receive {more!r}")
        connection.receive(more)


@kit.task("2.14")
def test_a_fault_is_a_move() -> None:
    wire = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"
    connection = fed(wire)
    kit.expect_raises(
        ProtocolError, events, connection, want="the refusal of a bad chunk", status_code=400
    )
    kit.expect(
        str(getattr(connection.state, "name", connection.state)).upper(),
        "REFUSED",
        "the state after a fault: it is a move like any other",
        why="whoever may still answer 200 now treats a broken request as a good one",
        section="RFC 9112 §9.6",
    )


@kit.task("2.14")
def test_who_waits_for_a_100() -> None:
    wire = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    connection = fed(wire)
    kit.expect_that(
        not connection.awaiting_continue,
        want="nobody waits before the head has been read",
        got="awaiting_continue is True",
    )
    kit.expect(type(connection.next_event()).__name__, "RequestHead", "the head")
    kit.expect_that(
        connection.awaiting_continue,
        want="the client waits for a 100 with its body",
        got="awaiting_continue is False",
        section="RFC 9110 §10.1.1",
    )
    for data, want in ((b"a", [b"a", "NEED_DATA"]), (b"bc", [b"bc", "end", "PAUSED"])):
        kit.did(f"receive {data!r}: the client did not wait")
        connection.receive(data)
        kit.expect(events(connection), want, "what these bytes complete")
        kit.expect_that(
            not connection.awaiting_continue,
            want="nobody waits any more once a byte of the body is here",
            got="awaiting_continue is True",
            why="a 100 to a client that is sending already comes too late, and may be omitted",
            section="RFC 9110 §10.1.1",
        )


@kit.task("2.14")
def test_the_next_request_waits_for_the_response() -> None:
    connection = fed(GET % b"1" + GET % b"2")
    events(connection)
    for _ in range(3):
        kit.expect(
            connection.next_event(),
            PAUSED,
            "PAUSED, however often one asks",
            why="if the second request came out now, its response could overtake the first",
            section="RFC 9112 §9.3.2",
        )
    connection.receive(GET % b"3")
    kit.expect(connection.next_event(), PAUSED, "PAUSED, also after more bytes")


@kit.task("2.14")
def test_the_end_inside_a_request() -> None:
    for wire in (b"GET / HTTP/1.1\r\nHost: a\r\n", POST % (b"", 5) + b"ab"):
        connection = fed(wire, b"")
        kit.expect_raises(
            ProtocolError,
            events,
            connection,
            want="an error: the request is not complete, and must not be executed",
            section="RFC 9112 §8",
            status_code=400,
        )


@kit.task("2.14")
def test_who_gets_no_100() -> None:
    expect = b"Expect: 100-continue\r\n\r\n"
    for _, (wire, why) in kit.cases(
        (why, (wire, why))
        for wire, why in (
            (
                b"POST / HTTP/1.0\r\nContent-Length: 3\r\n" + expect,
                "HTTP/1.0 knows no 100: it would take it for the answer",
            ),
            (
                b"GET / HTTP/1.1\r\nHost: a\r\n" + expect,
                "without a body there is nothing to wait for",
            ),
            (
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n" + expect,
                "without a body there is nothing to wait for",
            ),
            (
                b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n",
                "who did not ask gets none",
            ),
        )
    ):
        connection = fed(wire)
        events(connection)
        kit.expect_that(
            not connection.awaiting_continue,
            want="nobody waits for a 100",
            got="awaiting_continue is True",
            why=why,
            section="RFC 9110 §10.1.1",
        )
