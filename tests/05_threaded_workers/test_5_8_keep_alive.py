"""Task 5.8, on the wire: connections that stay, and those that end."""

import sys
import threading

from crowd import Gate, body_of, eventually, get, serve

from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("5.8")

WATCHED = 0.2  # seconds that an idle server is watched
BUSY = 2000  # calls in that time; it looks at the clock a few times


def echo(request):
    return Response(request.target)


def test_a_connection_is_watched_again():
    with serve(app=echo) as server:
        client = server.connect()
        for target in ("/1", "/2", "/3"):
            kit.expect(body_of(get(client, target)), target, "an answer, on the same connection")


def test_what_has_come_already_is_looked_at():
    with serve(app=echo) as server:
        client = get(server.connect(), "/1", "/2", "/3")
        kit.expect(
            [body_of(client) for _ in range(3)],
            ["/1", "/2", "/3"],
            "three requests in one piece: three answers, in order",
            why="the selector tells of bytes in the kernel, not of those that were read already",
        )


def test_half_a_request_behind_a_whole_one():
    with serve(app=echo) as server:
        client = server.connect()
        client.send(b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HT")
        kit.expect(body_of(client), "/1", "the whole one is answered")
        client.send(b"TP/1.1\r\nHost: a\r\n\r\n")
        kit.expect(body_of(client), "/2", "and the other one, when its rest has come")


def test_a_last_answer_is_followed_by_the_end():
    with serve(app=echo) as server:
        client = get(server.connect(), "/bye", fields="Connection: close\r\n")
        kit.expect(body_of(client), "/bye", "the answer")
        client.expect_closed()


def test_a_last_answer_is_not_reset_under_a_client_that_still_sends():
    gate = Gate()
    with serve(app=gate) as server:
        client = get(server.connect(), "/hold", fields="Connection: close\r\n")
        gate.holds()
        kit.did("the client goes on sending: 100,000 bytes that nobody will read")
        client.send(b"x" * 100_000)
        gate.open.set()
        kit.expect(body_of(client), "/hold", "the answer can be read")
        client.expect_closed()


def test_one_that_was_not_answered_is_closed(caplog):
    def handle(request):
        if request.target == "/exit":
            sys.exit("I have had enough")
        return echo(request)

    with serve(app=handle) as server:
        client = get(server.connect(), "/exit", "/never")
        kit.did("a handler calls sys.exit(): its request has no answer")
        client.expect_closed()


def test_an_idle_connection_has_its_deadline_from_when_it_was_parked():
    clock = kit.Clock()
    with serve(app=echo, clock=clock, timeouts=Timeouts(keep_alive=5.0)) as server:
        client = server.connect()
        kit.expect(body_of(get(client, "/1")), "/1", "the first answer")
        clock.advance(4.0)
        kit.expect(body_of(get(client, "/2")), "/2", "after 4 of 5 s it is still there")
        eventually(lambda: server.engine.metrics.snapshot().in_flight == 0)
        client.send(b"GET /3 HTTP/1.1\r\nHost: a\r\n\r\n")
        kit.expect(body_of(client), "/3", "and may go on asking")


def test_a_parked_connection_never_makes_the_poller_wait():
    with serve(app=echo, max_workers=4) as server:
        clients = [server.connect() for _ in range(3)]
        for client in clients:
            kit.expect(body_of(get(client, "/1")), "/1", "each client is answered, and idle then")
        kit.did("three idle connections; two of them ask again, the last one first")
        get(clients[2], "/c")
        kit.expect(body_of(clients[2]), "/c", "the one that asks is answered")
        get(clients[1], "/b")
        kit.expect(body_of(clients[1]), "/b", "though others beside it say nothing")


def test_a_server_with_nothing_to_do_sleeps():
    calls, busy = [], threading.Event()

    def watch(frame, event, argument):
        calls.append(event)
        if len(calls) > BUSY:
            busy.set()

    threading.setprofile(watch)
    try:
        with serve(app=echo) as server:
            client = server.connect()
            kit.expect(body_of(get(client, "/")), "/", "an answer; then the connection is idle")
            calls.clear(), busy.clear()
            kit.did(f"one idle connection, for {WATCHED:g} s")
            busy.wait(WATCHED)
            seen = len(calls)
            threading.setprofile(None)
    finally:
        threading.setprofile(None)
    kit.expect_that(
        seen <= BUSY,
        "everybody sleeps: the poller in select, the workers in get",
        f"{seen} calls, to find out that there is nothing to do",
        why="a poller that asks again and again takes the GIL from those who work",
    )
