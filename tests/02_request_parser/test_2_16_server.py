"""The server: HTTP over real sockets, request after request, client after client."""

from __future__ import annotations

from wire_clients import GET, POST, Handler

from workshop import kit


@kit.task("2.16")
def test_a_request_reaches_the_handler() -> None:
    handler = Handler()
    with kit.serve(handler) as server:
        client = server.connect()
        client.send(
            b"POST /a?b=1 HTTP/1.1\r\nHost: a\r\nX-Two: 1\r\nContent-Length: 5\r\n\r\nhello"
        )
        reply = client.read_response()
    kit.expect((reply.status_code, reply.body), (200, b"/a?b=1 hello"), "the handler's answer")
    seen = handler.seen[0]
    kit.expect(
        (seen.method, seen.target, seen.version, seen.body),
        ("POST", "/a?b=1", "1.1", b"hello"),
        "the request as it was sent",
    )
    kit.expect(seen.header("x-two"), "1", "with its fields")


@kit.task("2.16")
def test_a_request_may_come_in_pieces() -> None:
    head = b"POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire = head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(*(wire[index : index + 1] for index in range(len(wire))))
        kit.expect(
            client.read_response().body,
            b"/p abcde",
            "the answer to the whole body, as if it had come in one piece",
            section="RFC 9112 §2.2",
        )


@kit.task("2.16")
def test_keep_alive_on_the_wire() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        for target in (b"one", b"two", b"three"):
            client.send(GET % target)
            kit.expect(
                client.read_response().body,
                b"/" + target + b" ",
                "an answer on the same connection",
                section="RFC 9112 §9.3",
            )


@kit.task("2.16")
def test_pipelined_over_the_wire() -> None:
    handler = Handler()
    with kit.serve(handler) as server:
        client = server.connect()
        client.send(GET % b"1" + POST % 3 + b"abc" + GET % b"3")
        bodies = [client.read_response().body for _ in range(3)]
    kit.expect(
        bodies,
        [b"/1 ", b"/ abc", b"/3 "],
        "three answers, in the order of the requests",
        section="RFC 9112 §9.3.2",
    )


@kit.task("2.16")
def test_close_means_close_on_the_wire() -> None:
    handler = Handler()
    with kit.serve(handler) as server:
        client = server.connect()
        client.send(b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + GET % b"never")
        reply = client.read_response()
        kit.expect(
            (reply.header("connection") or "").lower(),
            "close",
            "the answer says close",
            section="RFC 9112 §9.6",
        )
        client.expect_closed()
    kit.expect(
        handler.targets, ["/last"], "nothing behind a close is executed", section="RFC 9112 §9.6"
    )


@kit.task("2.16")
def test_http_1_0_is_closed_after_its_answer() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(b"GET /old HTTP/1.0\r\n\r\n")
        kit.expect(client.read_response().body, b"/old ", "the answer")
        client.expect_closed()


@kit.task("2.16")
def test_head_over_the_wire() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(b"HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n")
        reply = client.read_response("HEAD")
        kit.expect(
            reply.header("content-length"),
            "3",
            "the length that GET would have",
            section="RFC 9110 §9.3.2",
        )
        client.send(GET % b"next")
        kit.expect(
            client.read_response().body,
            b"/next ",
            "no body came before the next answer",
            section="RFC 9112 §6.3",
        )


@kit.task("2.16")
def test_100_continue_is_sent_before_the_body() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(
            b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
        kit.expect(
            client.recv_until(b"100 Continue\r\n\r\n"),
            b"HTTP/1.1 100 Continue\r\n\r\n",
            "100 at once: the client waits for it with its body",
            section="RFC 9110 §10.1.1",
        )
        client.send(b"abc")
        kit.expect(client.read_response().body, b"/up abc", "then the answer")
        client.send(GET % b"next")
        kit.expect(client.read_response().body, b"/next ", "on a connection that goes on")


@kit.task("2.16")
def test_http_1_0_gets_no_100() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(
            b"POST /up HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", b"abc"
        )
        kit.expect(
            client.read_response().status_code,
            200,
            "the answer, and no 100 before it",
            section="RFC 9110 §15.2",
        )


@kit.task("2.16")
def test_a_client_that_closes_its_half_is_answered() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(GET % b"1")
        client.half_close()
        kit.expect(client.read_response().body, b"/1 ", "the answer: the request was whole")
        client.expect_closed()


@kit.task("2.16")
def test_stop_does_not_wait_for_a_silent_client() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(GET % b"1")
        client.read_response()
        server.stop()
        client.recv_all()


@kit.task("2.16")
def test_a_response_has_its_date() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(GET % b"1")
        date = client.read_response().header("date") or ""
    kit.expect_that(
        date.endswith(" GMT") and len(date) == 29,
        want='a date field, like "Sun, 06 Nov 1994 08:49:37 GMT"',
        got=repr(date),
        why="caches count the age of a response from it",
        section="RFC 9110 §6.6.1",
    )
