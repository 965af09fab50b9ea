"""Task 5.1: take a job on, or say no at once (`engines.workers.Workers.offer`)."""

import time

from crowd import Crew

from workshop import kit

pytestmark = kit.task("5.1")


def nothing():
    """A job."""


def test_a_job_that_has_a_place_is_taken_on():
    crew = Crew(start=False)
    kit.did("offer a job, while no worker has begun yet")
    kit.expect(crew.workers.offer(nothing), True, "True: it has a place, and will be done")


def test_so_many_jobs_are_taken_on_and_no_more():
    crew = Crew(count=2, queue_size=3, start=False)
    kit.did("offer seven jobs, while no worker has begun yet")
    answers = [crew.workers.offer(nothing) for _ in range(7)]
    kit.expect(
        answers,
        [True] * 5 + [False] * 2,
        "2 + 3 jobs have a place, the others are told no",
        why="a queue without a bound never says no, and whoever is last waits for ever",
    )


def test_who_offers_never_waits():
    crew = Crew(count=1, queue_size=0, start=False)
    crew.workers.offer(nothing)
    kit.did("there is one place, and it is taken; offer 40 jobs, three times")
    took = []
    for _ in range(3):
        begun = time.monotonic()
        answers = {crew.workers.offer(nothing) for _ in range(40)}
        took.append(time.monotonic() - begun)
    kit.expect(answers, {False}, "the answers")
    kit.expect_that(
        min(took) < 0.2, "40 answers in no time", f"in {min(took):.2g} s",
        why="the poller offers, and while it waits here, it hears nobody",
    )  # fmt: skip
