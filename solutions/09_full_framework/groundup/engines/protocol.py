"""The fast engine, and the default: one event loop, on which every connection is a protocol.

Apart from the protocol itself because this is about the server's life. The rule: it begins with
the start-up hooks and ends with those for the end, and in between it loses nobody.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from groundup.engines.door import Door, tls_options
from groundup.engines.hub import Hub, Record, Refusals
from groundup.engines.worker import LoopWorker
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.listening import BACKLOG, server_address
from groundup.request import Request
from groundup.timeouts import Timeouts

Handle = Callable[[Request], Any]


class ProtocolServer:
    """Serves `listener` on one event loop; plain functions run in `executor` threads.

    `queue` calls may wait for one of these threads; beyond, the answer is 503. `uvloop` runs the
    loop of that name, if it is installed.
    """

    def __init__(
        self,
        listener: socket.socket,
        handle: Handle,
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        timeouts: Timeouts = Timeouts(),  # noqa: B008  (frozen)
        lifecycle: Lifecycle | None = None,
        clock: Callable[[], float] = time.monotonic,
        ssl_context: ssl.SSLContext | None = None,
        record: Record | None = None,
        refusals: Refusals | None = None,
        backlog: int = BACKLOG,
        executor: int = 40,
        queue: int = 1000,
        uvloop: bool = False,
    ) -> None:
        self.address = server_address(listener)
        self._listener = listener
        self._lifecycle = lifecycle or Lifecycle()
        worker = LoopWorker(executor, queue, self._lifecycle)
        self._hub = Hub(
            handle, worker, limits=limits, timeouts=timeouts, clock=clock, record=record,
            refusals=refusals,
        )  # fmt: skip
        self._door = Door(self._hub, tls_options(ssl_context, timeouts))
        self._backlog = backlog
        self._loop_factory = uvloop_factory() if uvloop else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()

    def serve_forever(self) -> bool:
        """Serve until `stop`. True if everything that had begun came to its end."""
        with asyncio.Runner(loop_factory=self._loop_factory) as runner:
            return runner.run(self._serve())

    def stop(self) -> None:
        """Make `serve_forever` come to its end, from any thread; does not wait for it."""
        self._lifecycle.stop()

    async def _serve(self) -> bool:
        self._loop = asyncio.get_running_loop()
        self._hub.start()
        try:
            await self._lifecycle.start()
            await self._door.open(self._listener, self._backlog)
            self._lifecycle.on_stop(self._wake)
            await self._stop.wait()
            await self._door.close()
            return await self._hub.drain()
        finally:
            self._listener.close()
            await self._lifecycle.end()
            self._hub.worker.close()

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._stop.set)


def uvloop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes a uvloop; RuntimeError with a sentence where it is not installed."""
    try:
        import uvloop
    except ImportError:
        raise RuntimeError("uvloop is not installed: pip install uvloop, or leave it out") from None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
