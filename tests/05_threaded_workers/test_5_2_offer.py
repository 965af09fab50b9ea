"""Task 5.2: take a job on, or say no at once (`engines.workers.Workers.offer`)."""

import threading

from crowd import PATIENCE, Crew

from workshop import kit

pytestmark = kit.task("5.2")


def nothing():
    """A job."""


def test_a_job_that_has_a_place_is_taken_on():
    with Crew() as crew:
        kit.did("offer a job")
        kit.expect(crew.workers.offer(nothing), True, "True: it has a place")
        kit.expect_that(crew.given_back() is nothing, "and a worker does it", "nobody did it")


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


def test_who_works_keeps_the_place_until_the_end():
    start, go = threading.Semaphore(0), threading.Event()

    def job():
        start.release()
        go.wait(PATIENCE)

    with Crew(count=1, queue_size=1) as crew:
        crew.workers.offer(job)
        start.acquire(timeout=PATIENCE)
        kit.did("one job is being done, one more waits")
        kit.expect(crew.workers.offer(nothing), True, "there is a place to wait")
        kit.expect(crew.workers.offer(nothing), False, "one, and no more: 1 + 1 are taken on")
        go.set()
        crew.given_back()
        kit.did("the first one has been done")
        kit.expect(crew.workers.offer(nothing), True, "there is a place again")


def test_a_no_means_that_it_is_never_done():
    did = []
    crew = Crew(count=1, queue_size=1, start=False)
    kit.did("offer four jobs, then let the worker begin")
    taken = [number for number in range(4) if crew.workers.offer(lambda n=number: did.append(n))]
    with crew:
        crew.workers.start()
        for _ in taken:
            crew.given_back()
    kit.expect(did, [0, 1], "the two that were taken on, and not those that were refused")
