"""Refusals: an answer that says why and says close, and nothing behind it is read."""

from __future__ import annotations

from wire_turns import GET, events, fed

from groundup.errors import HTTPException, ProtocolError, ResponseError
from workshop import kit

POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


@kit.task("2.15")
def test_a_refusal_closes_and_nothing_more_runs() -> None:
    for _, bad in kit.cases(
        (
            ("both lengths", POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"),
            ("no chunked at the end", POST + b"Transfer-Encoding: gzip\r\n\r\n"),
            ("a length that is none", POST + b"Content-Length: x\r\n\r\n"),
            ("no Host", b"GET / HTTP/1.1\r\n\r\n"),
            ("two spaces", b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
        )
    ):
        connection = fed(bad + GET % b"never")
        error = kit.expect_raises(
            ProtocolError, events, connection, want="the refusal of a bad request", status_code=400
        )
        raw = connection.refuse(error)
        head = raw.partition(b"\r\n\r\n")[0].lower()
        kit.did("refuse(the error)")
        kit.expect(
            raw[:26],
            b"HTTP/1.1 400 Bad Request\r\n",
            "a response with the status of the refusal",
            section="RFC 9112 §2.2",
        )
        kit.expect_that(
            b"\r\nconnection: close" in head,
            want="that says close",
            got=repr(head),
            section="RFC 9112 §9.6",
        )
        kit.expect_that(
            connection.must_close,
            want="and the connection closes",
            got="must_close is False",
            section="RFC 9112 §6.3",
        )
        connection.receive(GET % b"later")
        kit.expect(
            events(connection),
            ["EOF"],
            "nothing behind a bad request is read",
            why="after bytes that we could not read, nobody knows where the next request begins",
            section="RFC 9112 §9.6",
        )


@kit.task("2.15")
def test_after_a_fault_only_a_refusal_goes_out() -> None:
    connection = fed(POST + b"Transfer-Encoding: chunked\r\n\r\nno size\r\n")
    kit.expect_raises(
        ProtocolError, events, connection, want="the refusal of a bad body", status_code=400
    )
    kit.did("send_response(200, (), b'ok')")
    kit.expect_raises(
        ResponseError,
        connection.send_response,
        200,
        (),
        b"ok",
        want="an error of ours: the request is broken, so no response to it is owed",
        why="a request that was not understood to its end is not answered as if it had been",
        section="RFC 9112 §9.6",
    )
    kit.expect_that(
        connection.refuse(HTTPException(400)).startswith(b"HTTP/1.1 400 "),
        want="and the refusal can still go out",
        got="something else",
    )


@kit.task("2.15")
def test_a_refusal_tells_the_reason() -> None:
    connection = fed(b"GET / HTTP/1.1\r\n\r\n")
    error = kit.expect_raises(
        ProtocolError, events, connection, want="the refusal of a bad request", status_code=400
    )
    body = connection.refuse(error).partition(b"\r\n\r\n")[2].decode()
    kit.expect_that(
        error.reason in body,
        want=f"a body that says why: {error.reason}",
        got=repr(body),
        why="who wrote the client must be able to mend it",
    )


@kit.task("2.15")
def test_any_status_may_refuse() -> None:
    for _, (status_code, phrase) in kit.cases(
        (f"refuse with {pair[0]}", pair)
        for pair in (
            (404, b"Not Found"),
            (431, b"Request Header Fields Too Large"),
            (505, b"HTTP Version Not Supported"),
        )
    ):
        connection = fed(GET % b"1")
        events(connection)
        kit.did(f"refuse(HTTPException({status_code}))")
        raw = connection.refuse(HTTPException(status_code))
        kit.expect(
            raw.split(b"\r\n")[0], b"HTTP/1.1 %d %s" % (status_code, phrase), "its status line"
        )


@kit.task("2.15")
def test_a_refusal_in_the_middle_of_a_body() -> None:
    connection = fed(
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n"
    )
    error = kit.expect_raises(
        ProtocolError, events, connection, want="the refusal of a bad chunk", status_code=400
    )
    kit.expect(
        connection.refuse(error)[:13], b"HTTP/1.1 400 ", "a request whose body breaks gets 400"
    )
    kit.expect_that(
        connection.must_close, want="and the connection closes", got="must_close is False"
    )


@kit.task("2.15")
def test_a_refusal_carries_the_fields_of_its_error() -> None:
    connection = fed(GET % b"1")
    events(connection)
    kit.did('refuse(HTTPException(405, headers={"Allow": "PUT"}))')
    raw = connection.refuse(HTTPException(405, headers={"Allow": "PUT"}))
    kit.expect_that(
        b"\r\nallow: put\r\n" in raw.lower(),
        want="a field for each of error.headers",
        got=repr(raw),
        why="a 405 must say what is allowed, and the server adds the Date in the same way",
        section="RFC 9110 §15.5.6",
    )


@kit.task("2.15")
def test_a_refusal_without_a_body_where_none_may_be() -> None:
    connection = fed(GET % b"1")
    events(connection)
    kit.did("refuse(HTTPException(204)): a strange thing to raise, but it must not crash")
    raw = connection.refuse(HTTPException(204))
    kit.expect(raw.partition(b"\r\n\r\n")[2], b"", "no body", section="RFC 9112 §6.3")
    kit.expect_that(
        connection.must_close, want="and the connection closes", got="must_close is False"
    )


@kit.task("2.15")
def test_a_refusal_of_head_has_no_body() -> None:
    connection = fed(b"HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
    events(connection)
    kit.did("refuse(HTTPException(403))")
    raw = connection.refuse(HTTPException(403))
    kit.expect(
        raw.partition(b"\r\n\r\n")[2], b"", "no body in an answer to HEAD", section="RFC 9112 §6.3"
    )


@kit.task("2.15")
def test_a_response_that_cannot_be_written_leaves_room_for_a_500() -> None:
    connection = fed(GET % b"1" + GET % b"2")
    events(connection)
    kit.did('send_response(200, [("Location", "a\\r\\nb")])')
    kit.expect_raises(
        ResponseError,
        connection.send_response,
        200,
        [("Location", "a\r\nb")],
        b"",
        want="an error of ours",
    )
    raw = connection.send_response(500, (), b"sorry")
    kit.expect(raw[:13], b"HTTP/1.1 500 ", "a 500 can still be sent: nothing had gone out")
    kit.expect(events(connection), ["head /2", "end", "PAUSED"], "and the connection goes on")
