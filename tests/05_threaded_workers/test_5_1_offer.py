"""Task 5.1: take a job on, or say no at once (`engines.workers.Workers.offer`)."""

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
