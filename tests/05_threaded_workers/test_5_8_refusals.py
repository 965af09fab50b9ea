"""Task 5.8, on the wire: whoever cannot be served is told so at once."""

import threading

from crowd import PATIENCE, Gate, body_of, eventually, get, serve

from groundup.metrics import Metrics
from groundup.ratelimit import RateLimiter
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("5.8")


def hello(request):
    return Response("hello")


def refused(client, status, what):
    """Expect this refusal as the next answer; gives it."""
    reply = client.read_response()
    kit.expect(reply.status_code, status, what)
    kit.expect(reply.header("connection"), "close", "and it is the last answer on this connection")
    client.expect_closed()
    return reply


def test_a_request_that_has_a_place_is_answered():
    with serve(app=hello) as server:
        kit.expect(body_of(get(server.connect(), "/")), "hello", "the handler's answer")


def test_when_all_places_are_taken_the_next_one_is_told_so_at_once():
    gate = Gate()
    with serve(app=gate, max_workers=1, queue_size=1) as server:
        kit.did("one worker, one place to wait")
        first, second = get(server.connect(), "/hold"), server.connect()
        gate.holds()
        get(second, "/waits")
        kit.expect_that(
            eventually(lambda: server.engine.metrics.snapshot().queue_depth == 1),
            "the second request waits in the queue",
            f"the depth of the queue is {server.engine.metrics.snapshot().queue_depth}",
        )
        reply = refused(get(server.connect(), "/too-much"), 503, "503, though nobody is ready yet")
        kit.expect(reply.header("retry-after"), "1", "Retry-After: when to come again")
        seen = server.engine.metrics.snapshot()
        kit.expect((seen.refused, seen.queue_depth), (1, 1), "one refused, and one still waits")
        gate.open.set()
        kit.expect(
            [body_of(first), body_of(second)],
            ["/hold", "/waits"],
            "who had a place is served",
        )
    kit.expect(gate.seen, ["/hold", "/waits"], "no handler has seen the one that was refused")


def test_after_a_burst_there_is_room_again():
    gate = Gate()
    with serve(app=gate, max_workers=1, queue_size=1) as server:
        held = [get(server.connect(), "/hold")]
        gate.holds()
        held.append(get(server.connect(), "/waits"))
        eventually(lambda: server.engine.metrics.snapshot().queue_depth == 1)
        refused(get(server.connect(), "/too-much"), 503, "no place is left")
        gate.open.set()
        kit.expect([body_of(client) for client in held], ["/hold", "/waits"], "who had a place")
        kit.expect(body_of(get(server.connect(), "/again")), "/again", "and now there is one again")


def test_who_asks_too_often_is_told_when_to_come_again():
    clock = kit.Clock()
    with serve(app=hello, clock=clock, limiter=RateLimiter(2, 10.0)) as server:
        kit.did("at most 2 requests of a client in any 10 seconds")
        client = server.connect()
        kit.expect(body_of(get(client, "/1")), "hello", "the first")
        clock.advance(0.5)
        kit.expect(body_of(get(client, "/2")), "hello", "the second")
        clock.advance(0.25)
        reply = refused(get(client, "/3"), 429, "the third")
        kit.expect(
            reply.header("retry-after"),
            "10",
            "Retry-After in whole seconds: 9.25 are left, and 9 would be too early",
            section="RFC 9110 §10.2.3",
        )
        clock.advance(9.25)
        kit.expect(body_of(get(server.connect(), "/4")), "hello", "then it may come in")
        kit.expect(server.engine.metrics.snapshot().refused, 1, "one refusal has been counted")


class Asked:
    """A limiter that writes down what it is asked."""

    def __init__(self, *answers):
        self.asked = []
        self._answers = list(answers)

    def allow(self, key, now):
        """The next answer."""
        self.asked.append((key, now))
        return self._answers.pop(0)


def test_the_limiter_is_asked_by_the_clients_address_and_the_servers_clock():
    limiter = Asked(0.0)
    with serve(app=hello, clock=kit.Clock(500.0), limiter=limiter) as server:
        body_of(get(server.connect(), "/"))
    kit.expect(limiter.asked, [("127.0.0.1", 500.0)], "allow(key, now), once for a request")


def test_who_asks_too_often_takes_no_place():
    gate = Gate()
    with serve(app=gate, limiter=Asked(0.0, 3.0, 0.0), max_workers=1, queue_size=1) as server:
        held = get(server.connect(), "/hold")
        gate.holds()
        kit.did("the limiter says no to the second request")
        refused(get(server.connect(), "/often"), 429, "429")
        waiting = get(server.connect(), "/waits")
        kit.expect_that(
            eventually(lambda: server.engine.metrics.snapshot().queue_depth == 1),
            "there is still a place to wait for the third",
            f"the depth of the queue is {server.engine.metrics.snapshot().queue_depth}",
        )
        gate.open.set()
        kit.expect([body_of(held), body_of(waiting)], ["/hold", "/waits"], "both are answered")


class Slow(Metrics):
    """Metrics whose `queued` takes a moment: time enough for a worker that may begin already."""

    def __init__(self):
        super().__init__()
        self.began = threading.Event()
        self.depth = None

    def queued(self, count=1):
        """Wait whether a worker begins; in the right order none can."""
        if count > 0:
            self.began.wait(PATIENCE / 20)
        super().queued(count)

    def started(self, *, queued=False):
        """Look at the depth of the queue before this request leaves it."""
        self.depth = self.snapshot().queue_depth
        self.began.set()
        super().started(queued=queued)


def test_a_request_counts_as_queued_before_a_worker_can_have_it():
    counted = Slow()
    with serve(app=hello, metrics=counted) as server:
        kit.did("metrics whose queued() takes a moment")
        body_of(get(server.connect(), "/"))
    kit.expect(
        counted.depth,
        1,
        "the depth of the queue when the worker begins",
        why="counted after the offer, it would be -1 for a moment",
    )
