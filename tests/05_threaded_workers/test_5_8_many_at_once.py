"""Task 5.8, on the wire: many at once, and whom a worker is held by."""

import sys
import threading

import pytest
from crowd import PATIENCE, Gate, body_of, eventually, get, in_time, serve

from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("5.8")

LARGE = 8 << 20  # bytes: more than the kernel holds for a client that does not read


def echo(request):
    return Response(request.target)


def test_a_request_is_answered_and_counted():
    with serve(app=echo) as server:
        kit.expect(body_of(get(server.connect(), "/one")), "/one", "the handler's answer")
    seen = server.engine.metrics.snapshot()
    kit.expect((seen.begun, seen.finished), (1, 1), "one begun, one finished")
    kit.expect(seen.responses, {"2xx": 1}, "by its status")
    kit.expect((seen.in_flight, seen.queue_depth), (0, 0), "nothing in flight, nobody waits")


def test_requests_are_answered_side_by_side():
    meeting = threading.Barrier(4)

    def handle(request):
        meeting.wait(PATIENCE)
        return Response("met")

    with serve(app=handle, max_workers=4) as server:
        kit.did("four requests, each of which waits for the three others in its handler")
        clients = [get(server.connect(), "/") for _ in range(4)]
        kit.expect([body_of(client) for client in clients], ["met"] * 4, "all four have met")


def test_the_second_may_be_answered_before_the_first():
    second_is_here = threading.Event()

    def handle(request):
        if request.target == "/first":
            second_is_here.wait(PATIENCE)
            return Response("after the second" if second_is_here.is_set() else "alone")
        second_is_here.set()
        return Response("second")

    with serve(app=handle, max_workers=2) as server:
        first = get(server.connect(), "/first")
        kit.expect(body_of(get(server.connect(), "/second")), "second", "the second one's answer")
        kit.expect(body_of(first), "after the second", "the first, which has waited for it")


