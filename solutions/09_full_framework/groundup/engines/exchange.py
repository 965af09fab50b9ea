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
from groundup.engines.common import plain
from groundup.engines.delivery import Delivery
from groundup.engines.intake import Intake
from groundup.errors import HTTPException, ProtocolError
from groundup.request import Request, WantBody
from groundup.response import Response
from groundup.timeouts import NEVER

if TYPE_CHECKING:
    from groundup.engines.httpprotocol import HTTPProtocol

log = logging.getLogger("groundup.server")


class Exchange:
    """A request under way."""

    __slots__ = (
        "_connection", "_delivery", "_hub", "_intake", "_protocol", "_request", "_task", "_watch",
    )  # fmt: skip

    def __init__(self, protocol: HTTPProtocol, connection: Connection, request: Request) -> None:
        self._protocol = protocol
        self._connection = connection
        self._request = request
        self._hub = protocol.hub
        self._task: asyncio.Task[None] | None = None
        self._intake: Intake | None = None  # if its body was not here when it began
        self._delivery: Delivery | None = None  # while a response is being sent
        self._watch: asyncio.TimerHandle | None = None  # for a client that may have left

    def begin(self, answer: Any) -> None:
        """Go on from what `handle` gave; None: it has not been asked, the body is not here."""
        if answer is None:
            self._request.source = self._intake = Intake(self._protocol, self._connection)
            try:
                answer = self._hub.handle(self._request)
            except Exception as error:
                answer = plain(self._hub.failure(error, self._request))
        self._task = self._hub.spawn(self._run(answer))

    async def _run(self, answer: Any) -> None:
        """Everything that takes time, from the body to the last byte of the response."""
        try:
            if isinstance(answer, WantBody):
                if self._intake is not None:
                    self._request.complete(await self._intake.whole())
                answer = answer.then(self._request)
            response = answer if isinstance(answer, Response) else await self._in_time(answer)
            if self._intake is not None and self._intake.fault is not None:
                raise self._intake.fault
            self._delivery = Delivery(self._protocol, self._connection, self._request, response)
            if self._hub.draining:  # `drain` has been told, when there was no stream to tell
                self._delivery.stop()
            await self._delivery.run()
        except ProtocolError as error:
            self._refuse(error)
        except (ConnectionError, asyncio.CancelledError):
            self._protocol.cut()
        except Exception as error:
            self._refuse(self._hub.failure(error, self._request))
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
        if self._connection.can_refuse:
            self._protocol.refuse(error)
        elif self.raw:
            self._protocol.reset()
        else:
            self._connection.abort()
            self._protocol.close()

    @property
    def raw(self) -> bool:
        """Whether a body is being sent that only the connection's end will end (HTTP/1.0)."""
        return self._delivery is not None and self._delivery.until_close

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        if self._intake is not None:
            self._intake.close()
        self._protocol.exchanged()

    # What the protocol tells.

    def data_received(self) -> None:
        """Bytes have come; what nobody waits for is bounded."""
        if self._arrived():
            return
        if self._connection.buffered > self._hub.limits.pipeline_bytes:
            self._protocol.hold_reading()

    def _arrived(self) -> bool:
        return self._intake is not None and self._intake.arrived()

    def peer_closed(self) -> None:
        """The client sends no more. It may be gone: one that takes nothing any more is."""
        self._arrived()
        self._look(-1)

    def _look(self, taken: int) -> None:
        """A while later: cancel the task if no more was taken than then, else look again."""
        now = self._delivery.sent if self._delivery is not None else 0
        if now == taken and self._task is not None:
            self._task.cancel()
            return
        self._watch = self._hub.loop.call_later(self._hub.timeouts.half_closed, self._look, now)

    def lost(self) -> None:
        """The connection is gone: cancel what works for it."""
        if self._intake is not None:
            self._intake.close()
        if self._task is not None:
            self._task.cancel()

    def resumed(self) -> None:
        """The client reads again."""
        self._protocol.deadline = NEVER
        if self._connection.buffered <= self._hub.limits.pipeline_bytes:
            self._protocol.resume_reading()

    def expire(self) -> None:
        """The body has not come in time."""
        if self._intake is not None:
            self._intake.expire()

    def stop(self) -> None:
        """The server stops: a stream is told to come to its end."""
        if self._delivery is not None:
            self._delivery.stop()
