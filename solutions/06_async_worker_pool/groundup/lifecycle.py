"""The life of a server: it starts, it is told to stop, it ends; and everybody hears of it.

Apart from the engines because whoever asks for the end may be anywhere: a signal, a handler, a
thread, the process above. The rule: stopping is told once, at once and to all, and it is never
taken back; first readiness goes, then, `lame_duck` seconds later, the engine stops accepting.
"""

from __future__ import annotations

import inspect
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any

from groundup.request import Request
from groundup.response import Response

logger = logging.getLogger("groundup")

Hook = Callable[[], Any]


class Lifecycle:
    """Whether a server runs, and who wants to know when it no longer will.

    `startup` and `cleanup` are plain or async functions; `lame_duck` is how many seconds the
    server goes on accepting after it has said that it is no longer ready; `ready` is called once,
    when the start-up hooks have run.
    """

    def __init__(
        self,
        startup: Iterable[Hook] = (),
        cleanup: Iterable[Hook] = (),
        *,
        lame_duck: float = 0.0,
        ready: Callable[[], None] | None = None,
    ) -> None:
        self.stopping = False
        self._startup = startup
        self._cleanup = cleanup
        self._lame_duck = lame_duck
        self._ready = ready
        self._lock = threading.RLock()  # a signal may call `stop` inside any of these methods
        self._listeners: list[Callable[[], None]] = []

    def on_stop(self, listener: Callable[[], None]) -> None:
        """Call `listener` when it is time to stop accepting: at once, if it is already."""
        with self._lock:
            if not self.stopping:
                self._listeners.append(listener)
                return
        listener()

    def stop(self) -> None:
        """Stop, from any thread, at any time; again does no harm. It does not wait."""
        with self._lock:
            if self.stopping:
                return
            self.stopping = True
            listeners = list(self._listeners)
        if self._lame_duck:
            timer = threading.Timer(self._lame_duck, tell, (listeners,))
            timer.daemon = True
            timer.start()
        else:
            tell(listeners)

    async def start(self) -> None:
        """Run the start-up hooks, in order; what one raises ends the start."""
        for hook in self._startup:
            await called(hook)
        ready, self._ready = self._ready, None
        if ready is not None:
            ready()

    async def end(self) -> None:
        """Run the shut-down hooks, last registered first; one that fails stops no other."""
        for hook in reversed(list(self._cleanup)):
            try:
                await called(hook)
            except Exception:
                logger.exception("a shut-down hook failed")


async def called(hook: Hook) -> None:
    """Call a hook, and await it if it is async."""
    result = hook()
    if inspect.isawaitable(result):
        await result


def tell(listeners: Iterable[Callable[[], None]]) -> None:
    """Call each; the failure of one is logged and keeps nothing from the others."""
    for listener in listeners:
        try:
            listener()
        except Exception:
            logger.exception("a server could not be told to stop")


def with_health(handle: Callable[[Request], Any], path: str, lifecycle: Lifecycle) -> Any:
    """`handle`, with `path` answered here: 200 while the server is ready, then 503."""

    def answer(request: Request) -> Any:
        if request.raw_path != path or request.method not in ("GET", "HEAD"):
            return handle(request)
        if lifecycle.stopping:
            return Response("stopping\n", 503)
        return Response("ready\n")

    return answer
