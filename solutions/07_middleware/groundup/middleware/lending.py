"""A plain layer on an event loop: it runs in a thread, and lends that thread while it waits.

Apart from the onion because threads and loops meet here and nowhere else. The trap it avoids: a
layer that holds a thread while the handler inside waits for a second one. With as many requests as
threads nobody would ever get a second. The rule: one request holds one thread at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from groundup.middleware.following import awaited, settle, settle_blocking
from groundup.request import Request, Worker
from groundup.response import Response

Job = tuple[asyncio.Future[Any], Callable[..., Any], tuple[Any, ...]]


class Lender:
    """The worker of a request inside a plain layer: `run` calls functions in the layer's thread.

    While that thread waits for what is inside, it does what it is asked to. `is_async` tells
    whether it waits: if not, whoever runs is in the thread itself, and may wait.
    """

    def __init__(self, worker: Worker | None, loop: asyncio.AbstractEventLoop) -> None:
        self.is_async = False
        self._worker = worker
        self._loop = loop
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._inside: Future[Response] | None = None  # the future of what the thread waits for

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop."""
        return self._worker is not None and self._worker.stopping

    def run(self, function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        """Have the waiting thread call a function."""
        future = self._loop.create_future()
        self._jobs.put((future, function, arguments))
        return future

    def wait_for(self, inside: Coroutine[Any, Any, Response]) -> Response:
        """In the layer's thread: what the coroutine gives, which runs on the loop meanwhile."""
        self.is_async = True
        try:
            self._inside = asyncio.run_coroutine_threadsafe(inside, self._loop)
            self._inside.add_done_callback(lambda _: self._jobs.put(None))
            while (job := self._jobs.get()) is not None:
                self._do(*job)
            return self._inside.result()
        finally:
            self.is_async = False

    def cancel(self) -> None:
        """The layer is no longer wanted, nor is what it waits for."""
        if self._inside is not None:
            self._inside.cancel()

    def _do(
        self, future: asyncio.Future[Any], function: Callable[..., Any], arguments: Any
    ) -> None:
        try:
            result = function(*arguments)
        except BaseException as error:
            self._loop.call_soon_threadsafe(give, future, None, error)
        else:
            self._loop.call_soon_threadsafe(give, future, result, None)


def give(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    """Hand over what a function returned or raised, if somebody still wants it."""
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)


def has_loop() -> bool:
    """Whether an event loop runs in this thread, so that nothing here may wait."""
    return asyncio._get_running_loop() is not None


async def in_thread(request: Request, layer: Callable[..., Any], call_next: Any) -> Any:
    """What a plain layer returns, called in a thread that serves what is inside it, too."""
    worker = request.worker
    lender = Lender(worker, asyncio.get_running_loop())
    run = worker.run if worker is not None and worker.is_async else asyncio.to_thread
    request.worker = lender
    try:
        return await run(layer, request, call_next)
    finally:
        request.worker = worker
        lender.cancel()


def waited(request: Request, answer: Any) -> Response:
    """In a thread that may wait: the Response of what is inside a plain layer."""
    if isinstance(request.worker, Lender):
        if isinstance(answer, Response):
            return answer
        return request.worker.wait_for(settle(request, answer))
    answer = settle_blocking(request, answer)
    response: Response = asyncio.run(settle(request, answer)) if awaited(answer) else answer
    return response
