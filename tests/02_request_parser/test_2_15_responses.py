"""Responses: in order, one a request, and nothing is read after the last."""

from __future__ import annotations

import tomllib
from typing import Any

from wire_tables import WIRE
from wire_turns import GET, POST, answer, events, fed

from groundup.connection import Connection
from groundup.events import RequestHead
from groundup.limits import Limits
from workshop import kit


@kit.task("2.15")
def test_a_request_then_its_response_then_the_next() -> None:
    connection = fed(GET % b"one")
    kit.expect(
        events(connection),
        ["head /one", "end", "PAUSED"],
        "one request, then a pause: a response is owed",
    )
    answer(connection)
    kit.expect(events(connection), ["NEED_DATA"], "after the response the next request may come")
    kit.did("receive the second request")
    connection.receive(GET % b"two")
    kit.expect(
        events(connection),
        ["head /two", "end", "PAUSED"],
        "the second request on the same connection",
        section="RFC 9112 §9.3",
    )


@kit.task("2.15")
def test_pipelined_requests_are_answered_in_order() -> None:
    connection = fed(GET % b"1" + POST % (b"2", 3) + b"abc" + GET % b"3")
    for want in (
        ["head /1", "end", "PAUSED"],
        ["head /2", b"abc", "end", "PAUSED"],
        ["head /3", "end", "PAUSED"],
    ):
        kit.expect(
            events(connection),
            want,
            "one request at a time, in the order in which they came",
            section="RFC 9112 §9.3.2",
        )
        answer(connection)
    kit.expect(connection.must_close, False, "and the connection stays open")


@kit.task("2.15")
def test_who_keeps_the_connection() -> None:
    table = tomllib.loads((WIRE / "persistence.toml").read_text(encoding="ascii"))
    for row in table["case"]:
        check_persistence(row)


def check_persistence(row: dict[str, Any]) -> None:
    connection = Connection(Limits())
    connection.receive(row["wire"].encode("latin-1"))
    events(connection)
    head = connection.send_response(200, (), b"ok").lower()
    closes = b"\r\nconnection: close\r\n" in head
    seen = (not connection.must_close, closes)
    connection.receive(GET % b"next")
    after = events(connection)
    if seen == (row["keeps"], not row["keeps"]) and ("head /next" in after) == row["keeps"]:
        return
    kit.did(f"receive {row['wire']!r}, answer it, receive another request  [{row['id']}]")
    section = "RFC 9112 §9.3"
    kit.expect(
        not connection.must_close,
        row["keeps"],
        "whether the connection is kept (not must_close)",
        why=row["why"],
        section=section,
    )
    kit.expect(
        closes,
        not row["keeps"],
        "whether the response says connection: close",
        why="the client must learn that no more requests are read",
        section=section,
    )
    kit.expect(
        "head /next" in after,
        row["keeps"],
        "whether the next request is read",
        why=row["why"],
        section="RFC 9112 §9.6",
    )


