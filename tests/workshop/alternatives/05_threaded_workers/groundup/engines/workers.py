"""Threads and jobs under one condition: a deque, two numbers, and everybody waits at one place.

Another design than the solution's: no queue and no semaphore of the library.
"""

import logging
import threading
import time
from collections import deque

log = logging.getLogger("groundup.server")


class Workers:
    """`count` threads; at most `count + queue_size` jobs are taken on."""

    def __init__(self, work, done, *, count, queue_size):
        self._work, self._done, self._count = work, done, count
        self._most = count + queue_size
        self._taken = 0
        self._jobs = deque()
        self._closed = False
        self._change = threading.Condition()
        self._threads = []

    def start(self):
        for _ in range(self._count):
            self._begin()

    def _begin(self):
        thread = threading.Thread(target=self._live, daemon=True)
        self._threads.append(thread)
        thread.start()

    def offer(self, job):
        with self._change:
            if self._taken >= self._most:
                return False
            self._taken += 1
            self._jobs.append(job)
            self._change.notify()
            return True

    def close(self, seconds):
        with self._change:
            self._closed = True
            self._jobs.clear()
            self._change.notify_all()
        end = time.monotonic() + seconds
        for thread in list(self._threads):
            thread.join(max(0, end - time.monotonic()))

    def _live(self):
        try:
            self._run()
        except BaseException:
            log.critical("a worker has died; somebody else goes on", exc_info=True)
            if not self._closed:
                self._begin()

    def _run(self):
        while self._one():
            pass

    def _one(self):
        """One job; False when there will be no more."""
        with self._change:
            while not self._jobs and not self._closed:
                self._change.wait()
            if self._closed:
                return False
            job = self._jobs.popleft()
        try:
            self._work(job)
        finally:
            with self._change:
                self._taken -= 1
            self._done(job)
        return True
