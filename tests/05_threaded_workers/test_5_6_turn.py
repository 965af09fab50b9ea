"""Task 5.6: a worker's turn, one answer and no more (`engines.threads.ThreadServer.work`)."""

import sys
from contextlib import contextmanager

from crowd import in_time
from seats import guest

from groundup.engines.threads import ThreadServer
from groundup.net import listen
from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("5.6")

LARGE = 8 << 20  # bytes: more than the kernel holds for a client that does not read


@contextmanager
def turn(handle, *targets, clock=None, timeouts=None, fields=""):
    """An engine with this handle, and a client that has asked; work(seat) is still to be called."""
    clock = clock or kit.Clock()
    with listen() as listener, guest(clock, timeouts) as client:
        server = ThreadServer(listener, handle, clock=clock)
        server.metrics.queued()
        client.asks(*(targets or ("/",)), fields=fields)
        yield server, client


def echo(request):
    return Response(request.target)


def worked(server, client):
    """Call work(seat), and do not wait for it for ever."""
    kit.did("work(seat)")
    in_time(
        lambda: server.work(client.seat) or True,
        "work(seat) comes back when it has answered",
        "it still waits: for the client's next request?",
    )


def test_a_request_is_answered():
    with turn(echo, "/one") as (server, client):
        worked(server, client)
        answer = client.hears()
        kit.expect_that(answer.startswith(b"HTTP/1.1 200 OK\r\n"), "a 200", answer)
        kit.expect(answer.rpartition(b"\r\n\r\n")[2], b"/one", "the handler's answer is sent")
        kit.expect(client.seat.answered, True, "seat.answered: the whole answer has been sent")


def test_it_is_counted():
    with turn(lambda request: Response("no", 404)) as (server, client):
        worked(server, client)
        seen = server.metrics.snapshot()
    kit.expect((seen.begun, seen.finished), (1, 1), "begun, and finished")
    kit.expect(seen.responses, {"4xx": 1}, "by the status that went out")
    kit.expect((seen.queue_depth, seen.in_flight), (0, 0), "it has left the queue, and has ended")


def test_one_answer_and_no_more():
    with turn(echo, "/1", "/2") as (server, client):
        worked(server, client)
        answer = client.hears()
    kit.expect(
        answer.count(b"HTTP/1.1 200"),
        1,
        "answers in one turn, though two requests are here",
        why="the next one waits in the queue behind the others: else one client keeps them out",
    )


def test_while_the_server_stops_it_is_the_last_answer():
    with turn(echo) as (server, client):
        kit.did("stop()")
        server.stop()
        worked(server, client)
        answer = client.hears().lower()
    kit.expect_that(
        b"connection: close" in answer, "Connection: close, as `_answer` says it", answer,
        why="`_answer` calls the handler for you, and knows whether the server stops",
    )  # fmt: skip


def test_a_crash_is_answered(caplog):
    def handle(request):
        raise KeyError("secret")

    with turn(handle) as (server, client):
        worked(server, client)
        kit.expect(client.hears()[:12], b"HTTP/1.1 500", "respond() makes a 500 of it")
        kit.expect(client.seat.answered, True, "and that is an answer")
    kit.expect(server.metrics.snapshot().responses, {"5xx": 1}, "it counts as what it is")


def test_a_client_that_has_gone_is_nobodys_fault(caplog):
    with turn(echo) as (server, client):
        kit.did("the client has gone")
        client.socket.close()
        worked(server, client)
        kit.expect(client.seat.answered, False, "the seat was not answered")
        seen = server.metrics.snapshot()
    kit.expect((seen.cut_off, seen.finished), (1, 0), "it counts as cut off: ended(None, …)")
    kit.expect(seen.in_flight, 0, "and as ended")
    kit.expect(caplog.text, "", "nothing in the log: clients go, that is no fault")


def test_a_reader_that_takes_nothing_is_given_up():
    def handle(request):
        return Response(b"x" * LARGE)

    with turn(handle, timeouts=Timeouts(write=0.0)) as (server, client):
        kit.did(f"the client reads nothing of {LARGE >> 20} MB")
        worked(server, client)
        kit.expect(client.seat.answered, False, "seat.wire.send gives up: it was not answered")
    kit.expect(server.metrics.snapshot().cut_off, 1, "and counts as cut off")


def test_a_handler_that_ends_its_thread_is_counted():
    def handle(request):
        sys.exit("I have had enough")

    with turn(handle) as (server, client):
        kit.did("the handler calls sys.exit()")
        kit.expect_raises(SystemExit, server.work, client.seat, want="it goes on to Workers")
        kit.expect(client.seat.answered, False, "there was no answer")
    seen = server.metrics.snapshot()
    kit.expect((seen.cut_off, seen.in_flight), (1, 0), "cut off, and no longer in flight")


def test_the_seconds_are_counted_from_when_the_request_was_complete():
    clock = kit.Clock()

    def handle(request):
        clock.advance(2.0)
        return Response("x")

    with turn(handle, clock=clock) as (server, client):
        kit.did("the request waits for 3 s in the queue; its handler takes 2 s")
        clock.advance(3.0)
        worked(server, client)
    kit.expect(
        server.metrics.snapshot().seconds,
        5.0,
        "seconds, from seat.since on",
        why="the wait in the queue is what a client feels most",
    )


def test_no_lock_is_held_while_an_answer_is_sent():
    def handle(request):
        return Response(b"x" * LARGE)

    with turn(handle, timeouts=Timeouts(write=20.0)) as (server, client):
        seen = []

        class Watched:
            """The client's socket: somebody looks at the metrics while it is sent to."""

            def __init__(self, wire):
                self._wire = wire

            def send(self, data):
                """Look, then do not send so much."""
                seen.append(
                    in_time(
                        server.metrics.snapshot,
                        "snapshot() returns while an answer is being sent",
                        "it waits for a lock that is held meanwhile",
                    )
                )

        client.seat.wire = Watched(client.seat.wire)
        kit.did("somebody asks for the numbers while the answer is sent")
        worked(server, client)
    kit.expect(len(seen), 1, "seat.wire.send is called once, with the whole answer")
    kit.expect(seen[0].in_flight, 1, "and the request is in flight meanwhile")
