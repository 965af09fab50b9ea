"""The fast engine, and the default: one event loop, on which every connection is a protocol.

Apart from the protocol itself because this is about the server's life: it listens, it accepts, it
stops without losing anybody. The rule: when it stops it first accepts whoever has connected
already, since closing a listener resets those who wait in its queue.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from groundup.engines.httpprotocol import HTTPProtocol
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
        self._door = Door(listener, self._hub, ssl_context, backlog)
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
            await self._door.open()
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


class Door:
    """Where connections come in, on an event loop."""

    def __init__(
        self,
        listener: socket.socket,
        hub: Hub,
        ssl_context: ssl.SSLContext | None,
        backlog: int,
    ) -> None:
        self._backlog = backlog
        self._listener = listener
        self._hub = hub
        self._tls: dict[str, Any] = {}
        if ssl_context is not None:
            self._tls = {
                "ssl": ssl_context,
                "ssl_handshake_timeout": hub.timeouts.header,
                "ssl_shutdown_timeout": hub.timeouts.linger or None,
            }

    async def open(self) -> None:
        """Accept from now on. The loop gets a duplicate: ours outlives it, see `close`."""
        self._listener.setblocking(False)
        self._server = await self._hub.loop.create_server(
            self._protocol, sock=self._listener.dup(), backlog=self._backlog, **self._tls
        )

    async def close(self) -> None:
        """Accept whoever has connected already, then nobody."""
        self._server.close()
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:  # nobody is left, or no descriptor is
                return
            await self._hub.loop.connect_accepted_socket(self._protocol, sock, **self._tls)

    def _protocol(self) -> HTTPProtocol:
        return HTTPProtocol(self._hub)


def uvloop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes a uvloop; RuntimeError with a sentence where it is not installed."""
    try:
        import uvloop
    except ImportError:
        raise RuntimeError("uvloop is not installed: pip install uvloop, or leave it out") from None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
