"""Threads that take work from a queue, and the queue that knows when it is full.

Apart from the poller because a thread pool is a thing of its own, and no `ThreadPoolExecutor`,
whose queue has no bound: whoever is at its end waits for an unknown time. The rule: that it is
full is said before anything is put, and a thread that dies is replaced.

Threads of one interpreter take turns, and a turn costs more than a short handler does. So while
a worker takes job after job quickly no other one is woken beside it; as soon as jobs have to wait,
one more is, then two, then four.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from groundup.timeouts import NEVER

log = logging.getLogger("groundup.server")

Job = TypeVar("Job")

# Seconds. Whoever has taken a job so lately will soon take the next one, too: with real
# parallelism (PEP 703) there is nothing to wait for.
LATELY = 0.0003 if getattr(sys, "_is_gil_enabled", lambda: True)() else 0.0
STALE = 0.002  # a job that has waited so long gets a worker more
A_MOMENT = 0.001  # how soon to look again while jobs wait
PATIENCE = 0.02  # that a burst may take to be taken
FAREWELL = 1.0  # that `close` waits for threads that have nothing to do


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
        self._jobs: deque[tuple[float, Job]] = deque()  # since when they wait
        self._idle: list[threading.Lock] = []  # one for each thread that sleeps, the last on top
        self._threads: set[threading.Thread] = set()
        self._started = 0
        self._taken_at = 0.0  # when the last job was taken,
        self._taker: threading.Lock | None = None  # and by whom; it is still awake
        self._more = 1  # how many to wake when jobs wait for too long; twice as many the next time
        self._patience = PATIENCE
        self._closing = False

    @property
    def full(self) -> bool:
        """Whether a new job would have to wait for too many others."""
        with self._lock:
            free = len(self._idle) + self._most - len(self._threads)
            return len(self._jobs) >= self._queue_size + free

    def has_room(self) -> bool:
        """Whether one more may be put; at the end of a burst the threads have a moment for it.

        One moment: while they stay busy, the answer is no at once. For one thread only.
        """
        if not self.full:
            self._patience = PATIENCE
            return True
        while self._patience > 0 and self.full:
            self._patience -= A_MOMENT
            self.hurry()
            time.sleep(A_MOMENT)
        return not self.full

    def put(self, job: Job) -> None:
        """Let a thread do it. Never refused: ask `has_room` before new work is begun."""
        now = time.monotonic()
        with self._lock:
            self._jobs.append((now, job))
            if now - self._taken_at >= LATELY:
                self._wake(1)
                self._taken_at = now  # as good as taken

    def hurry(self) -> float:
        """Look whether jobs wait for too long; in how many seconds to look again."""
        now = time.monotonic()
        with self._lock:
            if not self._jobs:
                self._more = 1
            elif now - self._taken_at >= LATELY or now - self._jobs[0][0] > STALE:
                self._wake(min(self._more, len(self._jobs)))
                self._more *= 2
            else:
                self._more = 1
            more_could = self._idle or len(self._threads) < self._most
            return A_MOMENT if self._jobs and more_could else NEVER

    def close(self) -> None:
        """Take no more; threads that have nothing to do end now, others when they are done."""
        with self._lock:
            self._closing = True
            self._jobs.clear()
            threads = list(self._threads) if len(self._idle) == len(self._threads) else []
            self._wake(len(self._idle))
        for thread in threads:
            thread.join(FAREWELL)

    def _wake(self, count: int) -> None:
        """So many threads more, if there are."""
        for _ in range(count):
            if self._idle:
                self._idle.pop().release()
            elif len(self._threads) < self._most and not self._closing:
                self._start()
            else:
                return

    def _start(self) -> None:
        self._started += 1
        thread = threading.Thread(target=self._run, name=f"worker {self._started}", daemon=True)
        self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:  # the system has none to give: those who are here go on
            self._threads.discard(thread)
            log.exception("no thread could be started")

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
                self._taken_at = 0.0
                self._wake(len(self._jobs))
            self._leave()

    def _take(self, bed: threading.Lock) -> Job | None:
        """The next job; sleep until there is one. None: there will be no more."""
        while True:
            with self._lock:
                if self._jobs:
                    self._taken_at, self._taker = time.monotonic(), bed
                    return self._jobs.popleft()[1]
                if self._closing:
                    return None
                if self._taker is bed:
                    self._taken_at = 0.0  # whoever has taken a job lately will not take the next
                self._idle.append(bed)
            bed.acquire()
