"""One connection on an event loop: bytes in, requests out to `handle`, responses back.

Apart from the hub, which knows all connections, and from the exchange, which exists only while a
request takes time. The rule: a request that is here whole, and whose handler does not wait, costs
one call from the loop, one write and nothing else: no task, no timer, no future.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from groundup.connection import Connection
from groundup.engines.exchange import Exchange
from groundup.engines.hub import DRAIN, DRAIN_SECONDS, FRESH_GRACE, Hub
from groundup.engines.plumbing import Plumbing, peer_of
from groundup.errors import HTTPException, ProtocolError, ResponseError
from groundup.events import EOF, RequestHead
from groundup.request import Request
from groundup.response import Response
from groundup.states import IDLE, UNREAD
from groundup.timeouts import NEVER

log = logging.getLogger("groundup.server")

HEADER_LATE = (408, "the request head took too long", "RFC 9110 §15.5.9")
TOO_MANY = HTTPException(503, "too many connections", {"retry-after": "1"})
CRASH = HTTPException(500)


class HTTPProtocol(Plumbing):
    """What the loop calls."""

    __slots__ = ("_began", "_client_addr", "_connection", "_exchange", "_used")

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._connection = Connection(hub.limits, drain=DRAIN, streamed=hub.streamed_limits)
        self._exchange: Exchange | None = None  # the request that is under way and takes time
        self._client_addr: Any = None
        self._began = False  # a head has begun to arrive: its deadline stands
        self._used = False  # a byte has come

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected. Beyond the limit it is told so, and let go."""
        self._transport = transport
        self.tls = transport.get_extra_info("sslcontext") is not None
        self._client_addr = peer_of(transport)
        if self.hub.admit(self):
            self.due(self.hub.timeouts.header)
        else:
            self.refuse(TOO_MANY)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._exchange is not None:
            self._connection.receive(data)
            self._exchange.data_received()
        elif self._linger_left:
            self.linger_on(len(data))
        else:
            self._used = True
            self._advance(data)

    def eof_received(self) -> bool:
        """The peer will send no more; it may still read. True: the loop leaves our side open."""
        if self._linger_left:
            return False
        self._connection.receive(b"")
        if self._exchange is not None:
            self._exchange.peer_closed()
        else:
            self._advance()
        return not self.tls

    def connection_lost(self, error: Exception | None) -> None:
        """It is over, whoever ended it."""
        self.hub.discard(self)
        self.deadline = NEVER
        self._connection.abort()
        if self._exchange is not None:
            self._exchange.lost()
        super().resume_writing()

    def resume_writing(self) -> None:
        """There is room again: go on where we had to wait."""
        super().resume_writing()
        if self._exchange is not None:
            self._exchange.resumed()
        elif not self.closing:
            self.rest()
            self.resume_reading()
            self.hub.loop.call_soon(self._go_on)

    # One request after another.

    def _advance(self, data: bytes = b"") -> None:
        """Answer what is here: whole requests at once, any other through an exchange."""
        hub, connection = self.hub, self._connection
        turns = hub.limits.pipeline
        while (whole := connection.next_whole(data)) is not None:
            request = Request(*whole, self._client_addr, hub.worker)
            if hub.draining:
                connection.close_next()
            answer = hub.handle(request)
            if type(answer) is not Response:
                self._take_time(request, answer)
                return
            self.send(request, answer)
            if connection.state is not IDLE:
                self.rest()
                return
            self._began = False
            self.deadline = hub.now + hub.keep_alive
            turns -= 1
            if not connection.ahead or self._writable is not None:
                return  # nothing more is here; or the peer reads too slowly, resume_writing goes on
            if not turns:
                hub.loop.call_soon(self._go_on)  # the others have their turn
                return
            data = b""
        self._advance_patiently()

    def _go_on(self) -> None:
        """Answer what is left, if nothing has happened in between."""
        if self._exchange is None and not self.closing and not self._connection.must_close:
            self._advance()

    def _advance_patiently(self) -> None:
        """What is not here whole, or not plain: wait for more of it, or begin an exchange."""
        connection = self._connection
        try:
            event = connection.next_event()
        except ProtocolError as error:
            self.refuse(error)
            return
        if isinstance(event, RequestHead):
            if self.hub.draining:
                connection.close_next()
            request = Request(event, b"", self._client_addr, self.hub.worker)
            self._take_time(request, None)
        elif event is EOF:
            self.finish()
        elif not connection.began:
            self.rest()
        elif connection.state is not UNREAD and not self._began:
            self._began = True
            self.due(self.hub.timeouts.header)

    def _take_time(self, request: Request, answer: Any) -> None:
        """Begin an exchange: for a body that is still coming, or an answer that is."""
        self.deadline = NEVER
        self._exchange = Exchange(self, self._connection, request)
        self._exchange.begin(answer)

    def send(self, request: Request, response: Response) -> None:
        """One whole response, in one write."""
        connection, hub = self._connection, self.hub
        try:
            data = connection.send_response(
                response.status_code, response.headers, response.body, date=hub.date
            )
        except ResponseError:
            log.exception("%s %r: its response may not be sent", request.method, request.target)
            data = connection.refuse(CRASH, date=hub.date)
        self._transport.write(data)
        if hub.record is not None:
            hub.record(request, response.status_code, len(data))

    def rest(self) -> None:
        """Between two requests: wait for the next one, or come to an end."""
        connection, hub = self._connection, self.hub
        self._began = False
        if connection.must_close:
            self.finish()
        elif hub.draining and not connection.began:
            self.linger()
        elif connection.state is UNREAD:
            self.due(DRAIN_SECONDS)
        else:
            self.deadline = hub.now + hub.keep_alive

    def exchanged(self) -> None:
        """The exchange is over: go on with what has arrived meanwhile."""
        self._exchange = None
        if self.closing:
            return
        self.rest()
        if self._connection.must_close or self.stalled:
            return
        self.resume_reading()
        if self._connection.pending:
            self._go_on()

    # How it ends.

    def refuse(self, error: HTTPException) -> None:
        """One last answer; then what the peer still sends is ignored for a moment."""
        self.hub.refused(error, self._client_addr)
        self._transport.write(self._connection.refuse(error, date=self.hub.date))
        self.linger()

    def finish(self) -> None:
        """Everything has been sent: close, but not in the face of a peer that is still sending."""
        if self._connection.peer_may_send:
            self.linger()
        else:
            self.close()

    def expire(self) -> None:
        """The deadline has passed."""
        self.deadline = NEVER
        if self.closing or self.stalled:
            self.abort()
        elif self._exchange is not None:
            self._exchange.expire()
        elif self._began:
            self.refuse(ProtocolError(*HEADER_LATE))
        else:
            self.close()

    @property
    def idle(self) -> bool:
        """Whether nothing has begun that would be lost."""
        return self._exchange is None and not self.closing and not self._connection.began

    def drain(self) -> None:
        """The server stops: an idle connection ends now, a busy one when it is idle."""
        if self._exchange is not None:
            self._connection.close_next()
            self._exchange.stop()
        elif self.idle and self._used:
            self.linger()  # its next request may be on its way: it must not see a reset
        elif not self._used:
            self.deadline = min(self.deadline, self.hub.clock() + FRESH_GRACE)
