"""The fast engine, and the default: one event loop, on which every connection is a protocol.

Apart from the protocol itself because this is about the server's life. The rule: it begins with
the start-up hooks and ends with those for the end, and in between it loses nobody.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from groundup.engines.door import Door, tls_options
from groundup.engines.hub import Hub
from groundup.engines.settings import Settings
from groundup.engines.worker import LoopWorker
from groundup.listening import server_address
from groundup.request import Request

Handle = Callable[[Request], Any]


class ProtocolServer:
    """Serves `listener` on one event loop; plain functions run in `executor` threads.

    `queue` calls may wait for one of these threads; beyond, the answer is 503. `uvloop` runs the
    loop of that name, if it is installed. `settings` are the fields of Settings.
    """

    def __init__(
        self,
        listener: socket.socket,
        handle: Handle,
        *,
        executor: int = 40,
        queue: int = 1000,
        uvloop: bool = False,
        **settings: Any,
    ) -> None:
        self.address = server_address(listener)
        self._listener = listener
        self._settings = told = Settings(**settings)
        self._lifecycle = told.lifecycle
        self._hub = Hub(handle, LoopWorker(executor, queue, self._lifecycle), told)
        tls = tls_options(told.ssl_context, told.timeouts)
        self._door = Door(self._hub, tls, shared=told.shared)
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
            await self._door.open(self._listener, self._settings.backlog)
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
