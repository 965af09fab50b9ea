"""A master that accepts, and N threads with an event loop each, to which it deals connections.

Apart from the hub, of which each worker has one of its own. What many loops buy is isolation: a
handler that blocks its loop, against the rule, stops one worker's connections and not all. What
they do not buy is cores: under the GIL the threads compute in turn. The rule: connections are dealt
in turn, a worker that is lost is replaced, and nobody asks again and again whether there is work.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from groundup.engines.hub import Hub
from groundup.engines.watchdog import Watchdog
from groundup.engines.worker import LoopWorker
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.listening import BACKLOG, server_address
from groundup.net import Waker
from groundup.request import Request
from groundup.server import log
from groundup.timeouts import Timeouts

Handle = Callable[[Request], Any]
ACCEPT_AGAIN = 0.05  # seconds after which accepting is tried again when it could not be
START_SECONDS = 10.0  # how long a worker may take to have its loop running
FAREWELL = 2.0  # seconds beyond `graceful` that a stopping pool waits for its workers


class AsyncWorker:
    """A thread with an event loop. `make_hub` makes the hub for it, and is called on that loop."""

    def __init__(self, name: str, make_hub: Callable[[], Hub]) -> None:
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._make_hub = make_hub
        self._ready = threading.Event()  # the loop runs; or it never will
        self._loop: asyncio.AbstractEventLoop | None = None  # while it runs
        self._hub: Hub | None = None
        self._stop: asyncio.Event | None = None

    def start(self) -> None:
        """Start the thread, and return when its loop runs."""
        self.thread.start()
        if not self._ready.wait(START_SECONDS) or self._loop is None:
            raise RuntimeError(f"{self.thread.name} did not start")

    def adopt(self, sock: socket.socket) -> bool:
        """Take over a connection, from any thread: `welcome` it on the hub, on the loop's thread.

        Only `call_soon_threadsafe` may be called from another thread: it wakes a loop that sleeps.
        False if this worker is lost: it has no loop any more, or one that is closed (RuntimeError).
        """
        if self._loop is None or self._hub is None:
            return False
        try:
            self._loop.call_soon_threadsafe(self._hub.welcome, sock)
        except RuntimeError:
            return False
        return True

    def stop(self) -> None:
        """Let what has begun come to its end, then end; from any thread."""
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)

    def _run(self) -> None:
        """The life of the thread."""
        try:
            asyncio.run(self._serve())
        except BaseException:  # SystemExit, too: a handler may call sys.exit()
            log.critical("%s has died", self.thread.name, exc_info=True)
        finally:
            self._loop = None
            self._ready.set()
            if self._hub is not None:
                self._hub.drop()  # who was adopted while it died

    async def _serve(self) -> None:
        """Make the hub and let it tick until `stop`; then drain it, and close its worker, always.

        As soon as all is there that `adopt` and `stop` need, it is `_ready`.
        """
        self._hub, self._stop = self._make_hub(), asyncio.Event()
        self._hub.tick()
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        try:
            await self._stop.wait()
            await self._hub.drain()
        finally:
            self._hub.worker.close()


class WorkerPool:
    """`num_workers` AsyncWorkers, each with `executor_per_worker` threads for plain functions.

    `queue` calls may wait for these threads, in all; beyond, the answer is 503. One whose loop has
    not turned for `watchdog` seconds is told to the log.
    """

    def __init__(
        self, listener: socket.socket, handle: Handle, *,
        num_workers: int = 4, executor_per_worker: int = 10, queue: int = 1000,
        watchdog: float | None = 5.0, clock: Callable[[], float] = time.monotonic,
        limits: Limits = Limits(), timeouts: Timeouts = Timeouts(),  # noqa: B008  (frozen)
    ) -> None:  # fmt: skip
        self.address = server_address(listener)
        listener.listen(BACKLOG)
        listener.setblocking(False)  # a client may leave between select and accept
        self._listener = listener
        self._lifecycle = Lifecycle()
        self._patience = timeouts.graceful + FAREWELL
        self._waker = Waker()
        self._watchdog = Watchdog(watchdog)
        share = replace(limits, connections=max(1, limits.connections // num_workers))

        def make_hub() -> Hub:  # called on the loop of its worker
            self._watchdog.attend()
            name, waiting = threading.current_thread().name, queue // num_workers
            worker = LoopWorker(executor_per_worker, waiting, self._lifecycle, name)
            return Hub(handle, worker, share, timeouts, clock)

        self._make_hub = make_hub
        self._workers = [self._new_worker(number) for number in range(num_workers)]
        self._next = 0

    def serve_forever(self) -> None:
        """Serve until `stop`; then let what has begun come to its end, and close everything."""
        for worker in self._workers:
            worker.start()
        self._watchdog.start()
        self._lifecycle.on_stop(self._waker.wake)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(self._listener, selectors.EVENT_READ)
                selector.register(self._waker, selectors.EVENT_READ)
                while not self._lifecycle.stopping:
                    selector.select()
                    self.accept()
            while self.accept():  # a listener that is closed resets whoever stands in its queue
                pass
        finally:
            self._listener.close()
            self._end_workers()
            self._waker.close()

    def stop(self) -> None:
        """Make `serve_forever` come to its end, from any thread; does not wait for it."""
        self._lifecycle.stop()

    def accept(self) -> bool:
        """Let one client in, if there is one, and deal it; False when nobody is there any more."""
        try:
            sock, _ = self._listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return False
        except OSError as error:  # no descriptor is left, say: the queue stays as it is
            log.warning("cannot accept: %s", error)
            time.sleep(ACCEPT_AGAIN)
            return False
        sock.setblocking(False)
        self.deal(sock)
        return True

    def deal(self, sock: socket.socket) -> None:
        """Give a connection to the worker whose turn it is: one after another, round and round.

        One that does not `adopt` it is lost. `_new_worker(number)`, started, takes its place in
        `_workers`, and the connection; the turn goes on.
        """
        number = self._next
        self._next = (number + 1) % len(self._workers)
        if not self._workers[number].adopt(sock):
            self._workers[number] = self._new_worker(number)
            self._workers[number].start()
            self._workers[number].adopt(sock)

    def _new_worker(self, number: int) -> AsyncWorker:
        return AsyncWorker(f"groundup-worker-{number}", self._make_hub)

    def _end_workers(self) -> None:
        """Let all workers drain at the same time; one whose loop is blocked is not waited for."""
        for worker in self._workers:
            worker.stop()
        end = time.monotonic() + self._patience
        for worker in self._workers:
            worker.thread.join(max(0.0, end - time.monotonic()))
        self._watchdog.close()
