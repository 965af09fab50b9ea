"""A request's body on its way in, on an event loop.

Apart from the exchange because two read it: a handler that asks for its parts, and the exchange
itself, which collects it whole before a handler is called. The rule: whoever reads is held up by
the body's clock, never for ever, and what ends too early is never taken for an end.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from groundup.connection import Connection
from groundup.engines.common import BODY_LATE
from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, Data, Event
from groundup.streaming import ClientLeft
from groundup.timeouts import NEVER, BodyClock, after

if TYPE_CHECKING:
    from groundup.engines.httpprotocol import HTTPProtocol


class Intake:
    """One body. `fault` is why it could not be read, and outlives a handler that swallows it."""

    __slots__ = (
        "_clock", "_connection", "_hub", "_latest", "_over", "_protocol", "_waiter", "fault",
    )  # fmt: skip

    def __init__(self, protocol: HTTPProtocol, connection: Connection) -> None:
        self._protocol = protocol
        self._connection = connection
        self._hub = protocol.hub
        self._clock: BodyClock | None = None  # once somebody has begun to read
        self._latest = NEVER  # when a body that is collected must be here, whatever its clock says
        self._waiter: asyncio.Future[None] | None = None  # for more of it
        self._over = False  # its request is: what comes now is not its body
        self.fault: ProtocolError | None = None

    async def read(self) -> bytes:
        """The next part of the body, b"" at its end; sends the 100 that a client waits for."""
        hub = self._hub
        if self._clock is None:
            self._clock = BodyClock(hub.timeouts, hub.clock(), streamed=True)
        self._clock.resume(hub.clock())
        if not self._over and self._connection.awaiting_continue:
            self._protocol.write(self._connection.send_continue())
        try:
            while (event := self._next_event()) is NEED_DATA:
                await self._more()
            return event.data if isinstance(event, Data) else b""
        finally:
            self._clock.pause(hub.clock())

    def read_blocking(self) -> bytes:
        """The same for a handler that runs in a thread."""
        return asyncio.run_coroutine_threadsafe(self.read(), self._hub.loop).result()

    async def whole(self) -> bytes:
        """The whole body, up to its limit, by its deadlines."""
        hub = self._hub
        self._clock = BodyClock(hub.timeouts, hub.clock())
        self._latest = after(hub.timeouts.request, self._protocol.since)
        self._connection.limit_body(hub.limits.body)
        parts = []
        while part := await self.read():
            parts.append(part)
        return b"".join(parts)

    def whole_blocking(self) -> bytes:
        """The same for a thread that may wait: a layer around the handler."""
        return asyncio.run_coroutine_threadsafe(self.whole(), self._hub.loop).result()

    def arrived(self) -> bool:
        """Bytes have come, or their end; False if nobody waits for any."""
        waiter = self._waiter
        if waiter is None:
            return False
        if not waiter.done():
            waiter.set_result(None)
        return True

    def expire(self) -> None:
        """The body has not come in time."""
        self.fault = ProtocolError(*BODY_LATE)
        self._fail(self.fault)

    def close(self) -> None:
        """The request is over, or its client is gone: a thread may still be reading."""
        self._over = True
        self._fail(ClientLeft("the client has left"))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def _next_event(self) -> Event:
        if self.fault is not None:
            raise self.fault
        event = EOF if self._over else self._take()
        if event is EOF:  # not its body's, of which EndOfMessage would tell
            raise ClientLeft("the client has left")
        return event

    def _take(self) -> Event:
        try:
            event = self._connection.next_event()
        except ProtocolError as error:
            self.fault = error
            raise
        if isinstance(event, Data) and self._clock is not None:
            self._clock.received(len(event.data), self._hub.clock())
        return event

    async def _more(self) -> None:
        """Until more of the body has come, or it is too late for it."""
        assert self._clock is not None
        protocol = self._protocol
        self._waiter = self._hub.loop.create_future()
        protocol.deadline = min(self._clock.deadline, self._latest)
        protocol.resume_reading()
        try:
            await self._waiter
        finally:
            self._waiter = None
            protocol.deadline = NEVER
