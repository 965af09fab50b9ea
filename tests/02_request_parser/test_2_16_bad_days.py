"""The server on bad days: requests that are refused, clients that vanish, handlers that crash."""

from __future__ import annotations

from wire_clients import GET, POST, Answer, Handler
from wire_tables import load

from groundup.errors import HTTPException, abort
from groundup.limits import Limits
from workshop import kit


@kit.task("2.16")
def test_a_bad_request_is_answered_closed_and_nothing_more_runs() -> None:
    handler = Handler()
    with kit.serve(handler) as server:
        client = server.connect()
        client.send(GET % b"good" + b"GET / HTTP/1.1\r\nHost : a\r\n\r\n" + GET % b"never")
        kit.expect(client.read_response().status_code, 200, "the good request is answered")
        reply = client.read_response()
        kit.expect(reply.status_code, 400, "then the bad one is refused", section="RFC 9112 §5.1")
        kit.expect(
            (reply.header("connection") or "").lower(),
            "close",
            "with close",
            section="RFC 9112 §9.6",
        )
        client.expect_closed()
    kit.expect(
        handler.targets,
        ["/good"],
        "nothing behind a bad request is executed",
        why="after bytes that we could not read, nobody knows where the next request begins",
    )


@kit.task("2.16")
def test_every_refusal_of_the_tables_on_the_wire() -> None:
    handler = Handler()
    tables = ("request_line", "target", "host", "fields", "framing", "chunked")
    refused = [case for name in tables for case in load(name) if case.refuse]
    with kit.serve(handler) as server:
        for label, case in kit.cases((case.id, case) for case in refused):
            client = server.connect()
            client.send(case.wire)
            status_code = client.read_response().status_code
            kit.expect_that(
                status_code in case.refuse,
                want=f"status {case.refuse[0]}  [{label}]",
                got=str(status_code),
                why=case.why,
                section=case.clause,
            )
            client.expect_closed()
            client.close()
    kit.expect(handler.targets, [], "not one of them reached the handler")


@kit.task("2.16")
def test_a_request_cut_off_is_not_executed() -> None:
    handler = Handler()
    with kit.serve(handler) as server:
        for wire in (b"GET /cut HTTP/1.1\r\nHost: a\r\n", POST % 5 + b"abc"):
            client = server.connect()
            client.send(wire)
            client.half_close()
            kit.expect(
                client.read_response().status_code,
                400,
                "the answer to a request that was cut off",
                why="it has closed its sending side only: it still reads, and may learn why",
                section="RFC 9112 §8",
            )
            client.expect_closed()
            client.close()
        kit.expect(
            handler.targets,
            [],
            "a request without its end is no request",
            why="a field that changes its meaning may be missing: half a DELETE is not a DELETE",
            section="RFC 9112 §8",
        )
        client = server.connect()
        client.send(GET % b"next")
        kit.expect(client.read_response().body, b"/next ", "the next client is served")


@kit.task("2.16")
def test_clients_that_vanish_do_not_stop_the_server() -> None:
    with kit.serve(Handler()) as server:
        for wire in (b"", b"GET /", POST % 5 + b"abc", GET % b"never-read" * 50):
            client = server.connect()
            if wire:
                client.send(wire)
            client.reset()
        client = server.connect()
        client.send(GET % b"next")
        kit.expect(
            client.read_response().body,
            b"/next ",
            "the next client is served",
            why="a reset is an everyday thing: it ends one connection, not the server",
        )


@kit.task("2.16")
def test_a_handler_that_crashes_is_a_500_that_tells_nothing() -> None:
    def handler(seen: kit.Seen) -> Answer:
        if seen.target == "/crash":
            raise ZeroDivisionError("the secret of the house")
        return 200, [], b"fine"

    with kit.serve(handler) as server:
        client = server.connect()
        client.send(GET % b"crash")
        reply = client.read_response()
        client.close()
        kit.expect(reply.status_code, 500, "a crash is a 500")
        kit.expect(
            (b"secret" in reply.raw, b"ZeroDivision" in reply.raw),
            (False, False),
            "that says nothing of the inside to the client",
            why="a traceback tells an attacker your files, your libraries, even passwords",
            section="RFC 9110 §15.6.1",
        )
        client = server.connect()
        client.send(GET % b"ok")
        kit.expect(client.read_response().body, b"fine", "the next client is served")


@kit.task("2.16")
def test_a_handler_may_raise_a_status() -> None:
    def handler(seen: kit.Seen) -> Answer:
        abort(404, "no such page")

    with kit.serve(handler) as server:
        client = server.connect()
        client.send(GET % b"x")
        kit.expect(client.read_response().status_code, 404, "abort(404) is answered with 404")


@kit.task("2.16")
def test_a_poisoned_response_is_a_500() -> None:
    def handler(seen: kit.Seen) -> Answer:
        return 302, [("location", "/x\r\nset-cookie: admin=1")], b""

    with kit.serve(handler) as server:
        client = server.connect()
        client.send(GET % b"x")
        reply = client.read_response()
    kit.expect(
        (reply.status_code, reply.header("set-cookie")),
        (500, None),
        "500, and no field that nobody meant to send",
        section="RFC 9110 §5.5",
    )


@kit.task("2.16")
def test_a_body_over_the_limit() -> None:
    handler = Handler()
    with kit.serve(handler, limits=Limits(body=5)) as server:
        for wire in (
            POST % 6,
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n2\r\n",
        ):
            client = server.connect()
            client.send(wire)
            kit.expect(
                client.read_response().status_code,
                413,
                "413 as soon as it is known",
                section="RFC 9110 §15.5.14",
            )
            client.expect_closed()
            client.close()
    kit.expect(handler.targets, [], "and the handler is not called")


@kit.task("2.16")
def test_an_early_refusal_is_not_lost() -> None:
    with kit.serve(Handler(), limits=Limits(body=5)) as server:
        client = server.connect()
        client.send(POST % 400_000)
        client.send(b"x" * 400_000)
        kit.expect(
            client.read_response().status_code,
            413,
            "the 413 reaches a client that is still sending",
            why="close with unread bytes, and the reset overtakes the answer: read on a while",
            section="RFC 9112 §9.6",
        )


@kit.task("2.16")
def test_what_cannot_be_accepted_gets_no_100() -> None:
    with kit.serve(Handler(), limits=Limits(body=5)) as server:
        client = server.connect()
        client.send(
            b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n"
        )
        kit.expect(
            client.read_response().status_code,
            413,
            "413 and no 100: the body is not even sent",
            section="RFC 9110 §10.1.1",
        )
        client.expect_closed()


@kit.task("2.16")
def test_a_refusal_has_its_date() -> None:
    with kit.serve(Handler()) as server:
        client = server.connect()
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        reply = client.read_response()
    kit.expect(reply.status_code, 400, "a request without Host is refused")
    kit.expect_that(
        (reply.header("date") or "").endswith(" GMT"),
        want="a date field in a refusal too",
        got=repr(reply.header("date")),
        section="RFC 9110 §6.6.1",
    )


@kit.task("2.16")
def test_an_error_that_cannot_be_sent_is_a_500() -> None:
    errors = (HTTPException(503, headers={"Retry-After": "a\r\nb"}), HTTPException(204))
    waiting = list(errors)

    def handle(seen: kit.Seen) -> Answer:
        raise waiting.pop(0)

    with kit.serve(handle) as server:
        for error in errors:
            kit.did(f"the handler raises {error!r}")
            client = server.connect()
            client.send(GET % b"x")
            kit.expect(client.read_response().status_code, 500, "an answer, and no dead server")
            client.close()
