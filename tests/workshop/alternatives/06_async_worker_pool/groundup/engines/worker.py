"""Threads beside a loop: a semaphore with a place for each call, and futures of the loop's own.

Another design than the solution's: no count and no lock, and no future of the executor.
"""

import asyncio
import contextvars
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Semaphore

from groundup.errors import HTTPException

RETRY_AFTER = {"retry-after": "1"}


class LoopWorker:
    is_async = True

    def __init__(self, threads, queue, lifecycle, name="worker"):
        self._places = Semaphore(threads + queue)
        self._lifecycle = lifecycle
        self._executor = ThreadPoolExecutor(threads, name)

    @property
    def stopping(self):
        return self._lifecycle.stopping

    async def run(self, function, *arguments):
        if not self._places.acquire(blocking=False):
            raise HTTPException(503, "all workers are busy", RETRY_AFTER)
        return await self._submitted(self._places.release, function, arguments)

    async def call(self, function, *arguments):
        taken = self._places.acquire(blocking=False)
        release = self._places.release if taken else lambda: None
        return await self._submitted(release, function, arguments)

    async def _submitted(self, release, function, arguments):
        loop = asyncio.get_running_loop()
        future, context = loop.create_future(), contextvars.copy_context()

        def tell(setter, value):
            if not future.done():
                setter(value)

        def work():
            try:
                result = context.run(function, *arguments)
            except BaseException as error:
                news = (future.set_exception, error)
            else:
                news = (future.set_result, result)
            finally:
                release()
            with suppress(RuntimeError):  # the loop is gone
                loop.call_soon_threadsafe(tell, *news)

        try:
            self._executor.submit(work)
        except RuntimeError:
            release()
            raise
        return await future

    def close(self):
        self._executor.shutdown(wait=False, cancel_futures=True)
