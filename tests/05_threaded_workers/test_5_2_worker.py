"""Task 5.2: the life of a worker (`engines.workers.Workers._run`)."""

import sys
import threading
from contextlib import suppress

from crowd import PATIENCE, Crew

from groundup.engines.workers import Workers
from workshop import kit

pytestmark = kit.task("5.2")

WATCHED = 0.15  # seconds that an idle worker is watched
BUSY = 300  # calls in that time: whoever sleeps makes none


def test_a_worker_does_a_job_and_gives_it_back():
    did = []

    def job():
        did.append("work")

    with Crew() as crew:
        kit.did("offer a job")
        crew.workers.offer(job)
        back = crew.given_back()
    kit.expect(did, ["work"], "work(job) is called, once")
    kit.expect_that(back is job, "then done(job) is called, with the job", "done was not called")


def test_one_job_after_another_in_their_order():
    order = []
    with Crew(count=1, queue_size=10) as crew:
        kit.did("offer five jobs")
        for number in range(5):
            crew.workers.offer(lambda number=number: order.append(number))
        for _ in range(5):
            crew.given_back()
    kit.expect(order, [0, 1, 2, 3, 4], "all five, the first one first")


def test_as_many_jobs_at_a_time_as_there_are_workers():
    meeting, met = threading.Barrier(4), []

    def job():
        with suppress(threading.BrokenBarrierError):
            meeting.wait(PATIENCE)
            met.append(1)

    with Crew(count=4) as crew:
        kit.did("offer four jobs, each of which waits for the three others")
        for _ in range(4):
            crew.workers.offer(job)
        for _ in range(4):
            crew.given_back()
    kit.expect(
        len(met),
        4,
        "jobs that met",
        why="a lock around the work makes one worker of four: nobody would meet anybody",
    )


def test_the_place_is_free_before_the_job_is_given_back():
    offered, known = threading.Event(), []

    def done(job):
        if not known:
            known.append(workers.offer("second"))
        offered.set()

    workers = Workers(lambda job: None, done, count=1, queue_size=0)
    workers.start()
    kit.did("a crew of 1, nobody may wait; done(job) offers the next job")
    workers.offer("first")
    offered.wait(PATIENCE)
    workers.close(PATIENCE)
    kit.expect(
        known,
        [True],
        "it is taken on: the first job's place is free by then",
        why="its client may ask again at once, and would be told that all are busy",
    )


def dies():
    sys.exit("a handler has called sys.exit()")


def test_a_worker_that_dies_gives_its_job_and_its_place_back(caplog):
    with Crew(count=1, queue_size=0) as crew:
        kit.did("offer a job that ends its worker by sys.exit()")
        crew.workers.offer(dies)
        kit.expect_that(
            crew.given_back() is dies,
            "done(job) is called all the same",
            "done was not called",
            why="somebody must close the connection that this job stands for",
        )
        kit.expect(
            crew.workers.offer(lambda: None),
            True,
            "and there is a place again",
            why="a place that a dead worker took along is lost for ever",
        )
        kit.expect_that(crew.given_back(), "the worker is replaced, and its successor works")
    kit.expect_that(
        "has died" in caplog.text,
        "the log says that a worker has died",
        "it does not",
        why="let what ends a worker pass: `_live` must see it, to log it and to hire another one",
    )


class Falsy:
    """A job that is as good as any other, and is false."""

    def __bool__(self):
        return False

    def __call__(self):
        """Do nothing."""


def test_a_job_that_is_false_is_a_job():
    with Crew(count=1) as crew:
        kit.did("offer a job for which bool(job) is False")
        crew.workers.offer(Falsy())
        back = crew.given_back()
    kit.expect_that(isinstance(back, Falsy), "it is done: None alone sends home", "it was not")


def test_none_sends_a_worker_home():
    threads = []
    with Crew(count=3) as crew:
        for _ in range(3):
            crew.workers.offer(lambda: threads.append(threading.current_thread()))
            crew.given_back()
        kit.did("close()")
        crew.workers.close(PATIENCE)
    kit.expect_that(
        threads and not any(thread.is_alive() for thread in threads),
        "the threads have ended: None says that there will be no more",
        "they still wait for a job" if threads else "nobody worked",
    )


def test_who_has_nothing_to_do_sleeps():
    calls, busy = [], threading.Event()

    def watch(frame, event, argument):
        calls.append(event)
        if len(calls) > BUSY:
            busy.set()

    threading.setprofile(watch)
    try:
        with Crew(count=1) as crew:
            crew.workers.offer(lambda: None)
            crew.given_back()
            calls.clear(), busy.clear()
            kit.did(f"no job for {WATCHED:g} s")
            busy.wait(WATCHED)
            seen = len(calls)
    finally:
        threading.setprofile(None)
    kit.expect_that(
        seen <= BUSY,
        "the worker sleeps in get()",
        f"it made {seen} calls to find out that there is nothing to do",
        why="a worker that asks again and again burns a core, and takes the GIL from the others",
    )


def nothing():
    """A job."""


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
    kit.expect(
        did,
        [0, 1],
        "the two that were taken on, and not those that were refused",
        why="a job that offer() refuses must not be in the queue (task 5.1)",
    )
