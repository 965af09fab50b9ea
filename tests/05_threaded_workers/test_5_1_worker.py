"""Task 5.1: the life of a worker (`engines.workers.Workers._run`)."""

import queue
import threading

from groundup.engines.workers import Workers
from workshop import kit

pytestmark = kit.task("5.1")

PATIENCE = 1.5  # seconds, for what should come at once


class Crew:
    """Workers whose jobs are functions, and the jobs they have given back."""

    def __init__(self, count=1, queue_size=10):
        self.back = queue.Queue()
        self.workers = Workers(
            lambda job: job(), self.back.put, count=count, queue_size=queue_size
        )
        kit.did(f"start {count} workers, {queue_size} jobs more may wait")
        self.workers.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.workers.close(PATIENCE)

    def given_back(self):
        """The next job that is given back, or None."""
        try:
            return self.back.get(timeout=PATIENCE)
        except queue.Empty:
            return None


def test_a_worker_does_a_job_and_gives_it_back():
    did = []

    def job():
        did.append("work")

    with Crew() as crew:
        kit.did("offer a job")
        crew.workers.offer(job)
        kit.expect_that(
            crew.given_back() is job,
            "done(job) is called, with the job",
            "nothing was given back" if not did else "work(job) only",
        )
    kit.expect(did, ["work"], "work(job) was called once")