@kit.task("2.15")
def test_an_http_1_0_client_learns_that_the_connection_is_kept() -> None:
    connection = fed(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    events(connection)
    kit.expect(
        "\r\nconnection: keep-alive" in answer(connection),
        True,
        "the response says connection: keep-alive",
        why="an HTTP/1.0 client closes unless it is told",
        section="RFC 9112 §9.3",
    )


@kit.task("2.15")
def test_nothing_after_close_is_read() -> None:
    connection = fed(b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET % b"never")
    kit.expect(events(connection)[:2], ["head /last", "end"], "the last request")
    answer(connection)
    connection.receive(GET % b"later")
    kit.expect(
        events(connection),
        ["EOF"],
        "no request after close, not one that came with it and not a later one",
        section="RFC 9112 §9.6",
    )


@kit.task("2.15")
def test_a_handler_may_close() -> None:
    connection = fed(GET % b"1" + GET % b"2")
    events(connection)
    head = answer(connection, fields=[("Connection", "close")])
    kit.expect(head.count("connection: close"), 1, "the response says close, once")
    kit.expect(connection.must_close, True, "who says close must close", section="RFC 9112 §9.6")
    kit.expect(events(connection), ["EOF"], "and nothing more is read", section="RFC 9112 §9.6")


@kit.task("2.15")
def test_a_body_read_to_its_end_keeps_the_connection() -> None:
    connection = fed(POST % (b"1", 5) + b"hel")
    kit.expect(
        events(connection),
        ["head /1", b"hel", "NEED_DATA"],
        "a part of the body, then a wait for the rest",
    )
    kit.did("receive b'lo'")
    connection.receive(b"lo")
    kit.expect(events(connection), [b"lo", "end", "PAUSED"], "the rest, and the end")
    kit.expect("connection: close" in answer(connection), False, "no close: the body was read")
    kit.expect(connection.must_close, False, "the connection stays open", section="RFC 9112 §9.3")


@kit.task("2.15")
def test_an_unread_body_closes_the_connection() -> None:
    connection = fed(POST % (b"1", 50) + b"half")
    events(connection)
    head = answer(connection, b"too big", 413)
    kit.expect(
        "\r\nconnection: close" in head,
        True,
        "the early response says close",
        why="what is left of the body would be read as the next request",
        section="RFC 9112 §9.3",
    )
    kit.expect(connection.must_close, True, "and the connection closes", section="RFC 9112 §9.3")


@kit.task("2.15")
def test_an_unread_body_never_becomes_a_request() -> None:
    inside = GET % b"admin"
    for cut in ("with the head", "after the response"):
        connection = Connection(Limits())
        head = POST % (b"1", len(inside))
        connection.receive(head + inside if cut == "with the head" else head)
        kit.did(f"receive {head!r} with a body that looks like a request ({cut})")
        kit.expect(isinstance(connection.next_event(), RequestHead), True, "the head")
        answer(connection, b"no", 403)
        if cut == "after the response":
            connection.receive(inside)
        after = events(connection)
        kit.expect(
            [name for name in after if "admin" in str(name) and "head" in str(name)],
            [],
            "no request out of the unread body",
            why="this is how one client's body becomes another client's request",
            section="RFC 9112 §9.3",
        )


@kit.task("2.15")
def test_the_end_between_requests() -> None:
    connection = fed(b"")
    kit.expect(events(connection), ["EOF"], "a client that leaves without a request")
    connection = fed(GET % b"1", b"")
    kit.expect(
        events(connection),
        ["head /1", "end", "PAUSED"],
        "a client that closes its half still gets its answer",
        why="shutdown(SHUT_WR) after the request is legal: the client still reads",
        section="RFC 9112 §9.6",
    )
    answer(connection)
    kit.expect(events(connection), ["EOF"], "then nothing more comes")


@kit.task("2.15")
def test_a_client_that_waits_gets_its_100() -> None:
    connection = fed(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    )
    head = connection.next_event()
    kit.expect(
        getattr(head, "expect_continue", None),
        True,
        "the head says that the client waits",
        section="RFC 9110 §10.1.1",
    )
    kit.expect(connection.awaiting_continue, True, "and so does the connection")
    kit.did("send_continue()")
    kit.expect(
        connection.send_continue(),
        b"HTTP/1.1 100 Continue\r\n\r\n",
        "the interim response: a status line and an empty line",
        section="RFC 9110 §15.2",
    )
    kit.expect(connection.awaiting_continue, False, "only once")
    connection.receive(b"abc")
    kit.expect(events(connection), [b"abc", "end", "PAUSED"], "then the body comes")
    kit.expect("connection: close" in answer(connection), False, "and the connection stays open")


@kit.task("2.15")
def test_a_final_response_instead_of_100_closes() -> None:
    connection = fed(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    )
    connection.next_event()
    head = answer(connection, b"no", 403)
    kit.expect(
        "\r\nconnection: close" in head,
        True,
        "the response says close",
        why="the client may send the body all the same: nobody can know",
        section="RFC 9110 §10.1.1",
    )
    kit.expect(
        (connection.must_close, connection.awaiting_continue),
        (True, False),
        "the connection closes, and no 100 follows",
    )
