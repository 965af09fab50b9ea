"""Threads that take work from a queue, and the queue that knows when it is full.

Apart from the poller because a thread pool is a thing of its own, and no `ThreadPoolExecutor`,
whose queue has no bound: whoever is at its end waits for an unknown time. The rule: `full` is said
before anything is put, threads are started when they are needed, and one that dies is replaced.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

log = logging.getLogger("groundup.server")

Job = TypeVar("Job")
FAREWELL = 1.0  # seconds that `close` waits for threads that have nothing to do


class Workers(Generic[Job]):
    """At most `most` threads, each of which calls `work(job)` for one job after another.

    `queue_size` jobs may wait. `leave` is called by each thread at its end.
    """

    def __init__(
        self, work: Callable[[Job], None], most: int, queue_size: int, leave: Callable[[], None]
    ) -> None:
        self._work = work
        self._leave = leave
        self._most = most
        self._queue_size = queue_size
        self._lock = threading.Lock()  # guards all below
        self._jobs: deque[Job] = deque()
        self._idle: list[threading.Lock] = []  # one for each thread that sleeps, the last on top
        self._threads: set[threading.Thread] = set()
        self._started = 0
        self._closing = False

    @property
    def full(self) -> bool:
        """Whether a new job would have to wait for too many others."""
        with self._lock:
            free = len(self._idle) + self._most - len(self._threads)
            return len(self._jobs) >= self._queue_size + free

    def put(self, job: Job) -> None:
        """Let a thread do it. Never refused: ask `full` before new work is begun."""
        with self._lock:
            self._jobs.append(job)
            if self._idle:
                self._idle.pop().release()
            elif len(self._threads) < self._most:
                self._start()

    def close(self) -> None:
        """Take no more; threads that have nothing to do end now, others when they are done."""
        with self._lock:
            self._closing = True
            self._jobs.clear()
            resting, threads = len(self._idle), list(self._threads)
            while self._idle:
                self._idle.pop().release()
        if resting == len(threads):
            for thread in threads:
                thread.join(FAREWELL)

    def _start(self) -> None:
        self._started += 1
        thread = threading.Thread(target=self._run, name=f"worker {self._started}", daemon=True)
        self._threads.add(thread)
        thread.start()

    def _run(self) -> None:
        """One thread, from its start to its end."""
        try:
            bed = threading.Lock()
            bed.acquire()
            while (job := self._take(bed)) is not None:
                self._work(job)
        except BaseException:
            log.critical("a worker has died; another one takes its place", exc_info=True)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())
                if self._jobs and not self._closing:
                    self._start()
            self._leave()

    def _take(self, bed: threading.Lock) -> Job | None:
        """The next job; sleep until there is one. None: there will be no more."""
        while True:
            with self._lock:
                if self._jobs:
                    return self._jobs.popleft()
                if self._closing:
                    return None
                self._idle.append(bed)
            bed.acquire()
