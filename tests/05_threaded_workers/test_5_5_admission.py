"""Task 5.5: let a request in, or refuse it at once (`engines.threads.ThreadServer.admit`)."""

from contextlib import ExitStack, contextmanager

from seats import guest

from groundup.engines.threads import ThreadServer
from groundup.engines.workers import Workers
from groundup.net import listen
from groundup.ratelimit import RateLimiter
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("5.5")


@contextmanager
def engine(**options):
    """An engine that does not serve: its workers have not begun, so nothing leaves its queue."""
    with listen() as listener:
        yield ThreadServer(listener, lambda request: Response("x"), **options)


def admitted(server, count=1):
    """What admit(seat) says to so many clients, as statuses; None: it is let in."""
    said = []
    with ExitStack() as stack:
        for _ in range(count):
            seat = stack.enter_context(guest()).asks("/").seat
            said.append(server.admit(seat))
    kit.did(f"admit(seat), {count} times")
    for error in said:
        kit.expect_that(
            error is None or hasattr(error, "status_code"), "None, or an HTTPException", repr(error)
        )
    return said


def statuses(said):
    return [error and error.status_code for error in said]


def test_a_request_that_has_a_place_is_let_in():
    with engine() as server:
        kit.expect(admitted(server), [None], "None: the workers have it")
        kit.expect(server.metrics.snapshot().queue_depth, 1, "and it counts as queued")


def test_a_request_counts_as_queued_before_a_worker_can_have_it(monkeypatch):
    depths = []

    def offer(workers, seat):
        depths.append(server.metrics.snapshot().queue_depth)
        return True

    monkeypatch.setattr(Workers, "offer", offer)
    with engine() as server:
        admitted(server)
    kit.expect_that(
        depths in ([1], []),  # []: an engine of another design, that offers nothing to `Workers`
        "the depth of the queue is 1 while the request is being offered",
        f"it is {depths and depths[0]}",
        why="a worker may begin it before `offer` returns, and the depth would be -1",
    )


def test_when_all_places_are_taken_the_next_one_is_refused():
    with engine(max_workers=2, queue_size=1) as server:
        said = admitted(server, 5)
        kit.expect(statuses(said), [None] * 3 + [503] * 2, "2 + 1 are let in, then 503")
        kit.expect(
            [error.headers.get("retry-after") for error in said[3:]],
            ["1", "1"],
            "each with retry-after: when to come again",
            section="RFC 9110 §10.2.3",
        )
        kit.expect(
            server.metrics.snapshot().queue_depth, 3, "those that were refused are not queued"
        )


def test_who_asks_too_often_is_told_when_to_come_again():
    clock = kit.Clock()
    with engine(clock=clock, limiter=RateLimiter(2, 10.0)) as server:
        kit.did("at most 2 requests of a client in any 10 seconds")
        kit.expect(statuses(admitted(server, 2)), [None, None], "two may")
        clock.advance(0.75)
        [error] = admitted(server)
        kit.expect(
            error and error.status_code,
            429,
            "the third may not",
            why="ask whether the limiter is None: an empty one has a length of 0, so it is false",
        )
        kit.expect(
            error.headers.get("retry-after"),
            "10",
            "retry-after in whole seconds: 9.25 are left, and 9 would be too early",
            section="RFC 9110 §10.2.3",
        )
        kit.expect(server.metrics.snapshot().queue_depth, 2, "it is not queued")
        clock.advance(9.25)
        kit.expect(admitted(server), [None], "at the moment it was told, it may")


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
    with engine(clock=kit.Clock(500.0), limiter=limiter) as server:
        admitted(server)
    kit.expect(limiter.asked, [("192.0.2.7", 500.0)], "allow(key, now), once for a request")


def test_who_asks_too_often_takes_no_place():
    with engine(limiter=Asked(0.0, 3.0, 0.0), max_workers=1, queue_size=1) as server:
        kit.did("two places; the limiter says no to the second of three")
        kit.expect(
            statuses(admitted(server, 3)),
            [None, 429, None],
            "the third is let in: the second has taken no place",
        )


def test_the_limiter_is_asked_although_no_place_is_free():
    with engine(limiter=Asked(0.0, 3.0), max_workers=1, queue_size=0) as server:
        kit.did("one place; the limiter says no to the second client")
        kit.expect(
            statuses(admitted(server, 2)),
            [None, 429],
            "429: it would be refused in a minute, too, and should know how long to stay away",
        )
