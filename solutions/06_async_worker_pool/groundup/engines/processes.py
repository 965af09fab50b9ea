"""A supervisor and the processes that share its listener.

Apart from the engines, any of which may run in these processes, because it serves nobody itself:
it starts processes, replaces those that die, exchanges all of them for new ones, and ends them.
The rules: the listener stays open as long as the group lives, so that nobody who connects is lost;
what fails at once is tried again ever more slowly; nothing here waits without being woken.
"""

from __future__ import annotations

import logging
import multiprocessing.connection
import socket
import time
from collections.abc import Callable
from functools import partial

from groundup.engines.child import HAVE_FORK, Child, start_child
from groundup.engines.inbox import Inbox
from groundup.engines.parent import ServeOne
from groundup.timeouts import NEVER

log = logging.getLogger("groundup.server")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0  # seconds before a process that has died is replaced
GOOD_WHILE = 10.0  # seconds: whoever lived so long did not die of its start
STARTS = 5  # failed starts in a row, after which a group that serves nobody gives up
DYING = 0.02  # seconds between two looks at a process that has closed its pipe, and not yet ended


class StartError(RuntimeError):
    """The processes cannot start. The text is one's traceback or, `for_a_person`, its sentence."""

    def __init__(self, text: str, *, for_a_person: bool) -> None:
        super().__init__(text)
        self.for_a_person = for_a_person


class Supervisor:
    """Keeps `workers` processes alive that run `serve_one(listener, parent)`.

    `announce` is called when all of them serve for the first time. SIGHUP exchanges them one by
    one, SIGTERM and Ctrl-C stop them, a second Ctrl-C kills them.
    """

    def __init__(
        self, listener: socket.socket, workers: int, serve_one: ServeOne, *,
        announce: Callable[[], None] = lambda: None, spawn: bool = not HAVE_FORK,
    ) -> None:  # fmt: skip
        self.children: list[Child] = []
        self.stopping = False
        self._listener = listener
        self._workers = workers
        self._start = partial(start_child, serve_one, listener, self.children, spawn=spawn)
        self._announce: Callable[[], None] | None = announce
        self._inbox = Inbox()
        self._old: list[Child] = []  # to be exchanged for new ones, one after another
        self._proven = False  # one has started, so the others will
        self._failed_starts = 0  # in a row
        self._early_deaths = 0  # in a row
        self._next_start = 0.0
        self._cut_off = False

    def run(self) -> int:
        """Supervise to the end: 0, or 1 when the end has cut something off. Raises StartError."""
        try:
            with self._inbox.hearing():
                while self.children or not self.stopping:
                    self.start_missing(time.monotonic())
                    self._wait(time.monotonic())
                    self.tend(time.monotonic())
        finally:
            for child in self.children:
                child.kill()
                child.close()
            self._inbox.close()
        return int(self._cut_off)

    def stop(self) -> None:
        """Stop the group, from any thread; does not wait for it."""
        self._inbox.put("stop")

    # Starting.

    def start_missing(self, now: float) -> None:
        """Start as many as there should be; the very first alone, so that an error comes once."""
        if self.stopping or now < self._next_start:
            return
        wanted = (self._workers if self._proven else 1) + bool(self._old)
        try:
            for _ in range(wanted - sum(not child.told for child in self.children)):
                self.children.append(self._start())
        except OSError as error:  # the system gives no more processes, or no more pipes
            if not self._proven:
                raise
            log.error("no process could be started: %s", error)
            self._next_start = now + LONGEST_PAUSE

    def _became_ready(self, child: Child) -> None:
        child.ready = self._proven = True
        self._failed_starts = 0
        if self._old:
            self._old.pop(0).stop(time.monotonic())
        if self._announce is not None and sum(c.ready for c in self.children) >= self._workers:
            self._announce()
            self._announce = None

    def not_started(self, error: StartError) -> None:
        """A process has ended before it served. Who serves goes on; if nobody does, give up."""
        self._failed_starts += 1
        serving = any(child.ready and not child.told for child in self.children)
        if not self._proven or (self._failed_starts >= STARTS and not serving):
            raise error
        log.error("a process could not start: %s", error)
        if self._old:
            log.error("the reload is given up: those that serve go on")
            self._old.clear()

    def forgive(self) -> None:
        """Forget earlier deaths: the next start need not wait."""
        self._early_deaths, self._next_start = 0, 0.0

    # Stopping.

    def _begin_stop(self, now: float) -> None:
        if self.stopping:
            return
        self.stopping = True
        print("stopping", flush=True)
        self._listener.close()  # before they are told: the last of them closes it for good
        self._old.clear()
        for child in self.children:
            child.stop(now)

    def _kill_all(self) -> None:
        for child in self.children:
            child.kill()

    # What happens.

    def until(self, now: float) -> float:
        """When to look up, even if nothing happens."""
        moments = [DYING + now if child.silent else child.deadline for child in self.children]
        if not self.stopping and self._next_start > now:
            moments.append(self._next_start)
        return min(moments, default=NEVER)

    def _wait(self, now: float) -> None:
        until = self.until(now)
        timeout = None if until == NEVER else max(0.0, until - now)
        news = [child.news for child in self.children if not child.silent]
        multiprocessing.connection.wait([self._inbox.ear, *news], timeout)

    def tend(self, now: float) -> None:
        """Deal with what has happened."""
        for word in self._inbox.take():
            self._told(word, now)
        for child in list(self.children):
            for word in child.take():
                self._told(word, now) if word != "ready" else self._became_ready(child)
            status = child.poll()
            if status is not None:
                self._ended(child, status, now)
            elif child.deadline <= now:
                log.warning("process %d does not stop: it is killed", child.pid)
                child.deadline = NEVER
                child.kill()

    def _told(self, word: str, now: float) -> None:
        """By a signal, or by a process for all."""
        if word == "interrupt" and self.stopping:
            self._kill_all()
        elif word in ("stop", "interrupt", "shutdown"):
            self._begin_stop(now)
        elif word == "reload" and not self.stopping:
            log.info("reload: new processes take the place of %d", len(self.children))
            self._old = [child for child in self.children if not child.told]

    def _ended(self, child: Child, status: int, now: float) -> None:
        self.children.remove(child)
        child.close()
        if child in self._old:
            self._old.remove(child)
        if child.told or self.stopping:
            if status != 0 and child.ready:
                log.warning("process %d ended before its requests did", child.pid)
                self._cut_off |= self.stopping
            return
        lived = now - child.born
        self._early_deaths = 0 if lived >= GOOD_WHILE else self._early_deaths + 1
        if self._early_deaths:
            pause = FIRST_PAUSE * 2 ** min(self._early_deaths - 1, 20)
            self._next_start = now + min(LONGEST_PAUSE, pause)
        if child.ready:
            log.warning("process %d has ended (%d): another takes its place", child.pid, status)
        else:
            text = child.error or f"a process ended with {status} before it served"
            self.not_started(StartError(text, for_a_person=child.plain))
