"""A pool whose workers run a loop for ever, and a master that deals from a ring of them.

Another design than the solution's: no `asyncio.run`, and the end of a worker is a coroutine that
is run on its loop from outside.
"""

import asyncio
import selectors
import threading
import time
from collections import deque
from dataclasses import replace

from groundup.engines.hub import Hub
from groundup.engines.watchdog import Watchdog
from groundup.engines.worker import LoopWorker
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.net import Waker
from groundup.server import log
from groundup.timeouts import Timeouts


class AsyncWorker:
    def __init__(self, name, make_hub):
        self.thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._make_hub = make_hub
        self._begun = threading.Event()
        self._loop = self._hub = None
        self._over = False

    def start(self):
        self.thread.start()
        self._begun.wait(10)

    def _live(self):
        self._loop = asyncio.new_event_loop()
        self._loop.call_soon(self._serve)
        try:
            self._loop.run_forever()
        except BaseException:
            log.critical("%s has died", self.thread.name, exc_info=True)
        finally:
            self._over = True
            self._begun.set()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0.01))
            if self._hub is not None:
                self._hub.worker.close()
                self._hub.drop()
            self._loop.close()

    def _serve(self):
        self._hub = self._make_hub()
        self._hub.tick()
        self._begun.set()

    def adopt(self, sock):
        if self._over:
            return False
        try:
            self._loop.call_soon_threadsafe(self._hub.welcome, sock)
        except RuntimeError:
            return False
        return True

    def stop(self):
        if not self._over:
            self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._end()))

    async def _end(self):
        await self._hub.drain()
        self._loop.stop()


class WorkerPool:
    def __init__(
        self, listener, handle, *, num_workers=4, executor_per_worker=10, queue=1000,
        watchdog=5.0, limits=Limits(), timeouts=Timeouts(), clock=time.monotonic,  # noqa: B008
    ):  # fmt: skip
        self.address = listener.getsockname()[:2]
        listener.setblocking(False)
        listener.listen(1024)
        self._listener, self._waker = listener, Waker()
        self._lifecycle = Lifecycle()
        self._watchdog = Watchdog(watchdog)
        self._graceful = timeouts.graceful + 2
        share = replace(limits, connections=-(-limits.connections // num_workers))

        def make_hub():
            self._watchdog.attend()
            threads = LoopWorker(executor_per_worker, queue // num_workers, self._lifecycle)
            return Hub(handle, threads, share, timeouts, clock)

        self._new = lambda name: AsyncWorker(name, make_hub)
        self._ring = deque(self._new(f"groundup-worker-{n}") for n in range(num_workers))

    def serve_forever(self):
        for worker in self._ring:
            worker.start()
        self._watchdog.start()
        self._lifecycle.on_stop(self._waker.wake)
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._waker, selectors.EVENT_READ)
            while not self._lifecycle.stopping:
                selector.select()
                self._accept()
            self._accept()
        self._listener.close()
        for worker in self._ring:
            worker.stop()
        end = time.monotonic() + self._graceful
        for worker in self._ring:
            worker.thread.join(max(0, end - time.monotonic()))
        self._watchdog.close()
        self._waker.close()

    def stop(self):
        self._lifecycle.stop()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setblocking(False)
            self.deal(sock)

    def deal(self, sock):
        worker = self._ring[0]
        if not worker.adopt(sock):
            worker = self._ring[0] = self._new(worker.thread.name)
            worker.start()
            worker.adopt(sock)
        self._ring.rotate(-1)
