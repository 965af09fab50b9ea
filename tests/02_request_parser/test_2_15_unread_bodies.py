"""Bodies and responses: what was not read closes the connection; who waits gets a 100, or none."""

from __future__ import annotations

from wire_turns import GET, POST, answer, events, fed

from groundup.connection import Connection
from groundup.limits import Limits
from workshop import kit


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
    head = answer(connection)
    kit.expect_that(
        "connection: close" not in head, want="no close: the body was read", got=repr(head)
    )
    kit.expect_that(
        not connection.must_close,
        want="the connection stays open",
        got="must_close is True",
        section="RFC 9112 §9.3",
    )


@kit.task("2.15")
def test_an_unread_body_closes_the_connection() -> None:
    connection = fed(POST % (b"1", 50) + b"half")
    events(connection)
    head = answer(connection, b"too big", 413)
    kit.expect_that(
        "\r\nconnection: close" in head,
        want="the early response says close",
        got=repr(head),
        why="what is left of the body would be read as the next request",
        section="RFC 9112 §9.3",
    )
    kit.expect_that(
        connection.must_close,
        want="and the connection closes",
        got="must_close is False",
        section="RFC 9112 §9.3",
    )


@kit.task("2.15")
def test_an_unread_body_never_becomes_a_request() -> None:
    inside = GET % b"admin"
    for cut in ("with the head", "after the response"):
        connection = Connection(Limits())
        head = POST % (b"1", len(inside))
        connection.receive(head + inside if cut == "with the head" else head)
        kit.did(f"receive {head!r} with a body that looks like a request ({cut})")
        kit.expect(type(connection.next_event()).__name__, "RequestHead", "the head")
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
    kit.expect_that(
        connection.awaiting_continue,
        want="and so does the connection",
        got="awaiting_continue is False",
    )
    kit.did("send_continue()")
    kit.expect(
        connection.send_continue(),
        b"HTTP/1.1 100 Continue\r\n\r\n",
        "the interim response: a status line and an empty line",
        section="RFC 9110 §15.2",
    )
    kit.expect_that(
        not connection.awaiting_continue, want="only once", got="awaiting_continue is True"
    )
    connection.receive(b"abc")
    kit.expect(events(connection), [b"abc", "end", "PAUSED"], "then the body comes")
    head = answer(connection)
    kit.expect_that(
        "connection: close" not in head, want="and the connection stays open", got=repr(head)
    )


@kit.task("2.15")
def test_a_final_response_instead_of_100_closes() -> None:
    connection = fed(
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    )
    connection.next_event()
    head = answer(connection, b"no", 403)
    kit.expect_that(
        "\r\nconnection: close" in head,
        want="the response says close",
        got=repr(head),
        why="the client may send the body all the same: nobody can know",
        section="RFC 9110 §10.1.1",
    )
    kit.expect(
        (connection.must_close, connection.awaiting_continue),
        (True, False),
        "the connection closes, and no 100 follows",
    )
