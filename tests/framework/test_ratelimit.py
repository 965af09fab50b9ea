"""A sliding window: exact at its edges, bounded in memory, safe in many threads."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from groundup import Request, Response
from groundup.ratelimit import RateLimiter, rate_limited


def test_a_key_may_ask_so_often_in_any_window():
    limiter = RateLimiter(2, 10)
    assert limiter.allow("a", 0) == 0
    assert limiter.allow("a", 4) == 0
    assert limiter.allow("a", 9) == 1, "the first one leaves the window at 10"
    assert limiter.allow("a", 10) == 0
    assert limiter.allow("a", 13) == 1, "now the one at 4 is the oldest"
    assert limiter.allow("a", 14) == 0


def test_the_window_slides_where_a_counter_per_minute_would_let_twice_as_many_in():
    limiter = RateLimiter(5, 60)
    allowed = sum(limiter.allow("a", 59 + number / 10) == 0 for number in range(20))
    assert allowed == 5


def test_keys_do_not_share():
    limiter = RateLimiter(1, 10)
    assert limiter.allow("a", 0) == limiter.allow("b", 0) == 0
    assert limiter.allow("a", 1) > 0


def test_who_was_refused_may_come_when_they_were_told_to():
    limiter = RateLimiter(1, 10)
    limiter.allow("a", 0)
    for moment in range(1, 10):
        assert limiter.allow("a", moment) == 10 - moment, "being refused does not count"
    assert limiter.allow("a", 10) == 0


def test_memory_is_bounded_whoever_asks():
    limiter = RateLimiter(3, 10, keys=100)
    for number in range(10_000):
        limiter.allow(str(number), number / 1000)
    assert len(limiter) == 100


def test_the_busy_are_remembered_longer_than_the_silent():
    limiter = RateLimiter(2, 100, keys=2)
    limiter.allow("busy", 0)
    limiter.allow("silent", 1)
    limiter.allow("silent", 1)
    limiter.allow("busy", 2)
    limiter.allow("new", 3)
    assert limiter.allow("busy", 4) > 0
    assert limiter.allow("silent", 5) == 0, "forgotten, so it begins anew"


def test_threads_share_one_limit():
    limiter, passed, start = RateLimiter(50, 10), [], threading.Barrier(8)

    def ask() -> None:
        start.wait()
        passed.extend(limiter.allow("a", 1.0) == 0 for _ in range(25))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(passed), sum(passed)) == (200, 50)


@pytest.mark.parametrize("wrong", [(0, 1), (1, 0), (1, -1)])
def test_what_cannot_be_meant_is_refused(wrong: Any):
    with pytest.raises(ValueError, match="limit ≥ 1"):
        RateLimiter(*wrong)


def test_a_handle_is_asked_only_as_often_as_it_may_be():
    now, asked = [0.0], []

    def handle(request: Request) -> Response:
        asked.append(request.target)
        return Response("hello")

    limited = rate_limited(handle, RateLimiter(1, 10), clock=lambda: now[0])
    assert limited(Request.build()).status_code == 200
    now[0] = 0.5
    refused = limited(Request.build())
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    now[0] = 10
    assert limited(Request.build()).status_code == 200
    assert len(asked) == 2


def test_the_key_is_yours_to_choose():
    limited = rate_limited(
        lambda request: Response("hello"), RateLimiter(1, 10), key=lambda request: request.target
    )
    answers = [limited(Request.build(target=target)).status_code for target in ("/a", "/b", "/a")]
    assert answers == [200, 200, 429]
