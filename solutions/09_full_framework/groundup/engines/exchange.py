"""One request that takes time on an event loop: its body is still coming, or its answer is.

Apart from the protocol because most requests need none of this, and a connection at rest should
not carry it. The rule: it ends exactly once, in `_run`'s last lines, whatever happens: answered,
refused, cut off by a deadline, or left by its client.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from groundup.connection import Connection
from groundup.engines.common import BODY_LATE, plain
from groundup.engines.delivery import Delivery
from groundup.errors import HTTPException, ProtocolError
from groundup.events import NEED_DATA, Data, Event
from groundup.request import Request, WantBody
from groundup.response import Response
from groundup.timeouts import NEVER, BodyClock, after

if TYPE_CHECKING:
    from groundup.engines.httpprotocol import HTTPProtocol

log = logging.getLogger("groundup.server")


class Exchange:
    """A request under way. It is the request's BodySource while the body is still coming."""

    __slots__ = (
        "_clock", "_connection", "_delivery", "_fault", "_hub", "_latest", "_protocol",
        "_request", "_task", "_waiter", "_watch",
    )  # fmt: skip

    def __init__(self, protocol: HTTPProtocol, connection: Connection, request: Request) -> None:
        self._protocol = protocol
        self._connection = connection
        self._request = request
        self._hub = protocol.hub
        self._task: asyncio.Task[None] | None = None
        self._waiter: asyncio.Future[None] | None = None  # for more of the body
        self._clock: BodyClock | None = None  # while a body is coming
        self._latest = NEVER  # when a body that is collected must be here, whatever its clock says
        self._delivery: Delivery | None = None  # while a response is being sent
        self._watch: asyncio.TimerHandle | None = None  # for a client that may have left
        self._fault: ProtocolError | None = None  # of the body

    def begin(self, answer: Any) -> None:
        """Go on from what `handle` gave; None: it has not been asked, the body is not here."""
        if answer is None:
            self._request.source = self
            try:
                answer = self._hub.handle(self._request)
            except Exception as error:
                answer = plain(self._hub.failure(error, self._request.client_addr))
        if isinstance(answer, WantBody):
            self._clock = self._new_clock(streamed=False)
            self._latest = after(self._hub.timeouts.request, self._protocol.since)
        self._task = self._hub.spawn(self._run(answer))

    async def _run(self, answer: Any) -> None:
        """Everything that takes time, from the body to the last byte of the response."""
        try:
            if isinstance(answer, WantBody):
                self._request.complete(await self._collect())
                answer = answer.then(self._request)
            response = answer if isinstance(answer, Response) else await self._in_time(answer)
            if self._fault is not None:
                raise self._fault
            self._delivery = Delivery(self._protocol, self._connection, self._request, response)
            await self._delivery.run()
        except ProtocolError as error:
            self._refuse(error)
        except (ConnectionError, asyncio.CancelledError):
            self._protocol.abort()
        except Exception as error:
            self._refuse(self._hub.failure(error, self._request.client_addr))
        finally:
            self._end()

    async def _in_time(self, answer: Any) -> Response:
        """The Response that is awaited; a 503 in its place if its handler takes too long."""
        try:
            async with asyncio.timeout(self._hub.timeouts.handler):
                response = await answer
        except TimeoutError:
            log.warning("%s %r took too long", self._request.method, self._request.target)
            self._connection.close_next()
            return Response.text("503 Service Unavailable\n", 503, {"retry-after": "1"})
        if not isinstance(response, Response):
            raise TypeError(f"handle() gave {type(response).__name__}, which is no Response")
        return response

    def _refuse(self, error: HTTPException) -> None:
        """The last answer; where a response has begun already, it is left unfinished instead."""
        raw = self._delivery is not None and self._delivery.until_close
        if self._connection.can_refuse:
            self._protocol.refuse(error)
        elif raw:
            self._protocol.reset()
        else:
            self._connection.abort()
            self._protocol.close()

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._protocol.exchanged()

    # The body, from here to the handler.

    async def read(self) -> bytes:
        """The next part of the body, b"" at its end; sends the 100 that a client waits for."""
        hub = self._hub
        if self._clock is None:
            self._clock = self._new_clock(streamed=True)
        self._clock.resume(hub.clock())
        if self._connection.awaiting_continue:
            self._protocol.transport.write(self._connection.send_continue())
        try:
            while (event := self._next_event()) is NEED_DATA:
                await self._more()
            return event.data if isinstance(event, Data) else b""
        finally:
            self._clock.pause(hub.clock())

    def read_blocking(self) -> bytes:
        """The same for a handler that runs in a thread."""
        return asyncio.run_coroutine_threadsafe(self.read(), self._hub.loop).result()

    async def _collect(self) -> bytes:
        """The whole body, up to its limit."""
        self._connection.limit_body(self._hub.limits.body)
        parts = []
        while part := await self.read():
            parts.append(part)
        return b"".join(parts)

    def _next_event(self) -> Event:
        try:
            event = self._connection.next_event()
        except ProtocolError as error:
            self._fault = error
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

    def _new_clock(self, *, streamed: bool) -> BodyClock:
        return BodyClock(self._hub.timeouts, self._hub.clock(), streamed=streamed)

    # What the protocol tells.

    def data_received(self) -> None:
        """Bytes have come; what nobody waits for is bounded."""
        if self._waiter is not None:
            self._wake(None)
        elif self._connection.buffered > self._hub.limits.pipeline_bytes:
            self._protocol.hold_reading()

    def peer_closed(self) -> None:
        """The client sends no more. It may be gone: one that takes nothing any more is."""
        self._wake(None)
        self._look(-1)

    def _look(self, taken: int) -> None:
        now = self._delivery.sent if self._delivery is not None else 0
        if now == taken and self._task is not None:
            self._task.cancel()
            return
        self._watch = self._hub.loop.call_later(self._hub.timeouts.half_closed, self._look, now)

    def lost(self) -> None:
        """The connection is gone: cancel what works for it."""
        self._wake(ConnectionResetError("the client has left"))
        if self._task is not None:
            self._task.cancel()

    def resumed(self) -> None:
        """The client reads again."""
        self._protocol.deadline = NEVER
        if self._connection.buffered <= self._hub.limits.pipeline_bytes:
            self._protocol.resume_reading()

    def expire(self) -> None:
        """The body has not come in time."""
        self._fault = ProtocolError(*BODY_LATE)
        self._wake(self._fault)

    def stop(self) -> None:
        """The server stops: a stream is told to come to its end."""
        if self._delivery is not None:
            self._delivery.stop()

    def _wake(self, error: Exception | None) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
