"""A crew of threads that take one job after another, and a bound to how many jobs they take on.

Apart from the engine because it knows no sockets: a job is anything. It is no `ThreadPoolExecutor`,
whose queue has no end, so that it never says no and whoever comes last waits for an unknown time.
The rule: a job has a place or is refused at once, and a thread that dies is noticed and replaced.
"""

from __future__ import annotations

import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

log = logging.getLogger("groundup.server")

Job = TypeVar("Job")

RESPITE = 0.05  # seconds until a dead worker is replaced: one that dies at once must not spin


class Workers(Generic[Job]):
    """`count` threads call `work(job)`, then `done(job)`; `queue_size` jobs more may wait."""

    def __init__(
        self,
        work: Callable[[Job], None],
        done: Callable[[Job], None],
        *,
        count: int,
        queue_size: int,
    ) -> None:
        if count < 1 or queue_size < 0:
            raise ValueError("Workers() wants count ≥ 1 and queue_size ≥ 0")
        self._work = work
        self._done = done
        self._count = count
        self._places = threading.Semaphore(count + queue_size)  # one for each job that is taken on
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()  # None: go home
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()  # guards the two below: a thread that dies changes them
        self._threads: set[threading.Thread] = set()
        self._closing = False

    def start(self) -> None:
        """Let `count` threads begin."""
        for _ in range(self._count):
            self._hire()

    def offer(self, job: Job) -> bool:
        """Take a job on, if there is a place for it; False if not. Never waits.

        A job has its place in `_places` from here until `work(job)` has ended, so at most
        `count + queue_size` of them are taken on, however fast the threads are.
        """
        if not self._places.acquire(blocking=False):
            return False
        self._jobs.put(job)
        return True

    def close(self, seconds: float) -> None:
        """Send everybody home, and wait so many seconds for those who still work.

        Jobs that nobody has begun are dropped.
        """
        with suppress(queue.Empty):
            while True:
                self._jobs.get_nowait()
        with self._lock:
            self._closing = True
            threads = list(self._threads)
        for _ in threads:
            self._jobs.put(None)
        end = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _hire(self) -> None:
        name = f"worker {next(self._numbers)}"
        thread = threading.Thread(target=self._live, name=name, daemon=True)
        with self._lock:
            if self._closing:
                return
            self._threads.add(thread)
            thread.start()

    def _live(self) -> None:
        """One thread, from its start to its end."""
        try:
            self._run()
        except BaseException:  # SystemExit, too: a handler may call sys.exit()
            log.critical("a worker has died; another one takes its place", exc_info=True)
            time.sleep(RESPITE)
            self._hire()
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _run(self) -> None:
        """Job after job, until None says that there will be no more.

        Waits for the next one in `_jobs.get()`, asleep. After `work(job)`, however that ended,
        the job's place is free again, and then `done(job)` is called.
        """
        while (job := self._jobs.get()) is not None:
            try:
                self._work(job)
            finally:
                self._places.release()
                self._done(job)
