"""Responses: in order, one a request, and nothing is read after the last."""

from __future__ import annotations

import tomllib
from typing import Any

from wire_tables import WIRE
from wire_turns import GET, POST, answer, events, fed

from groundup.connection import Connection
from groundup.errors import ResponseError
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
    kit.expect_that(
        not connection.must_close, want="and the connection stays open", got="must_close is True"
    )


@kit.task("2.15")
def test_one_response_a_request() -> None:
    connection = fed(GET % b"1" + GET % b"2")
    events(connection)
    answer(connection)
    kit.did("send_response again, before the next request was taken")
    kit.expect_raises(
        ResponseError,
        connection.send_response,
        200,
        (),
        b"twice",
        want="an error of ours: no response is owed",
        why="a response too many is taken for the answer to the next request",
        section="RFC 9112 §9.2",
    )
    kit.expect(events(connection), ["head /2", "end", "PAUSED"], "the next request is not lost")


@kit.task("2.15")
def test_who_keeps_the_connection() -> None:
    table = tomllib.loads((WIRE / "persistence.toml").read_text(encoding="ascii"))
    for row in table["case"]:
        for _, segments in kit.splits(row["wire"].encode("latin-1")):
            check_persistence(row, segments)


def check_persistence(row: dict[str, Any], segments: list[bytes]) -> None:
    connection = Connection(Limits())
    for segment in segments:
        connection.receive(segment)
        events(connection)
    head = connection.send_response(200, (), b"ok").lower()
    kept = {
        "connection: close in the response": b"\r\nconnection: close\r\n" in head,
        "must_close": connection.must_close,
    }
    connection.receive(GET % b"next")
    kept["the next request is read"] = "head /next" in events(connection)
    want = dict(zip(kept, (not row["keeps"], not row["keeps"], row["keeps"]), strict=True))
    if kept != want:
        kit.did("answer with 200, receive another request")
        kit.expect_that(
            False,
            want=f"{in_words(want)}  [{row['id']}]",
            got=in_words(kept),
            why=row["why"],
            section="RFC 9112 §9.3, §9.6",
        )


def in_words(facts: dict[str, bool]) -> str:
    return ", ".join(f"{name}: {'yes' if fact else 'no'}" for name, fact in facts.items())


@kit.task("2.15")
def test_an_http_1_0_client_learns_that_the_connection_is_kept() -> None:
    connection = fed(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    events(connection)
    head = answer(connection)
    kit.expect_that(
        "\r\nconnection: keep-alive" in head,
        want="the response says connection: keep-alive",
        got=repr(head),
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
    kit.expect_that(
        connection.must_close,
        want="who says close must close",
        got="must_close is False",
        section="RFC 9112 §9.6",
    )
    kit.expect(events(connection), ["EOF"], "and nothing more is read", section="RFC 9112 §9.6")


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
