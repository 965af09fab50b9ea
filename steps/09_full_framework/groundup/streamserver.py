"""The same protocol on asyncio's streams: an HTTPConnection for whatever has accepted a peer.

Apart from the engines because a program may have an event loop of its own, and only wants a
server in it; the test client, too, talks to one of these, without a socket. It is made to be read,
and not to be fast. The rule: a deadline belongs to a phase, and whoever is late gets one answer,
and then the end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from groundup.connection import Connection
from groundup.engines.common import (
    BODY_LATE,
    CRASH,
    DRAIN,
    HANDLER_LATE,
    HEADER_LATE,
    RECV_SIZE,
    DateLine,
    peer_of,
    plain,
)  # fmt: skip
from groundup.engines.delivery import Taker
from groundup.engines.worker import LoopWorker
from groundup.errors import HTTPException, ProtocolError, ResponseError
from groundup.events import EOF, NEED_DATA, PAUSED, Data, Event, RequestHead
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.request import Request, WantBody
from groundup.response import Response
from groundup.streambody import Body, Pen, parts_of
from groundup.streaming import END, ClientLeft, is_streamed
from groundup.timeouts import Timeouts

log = logging.getLogger("groundup.server")


@dataclass
class Streams:
    """What all connections of one server share."""

    handle: Callable[[Request], Any]
    limits: Limits = field(default_factory=Limits)
    timeouts: Timeouts = field(default_factory=Timeouts)
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    threads: int = 8
    date: DateLine = field(default_factory=DateLine)
    parser: Callable[..., Connection] = Connection

    def __post_init__(self) -> None:
        self.worker = LoopWorker(self.threads, 1000, self.lifecycle)


class HTTPConnection:
    """One peer's connection on a reader and a writer; `run` serves it to its end."""

    def __init__(
        self, server: Streams, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.server = server
        self.reader, self.writer = reader, writer
        self.pen = Pen(writer, server.timeouts.write)
        streamed = replace(server.limits, body=server.limits.streamed_body)
        self.connection = server.parser(server.limits, drain=DRAIN, streamed=streamed)
        self._timer: asyncio.TimerHandle | None = None
        self._late: HTTPException | None = None
        self._task: asyncio.Task[Any] | None = None

    async def run(self) -> None:
        """Answer one request after the other, until either side has had enough."""
        self._task = asyncio.current_task()
        try:
            while (request := await self._next_request()) is not None:
                await self._send(request, await self._answer(request))
        except ProtocolError as error:
            self.writer.write(self.connection.refuse(error, date=self.server.date()))
        except ConnectionError:
            self.connection.abort()
        except asyncio.CancelledError:
            if self._late is None:
                raise
        finally:
            self.cancel_timeout()
            await self.pen.close()

    # Timeouts: one is set for each phase, and whatever ends the phase cancels it.

    def set_timeout(self, seconds: float | None, late: HTTPException) -> None:
        """From now on there are so many seconds; None: as many as it takes."""
        self.cancel_timeout()
        if seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(seconds, self.time_out, late)

    def cancel_timeout(self) -> None:
        """What was waited for has come."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def time_out(self, late: HTTPException) -> None:
        """The peer was too slow: an error response, if one may be sent, and the end."""
        self._late = late
        if late.status_code != 408 or self.connection.began:  # an idle one is closed in silence
            self.writer.write(self.connection.refuse(late, date=self.server.date()))
        if self._task is not None:
            self._task.cancel()

    # What comes in.

    async def next_event(self) -> Event:
        """The next event of the request, when it has come."""
        while (event := self.connection.next_event()) is NEED_DATA:
            if self.connection.awaiting_continue:
                self.writer.write(self.connection.send_continue())
            self.connection.receive(await self.reader.read(RECV_SIZE))
        return event

    async def _next_request(self) -> Request | None:
        timeouts = self.server.timeouts
        late = ProtocolError(*HEADER_LATE)
        self.set_timeout(timeouts.keep_alive, late)
        while (event := self.connection.next_event()) is NEED_DATA:
            began = self.connection.began
            self.connection.receive(await self.reader.read(RECV_SIZE))
            if not began:  # bytes that trickle in later move nothing
                self.set_timeout(timeouts.head, late)
        self.cancel_timeout()
        if not isinstance(event, RequestHead):
            return None
        peer = peer_of(self.writer.get_extra_info("peername"))
        return Request(event, b"", peer, self.server.worker, source=Body(self))

    async def collect(self) -> bytes:
        """The whole body; ProtocolError 413 where it is above the limit."""
        self.connection.limit_body(self.server.limits.body)
        self.set_timeout(self.server.timeouts.body, ProtocolError(*BODY_LATE))
        parts: list[bytes] = []
        while isinstance(event := await self.next_event(), Data):
            parts.append(event.data)
        if event is EOF or event is PAUSED:
            raise ClientLeft("the connection has ended inside a body")
        self.cancel_timeout()
        return b"".join(parts)

    # What goes out.

    async def _answer(self, request: Request) -> Response:
        """What the application answers; a crash of its own is a 500."""
        try:
            answer = self.server.handle(request)
            if isinstance(answer, WantBody):
                request.complete(await self.collect())
                answer = answer.then(request)
            self.set_timeout(self.server.timeouts.handler, HANDLER_LATE)
            answer = answer if isinstance(answer, Response) else await answer
            if not isinstance(answer, Response):
                raise TypeError(f"handle() gave {type(answer).__name__}, which is no Response")
            return answer
        except (ProtocolError, ClientLeft):
            raise
        except HTTPException as error:
            return plain(error)
        except Exception:
            log.exception("%s %r failed", request.method, request.target)
            return plain(CRASH)
        finally:
            self.cancel_timeout()

    async def _send(self, request: Request, response: Response) -> None:
        status, date = response.status_code, self.server.date()
        try:
            if is_streamed(response):
                await self._send_stream(response)
                return
            data = self.connection.send_response(status, response.fields, response.body, date=date)
        except ResponseError:
            log.exception("%s %r: its response may not be sent", request.method, request.target)
            data = self.connection.refuse(CRASH, date=date)
        await self.pen.write(data)

    async def _send_stream(self, response: Any) -> None:
        taker = Taker(response, self.server.worker)
        try:
            body = self.connection.start_response(
                response.status_code, response.headers, response.length, date=self.server.date()
            )
            await self.pen.write(body.head)
            while not body.silent and (piece := await taker.take()) is not END:
                async for part in parts_of(piece, self.server.worker):
                    await self.pen.write(body.data(part))
            await self.pen.write(self.connection.end_response())
        except Exception:
            if not self.connection.can_refuse:
                self.connection.abort()  # what has begun stays visibly unfinished
            raise
        finally:
            await asyncio.shield(taker.let_go())
