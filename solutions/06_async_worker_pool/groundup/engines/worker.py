"""Threads for what may wait, beside one event loop.

Apart from the loop's own work because the two must never mix: a function that may wait is called
here, its result comes back there. The rule: the queue is bounded, and whoever finds it full is
told so at once (503), instead of waiting for an unknown time.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from groundup.errors import HTTPException
from groundup.lifecycle import Lifecycle

RETRY_AFTER = {"retry-after": "1"}


class LoopWorker:
    """What runs the requests of one event loop: the loop itself, and `threads` threads.

    At most `queue` calls wait for a thread.
    """

    is_async = True

    def __init__(
        self, threads: int, queue: int, lifecycle: Lifecycle, name: str = "worker"
    ) -> None:
        self._threads = threads
        self._most = threads + queue
        self._lifecycle = lifecycle
        self._name = name
        self._executor: ThreadPoolExecutor | None = None  # made at the first call, named so
        self._lock = threading.Lock()
        self._taken = 0

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop."""
        return self._lifecycle.stopping

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call the function in a thread, in this context.

        HTTPException 503, with RETRY_AFTER, when all are taken. A thread cannot be cancelled: if
        the caller is, the thread is still taken until it returns.
        """
        with self._lock:
            if self._taken >= self._most:
                raise HTTPException(503, "all workers are busy", RETRY_AFTER)
        return await self.call(function, *arguments)

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """The same, however many wait: for what has been admitted already, such as a stream.

        It takes a place, too, until its thread is done.
        """
        with self._lock:
            self._taken += 1
        if self._executor is None:
            self._executor = ThreadPoolExecutor(self._threads, self._name)
        context = contextvars.copy_context()
        try:
            call = self._executor.submit(context.run, function, *arguments)
        except RuntimeError:  # it is shut down: the server has ended
            self._give_back(None)
            raise
        call.add_done_callback(self._give_back)
        return await asyncio.wrap_future(call)

    def close(self) -> None:
        """Take no more calls. Threads that still run are not waited for."""
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    def _give_back(self, call: Future[Any] | None) -> None:
        with self._lock:
            self._taken -= 1
