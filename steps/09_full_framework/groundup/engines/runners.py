"""An event loop for each thread that ever needs one: async handlers on an engine that blocks.

Apart from the engines because most threads never need it. The rule: everything async of one
request runs on the loop of the thread that answers it, and while it waits there, somebody looks
whether its client is still with us.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from groundup.engines.wire import Lost

if TYPE_CHECKING:
    from groundup.engines.talk import Talk


class Runners(threading.local):
    """`run` a coroutine on this thread's own loop, which is made when it is needed."""

    def __init__(self) -> None:
        self._runner: asyncio.Runner | None = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What it returns, or raises."""
        if self._runner is None:
            self._runner = asyncio.Runner(loop_factory=asyncio.SelectorEventLoop)
        return self._runner.run(work)

    def close(self) -> None:
        """Cancel what still runs on this thread's loop, and close it."""
        runner, self._runner = self._runner, None
        if runner is not None:
            runner.close()


async def awaited(answer: Awaitable[Any]) -> Any:
    """Any awaitable as a coroutine."""
    return await answer


async def in_time(answer: Awaitable[Any], seconds: float | None, watch: Watch) -> Any:
    """What is awaited. TimeoutError after so many seconds, Lost when the client leaves."""
    with watch:
        async with asyncio.timeout(seconds):
            return await answer


class Watch:
    """While this thread's loop runs: reads what the client sends, and notices when it leaves.

    A client that has closed its side may still want its answer: it is given `half_closed` seconds,
    and as many again for as long as `progress()` changes. Then what runs is cancelled.
    """

    def __init__(self, talk: Talk, progress: Callable[[], int] = lambda: 0) -> None:
        self._talk = talk
        self._progress = progress
        self._left = False

    def __enter__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.current_task()
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._talk.wire.sock, self._readable)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._unwatch()
        if self._timer is not None:
            self._timer.cancel()
        if self._left and kind is asyncio.CancelledError:
            raise Lost("the client has left")

    def _readable(self) -> None:
        try:
            data = self._talk.wire.receive_now()
        except Lost:
            self._unwatch()
            self._cancel()
            return
        if data is None:
            return
        self._talk.receive(data)
        if not data:
            self._unwatch()
            self._look(-1)
        elif self._talk.connection.buffered > self._talk.service.limits.pipeline_bytes:
            self._unwatch()  # it is made to wait

    def _look(self, before: int) -> None:
        now = self._progress()
        if now == before:
            self._cancel()
            return
        seconds = self._talk.service.timeouts.half_closed
        self._timer = self._loop.call_later(seconds, self._look, now)

    def _cancel(self) -> None:
        self._left = True
        if self._task is not None:
            self._task.cancel()

    def _unwatch(self) -> None:
        with suppress(OSError, ValueError):
            self._loop.remove_reader(self._talk.wire.sock)