SILENT = [
    ("say nothing", b""),
    ("have sent half a head", b"GET / HT"),
    ("have sent half a body", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe"),
    ("have been answered, and are idle", b"GET /mine HTTP/1.1\r\nHost: a\r\n\r\n"),
]


@pytest.mark.parametrize(("story", "sent"), SILENT, ids=[story for story, _ in SILENT])
def test_who_has_asked_nothing_holds_no_worker(story, sent):
    with serve(app=echo, max_workers=1) as server:
        kit.did(f"one worker; three clients {story}")
        silent = [server.connect() for _ in range(3)]
        for client in silent:
            client.send(sent)
            if story.endswith("idle"):
                kit.expect(body_of(client), "/mine", "an idle client was answered before")
        other = server.connect()
        kit.expect(body_of(get(other, "/next")), "/next", "one more client is answered")
        kit.expect(body_of(get(other, "/again")), "/again", "and again")
        if b"POST" in sent:
            silent[0].send(b"llo")
            kit.expect(body_of(silent[0]), "/", "whose body comes to its end after all is answered")


def test_others_have_their_turn_between_two_requests_of_one_connection():
    gate = Gate()
    with serve(app=gate, max_workers=1) as server:
        kit.did("one worker; A sends four requests in one piece, then B sends one")
        greedy, modest = get(server.connect(), "/hold", "/1", "/2", "/3"), server.connect()
        gate.holds()
        get(modest, "/modest")
        eventually(lambda: server.engine.metrics.snapshot().queue_depth == 1)
        gate.open.set()
        kit.expect(body_of(modest), "/modest", "B is answered")
        kit.expect([body_of(greedy) for _ in range(4)], ["/hold", "/1", "/2", "/3"], "A, in order")
    kit.expect_that(
        gate.seen.index("/modest") < gate.seen.index("/3"),
        "B has its turn before A's last request",
        " ".join(gate.seen),
        why="one client that pipelines would keep all others out",
    )


def test_a_crash_costs_neither_worker_nor_connection(caplog):
    def handle(request):
        return Response(1 / int(request.target[1:]) and "fine")

    with serve(app=handle, max_workers=1) as server:
        client = server.connect()
        kit.expect(get(client, "/0").read_response().status_code, 500, "a crash is a 500")
        kit.expect(body_of(get(client, "/1")), "fine", "and the next request is answered")
    kit.expect(server.engine.metrics.snapshot().responses, {"2xx": 1, "5xx": 1}, "both count")


def test_a_handler_that_ends_its_thread_ends_one_connection(caplog):
    def handle(request):
        if request.target == "/exit":
            sys.exit("I have had enough")
        return Response("here")

    with serve(app=handle, max_workers=1) as server:
        client = get(server.connect(), "/exit")
        kit.did("the only worker's handler calls sys.exit()")
        client.expect_closed()
        kit.expect(body_of(get(server.connect(), "/")), "here", "somebody else is answered")
    seen = server.engine.metrics.snapshot()
    kit.expect((seen.cut_off, seen.in_flight), (1, 0), "it counts as cut off, and as ended")


def test_a_client_that_has_gone_is_nobodys_fault(caplog):
    gate = Gate()
    with serve(app=gate, max_workers=1) as server:
        gone = get(server.connect(), "/hold")
        gate.holds()
        kit.did("the client resets the connection while its handler works")
        gone.reset()
        gate.open.set()
        kit.expect(body_of(get(server.connect(), "/next")), "/next", "the next one is answered")
    seen = server.engine.metrics.snapshot()
    kit.expect((seen.cut_off, seen.responses), (1, {"2xx": 1}), "one cut off, one answered")
    kit.expect(caplog.text, "", "and the log is empty: clients go, that is no fault")


def test_a_reader_that_takes_nothing_is_given_up():
    def handle(request):
        return Response(b"x" * LARGE if request.target == "/large" else b"small")

    with serve(app=handle, max_workers=1, timeouts=Timeouts(write=0.2)) as server:
        stalled = get(server.connect(), "/large")
        kit.did(f"A asks for {LARGE >> 20} MB and reads nothing; a stalled write may last 0.2 s")
        kit.expect(body_of(get(server.connect(), "/")), "small", "B is answered all the same")
        stalled.close()
    kit.expect(server.engine.metrics.snapshot().cut_off, 1, "A's answer counts as cut off")


def test_no_lock_is_held_while_an_answer_is_sent():
    def handle(request):
        return Response(b"x" * LARGE if request.target == "/large" else b"small")

    with serve(app=handle, max_workers=2, timeouts=Timeouts(write=20.0)) as server:
        stalled = get(server.connect(), "/large")
        kit.did(f"A asks for {LARGE >> 20} MB and reads nothing: its worker waits in send")
        eventually(lambda: server.engine.metrics.snapshot().in_flight == 1)
        reply = in_time(
            lambda: body_of(get(server.connect(), "/")),
            "B is answered while A's worker waits",
            "B gets nothing: it waits for what A's worker holds",
        )
        kit.expect(reply, "small", "B's answer")
        seen = in_time(
            server.engine.metrics.snapshot,
            "snapshot() returns while a worker sends",
            "it waits for a lock that a worker holds while it sends",
        )
        kit.expect(seen.begun, 2, "both requests have begun")
        stalled.reset()


def test_the_seconds_are_counted_from_when_the_request_was_complete():
    gate, clock = Gate(), kit.Clock()
    with serve(app=gate, clock=clock, max_workers=1) as server:
        first, second = get(server.connect(), "/hold"), server.connect()
        gate.holds()
        get(second, "/waits")
        eventually(lambda: server.engine.metrics.snapshot().queue_depth == 1)
        clock.advance(2.0)
        gate.open.set()
        body_of(first), body_of(second)
    kit.expect(
        server.engine.metrics.snapshot().seconds,
        4.0,
        "2 s for the one that was held, and 2 s for the one that waited",
        why="the wait in the queue is what a client feels most",
    )
