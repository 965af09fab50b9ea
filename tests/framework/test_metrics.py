"""Numbers that fit together, whoever counts and whenever one looks."""

from __future__ import annotations

import threading

from groundup.metrics import BUCKETS, Metrics


def test_a_request_is_queued_then_in_flight_then_finished():
    metrics = Metrics()
    metrics.queued()
    assert metrics.snapshot().queue_depth == 1
    metrics.started(queued=True)
    seen = metrics.snapshot()
    assert (seen.queue_depth, seen.in_flight, seen.begun) == (0, 1, 1)
    metrics.ended(404, 0.003)
    seen = metrics.snapshot()
    assert (seen.in_flight, seen.finished, seen.responses) == (0, 1, {"4xx": 1})


def test_what_was_cut_off_is_no_response():
    metrics = Metrics()
    metrics.started()
    metrics.ended(None, 0.1)
    seen = metrics.snapshot()
    assert (seen.cut_off, seen.finished, seen.in_flight, seen.responses) == (1, 0, 0, {})


def test_latencies_fall_in_the_bucket_that_ends_at_or_above_them():
    metrics = Metrics()
    for seconds in (0.001, 0.0011, 99.0):
        metrics.started()
        metrics.ended(200, seconds)
    seen = metrics.snapshot()
    assert seen.latency[:2] == (1, 1) and seen.latency[-1] == 1
    assert len(seen.latency) == len(BUCKETS) + 1 == len(seen.bounds) + 1
    assert abs(seen.seconds - 99.0021) < 1e-9


def test_a_quantile_is_an_upper_bound():
    metrics = Metrics((0.1, 1.0))
    for seconds in [0.05] * 98 + [0.5, 5.0]:
        metrics.started()
        metrics.ended(200, seconds)
    seen = metrics.snapshot()
    assert (seen.quantile(0.5), seen.quantile(0.99), seen.quantile(1)) == (0.1, 1.0, float("inf"))


def test_a_snapshot_never_changes():
    metrics = Metrics()
    before = metrics.snapshot()
    metrics.started()
    metrics.ended(200, 1)
    assert before.finished == 0 and before.responses == {}


def test_a_snapshot_is_of_one_moment_while_many_threads_count():
    metrics, done = Metrics(), threading.Event()

    def count() -> None:
        for number in range(3000):
            metrics.queued()
            metrics.started(queued=True)
            metrics.ended(200 if number % 2 else None, 0.01)
        done.set()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    while not done.is_set():
        seen = metrics.snapshot()
        assert seen.begun == seen.in_flight + seen.finished + seen.cut_off
        assert 0 <= seen.in_flight + seen.queue_depth <= 4
        assert sum(seen.latency) == sum(seen.responses.values()) == seen.finished
    for thread in threads:
        thread.join()
    seen = metrics.snapshot()
    assert (seen.begun, seen.finished, seen.cut_off) == (12_000, 6_000, 6_000)
