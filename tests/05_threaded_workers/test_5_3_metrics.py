"""Task 5.3: count in many threads (`metrics.Metrics`)."""

import pytest
from interleaving import meetings

from groundup import metrics
from groundup.metrics import Metrics
from workshop import kit

pytestmark = kit.task("5.3")

LOST = (
    "`+= 1` reads, adds and writes: what another thread does in between is lost, unless both hold "
    "the lock"
)


def numbers(counted):
    """The numbers of a snapshot that a test changes."""
    seen = counted.snapshot()
    names = ("begun", "finished", "in_flight", "cut_off", "queue_depth", "refused")
    return {name: getattr(seen, name) for name in names if getattr(seen, name)}


def test_a_request_is_counted_from_its_beginning_to_its_end():
    counted = Metrics()
    kit.did("queued()")
    counted.queued()
    kit.expect(numbers(counted), {"queue_depth": 1}, "one waits for a worker")
    kit.did("started(queued=True)")
    counted.started(queued=True)
    kit.expect(numbers(counted), {"begun": 1, "in_flight": 1}, "it waits no more: it is in flight")
    kit.did("ended(200, 0.003)")
    counted.ended(200, 0.003)
    kit.expect(numbers(counted), {"begun": 1, "finished": 1}, "it has been finished")


def test_a_request_that_had_not_waited():
    counted = Metrics()
    counted.started()
    kit.did("started(): it did not wait in the queue")
    kit.expect(numbers(counted), {"begun": 1, "in_flight": 1}, "the depth of the queue stays 0")


def test_what_is_told_of_an_answer():
    counted = Metrics()
    answers = [(200, 0.003), (204, 0.3), (404, 0.01), (500, 99.0)]
    kit.did(f"ended(status, seconds) for {answers}")
    for status, seconds in answers:
        counted.started()
        counted.ended(status, seconds)
    seen = counted.snapshot()
    kit.expect(seen.responses, {"2xx": 2, "4xx": 1, "5xx": 1}, "counted by the status' class")
    kit.expect(sum(seen.latency), 4, "each stands in one bucket of latencies")
    kit.expect(
        seen.latency[3], 1, "10 ms stand in the bucket up to 0.01: the bound is still inside"
    )
    kit.expect(seen.latency[-1], 1, "what took longer than all bounds is in the last bucket")
    kit.expect(round(seen.seconds, 3), 99.313, "and the seconds are added up")


def test_a_request_whose_client_has_gone_is_cut_off():
    counted = Metrics()
    counted.started()
    kit.did("started(), then ended(None, 1.0)")
    counted.ended(None, 1.0)
    kit.expect(numbers(counted), {"begun": 1, "cut_off": 1}, "cut off, and not finished")
    kit.expect(counted.snapshot().responses, {}, "there was no answer to count")
    kit.expect(counted.snapshot().seconds, 0.0, "`seconds` is that of the finished, together")


def test_refusals_and_those_who_could_not_wait():
    counted = Metrics()
    kit.did("queued(), queued(-1), refused()")
    counted.queued()
    counted.queued(-1)
    counted.refused()
    kit.expect(numbers(counted), {"refused": 1}, "nobody waits, and one was refused")


def begun():
    """Metrics with two requests in flight and two in the queue."""
    counted = Metrics()
    counted.queued(2)
    counted.started()
    counted.started()
    return counted


RACES = [
    ("queued() and queued()", Metrics, lambda m: m.queued(), lambda m: m.queued(),
     {"queue_depth": 2}),
    ("started() and started()", Metrics, lambda m: m.started(), lambda m: m.started(),
     {"begun": 2, "in_flight": 2}),
    ("started(queued=True) and queued()", begun, lambda m: m.started(queued=True),
     lambda m: m.queued(), {"begun": 3, "in_flight": 3, "queue_depth": 2}),
    ("ended(200, …) and ended(500, …)", begun, lambda m: m.ended(200, 0.1),
     lambda m: m.ended(500, 0.1), {"begun": 2, "finished": 2, "queue_depth": 2}),
    ("ended(None, …) and started()", begun, lambda m: m.ended(None, 0.1), lambda m: m.started(),
     {"begun": 3, "in_flight": 2, "cut_off": 1, "queue_depth": 2}),
    ("refused() and refused()", Metrics, lambda m: m.refused(), lambda m: m.refused(),
     {"refused": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("story", "make", "first", "second", "want"), RACES, ids=[
    case[0] for case in RACES
])  # fmt: skip
def test_nothing_is_lost_wherever_another_thread_comes_in_between(
    monkeypatch, story, make, first, second, want
):
    for counted, _ in meetings(metrics, monkeypatch.setattr, make, first, second):
        got = numbers(counted)
        if got != want:
            kit.did(f"{story}, in two threads: the second comes in the middle of the first")
        kit.expect(got, want, "both are counted", why=LOST)


CHANGES = [
    ("started()", begun, lambda m: m.started()),
    ("ended(200, …)", begun, lambda m: m.ended(200, 0.1)),
    ("ended(None, …)", begun, lambda m: m.ended(None, 0.1)),
]


@pytest.mark.parametrize(("story", "make", "change"), CHANGES, ids=[case[0] for case in CHANGES])
def test_the_numbers_fit_together_at_every_moment(monkeypatch, story, make, change):
    look = Metrics.snapshot
    for _, results in meetings(metrics, monkeypatch.setattr, make, change, look):
        seen = next(result for result in results if result is not None)
        fits = seen.begun == seen.finished + seen.in_flight + seen.cut_off
        fits = fits and sum(seen.responses.values()) == seen.finished
        if not fits:
            kit.did(f"{story}, and a snapshot() in the middle of it")
        kit.expect_that(
            fits,
            "begun = finished + in flight + cut off, and as many answers as are finished",
            f"{seen.begun} begun, {seen.finished} finished, {seen.in_flight} in flight, "
            f"{seen.cut_off} cut off, {sum(seen.responses.values())} answers",
            why="what belongs together is changed under one lock, held once",
        )


def test_whoever_leaves_the_queue_is_in_flight_in_the_same_moment(monkeypatch):
    def leaves(counted):
        counted.started(queued=True)

    for _, results in meetings(metrics, monkeypatch.setattr, begun, leaves, Metrics.snapshot):
        seen = next(result for result in results if result is not None)
        together = seen.queue_depth + seen.begun
        if together != 4:
            kit.did(
                "two wait, two have begun; started(queued=True), and a snapshot() in its middle"
            )
        kit.expect(together, 4, "waiting and begun together", why="it is in one place at a time")
