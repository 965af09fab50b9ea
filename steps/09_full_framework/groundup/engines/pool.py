"""A master that accepts, and N threads with an event loop each, to which it deals connections.

Apart from the protocol engine, whose one loop it multiplies: each worker has a hub, and with it
the same protocol, of its own. What that buys is isolation: a handler that blocks its loop, against
the rule, stops one worker's connections and not all. What it does not buy is cores: under the GIL
the threads compute in turn. The rule: connections are dealt in turn, and never pile up on one.
"""

from __future__ import annotations

import asyncio
import logging
import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from groundup.engines.door import Door, accept_all, tls_options
from groundup.engines.hub import Hub
from groundup.engines.settings import Settings, share_of
from groundup.engines.watchdog import Watchdog
from groundup.engines.worker import LoopWorker
from groundup.listening import server_address
from groundup.net import Waker
from groundup.request import Request

log = logging.getLogger("groundup.server")

Handle = Callable[[Request], Any]
ACCEPT_AGAIN = 0.05  # seconds after which accepting is tried again when it could not be
START_SECONDS = 10.0  # how long a worker may take to have its loop running


class AsyncWorker:
    """A thread with an event loop, and an executor beside it for functions that may wait."""

    def __init__(self, name: str, make_hub: Callable[[], Hub], tls: dict[str, Any]) -> None:
        self.finished = False  # whether everything came to its end when it was told to stop
        self._make_hub = make_hub
        self._tls = tls
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._arriving: set[asyncio.Task[None]] = set()
        self.thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread, and return when its loop runs."""
        self.thread.start()
        if not self._ready.wait(START_SECONDS) or self._loop is None:
            raise RuntimeError(f"{self.thread.name} did not start")

    @property
    def alive(self) -> bool:
        """Whether its loop runs."""
        return self.thread.is_alive()

    def adopt(self, sock: socket.socket) -> bool:
        """Take over an accepted connection, from any thread; False if this worker is gone."""
        try:
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._welcome, sock)
        except RuntimeError:  # its loop is closed
            return False
        return True

    def make_room(self) -> None:
        """Close a connection that idles, if there is one; from any thread."""
        with suppress(RuntimeError):  # its loop is closed
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._hub.make_room)

    def stop(self) -> None:
        """Let what has begun come to its end, then end; from any thread."""
        if self._loop is not None and self._stop is not None and self.alive:
            self._loop.call_soon_threadsafe(self._stop.set)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException:  # SystemExit, too: a handler may call sys.exit()
            log.critical("%s has died", self.thread.name, exc_info=True)
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._hub = self._make_hub()
        self._hub.start()
        self._door = Door(self._hub, self._tls)
        self._stop = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._ready.set()
        try:
            await self._stop.wait()
            await asyncio.gather(*self._arriving, return_exceptions=True)
            self.finished = await self._hub.drain()
        finally:  # also when a handler has called sys.exit(), and this thread's loop is to end
            await self._hub.cut_off()
            self._hub.worker.close()

    def _welcome(self, sock: socket.socket) -> None:
        task = self._hub.loop.create_task(self._door.welcome(sock))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)


class WorkerPool:
    """`num_workers` AsyncWorkers, each with `executor_per_worker` threads for plain functions.

    `queue` calls may wait for these threads, in all; beyond, the answer is 503. A worker that is
    lost is replaced: its connections are lost with it, the others never notice. One whose loop has
    not turned for `watchdog` seconds is told to the log. `settings` are the fields of Settings.
    """

    def __init__(
        self, listener: socket.socket, handle: Handle, *, num_workers: int = 4,
        executor_per_worker: int = 10, queue: int = 1000, watchdog: float | None = 5.0,
        **settings: Any,
    ) -> None:  # fmt: skip
        self.address = server_address(listener)
        told = Settings(**settings)
        listener.listen(told.backlog)
        listener.setblocking(False)
        self._listener = listener
        self._lifecycle = told.lifecycle
        self._waker = Waker()
        self._stopping = threading.Event()
        self._tls = tls_options(told.ssl_context, told.timeouts)
        share, waiting = share_of(told, num_workers), queue // num_workers
        self._watchdog = Watchdog(watchdog)

        def make_hub() -> Hub:  # called on the loop of its worker
            self._watchdog.attend()
            return Hub(handle, LoopWorker(executor_per_worker, waiting, told.lifecycle), share)

        self._make_hub = make_hub
        self._workers = [self._new_worker(number) for number in range(num_workers)]
        self._next = 0
        self._full = False  # there was no descriptor for the last who came

    def serve_forever(self) -> bool:
        """Serve until `stop`. True if everything that had begun came to its end."""
        for worker in self._workers:
            worker.start()
        self._watchdog.start()
        asyncio.run(self._lifecycle.start())
        self._lifecycle.on_stop(self._wake)
        try:
            with selectors.DefaultSelector() as selector:
                self._deal_until_told(selector)
            for sock in accept_all(self._listener):
                self._deal(sock)
        finally:
            self._listener.close()
            finished = self._end_workers()
            asyncio.run(self._lifecycle.end())
            self._waker.close()
        return finished

    def stop(self) -> None:
        """Make `serve_forever` come to its end, from any thread; does not wait for it."""
        self._lifecycle.stop()

    def _wake(self) -> None:
        self._stopping.set()
        self._waker.wake()

    def _deal_until_told(self, selector: selectors.BaseSelector) -> None:
        selector.register(self._listener, selectors.EVENT_READ)
        selector.register(self._waker, selectors.EVENT_READ)
        while not self._stopping.is_set():
            selector.select()
            try:
                self._deal(self._listener.accept()[0])
                self._full = False
            except (BlockingIOError, ConnectionAbortedError):
                continue
            except OSError as error:  # no descriptor is left, say: the queue stays as it is
                self._rest(error)

    def _rest(self, error: OSError) -> None:
        """Each worker sends away one who idles; then it is tried again."""
        if not self._full:
            log.warning("cannot accept: %s", error)
        self._full = True  # told once, not twenty times a second
        for worker in self._workers:
            worker.make_room()
        self._stopping.wait(ACCEPT_AGAIN)

    def _deal(self, sock: socket.socket) -> None:
        """Give a connection to the next worker in turn; a dead one is replaced first."""
        sock.setblocking(False)
        number = self._next
        self._next = (number + 1) % len(self._workers)
        if not self._workers[number].alive:
            log.error("%s is lost; a new one takes its place", self._workers[number].thread.name)
            self._workers[number] = self._new_worker(number)
            self._workers[number].start()
        if not self._workers[number].adopt(sock):
            sock.close()

    def _new_worker(self, number: int) -> AsyncWorker:
        return AsyncWorker(f"groundup-worker-{number}", self._make_hub, self._tls)

    def _end_workers(self) -> bool:
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.thread.join()
        self._watchdog.close()
        return all(worker.finished for worker in self._workers)
