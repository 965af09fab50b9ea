"""One connection on an event loop: bytes in, requests out to `handle`, responses back.

Apart from the hub, which knows all connections, and from the exchange, which exists only while a
request takes time. The rule: a request that is here whole, and whose handler does not wait, costs
one call from the loop, one write and nothing else: no task, no timer, no future.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from groundup.engines.common import CRASH, TOO_MANY, plain
from groundup.engines.exchange import Exchange
from groundup.engines.outbox import SHORT
from groundup.engines.plumbing import peer_of
from groundup.engines.resting import Resting
from groundup.errors import ProtocolError, ResponseError
from groundup.events import EOF, RequestHead
from groundup.request import Request
from groundup.response import Response
from groundup.states import IDLE, UNREAD
from groundup.timeouts import NEVER

log = logging.getLogger("groundup.server")


class HTTPProtocol(Resting):
    """What the loop calls."""

    __slots__ = ()

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
            try:
                self._advance(data)
            except Exception as error:
                self._crashed(error)
            if self._connection.ahead:
                self._pace()

    def eof_received(self) -> bool:
        """The peer will send no more; it may still read. True: the loop leaves our side open."""
        if self._linger_left:
            return False
        self._connection.receive(b"")
        if self._exchange is not None:
            self._exchange.peer_closed()
        else:
            self._go_on()
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

    def _advance(self, data: bytes = b"") -> None:
        """Answer what is here: whole requests at once, any other through an exchange.

        In turn: `next_whole` gives a request, `hub.handle` its answer. A Response, and nothing that
        is more than one, is sent at once; for another `_take_time`, which goes on here when it has
        ended. After a last answer, or for a slow reader, `_pause`. After `limits.pipeline` answers
        the others have a turn (`call_soon`). What is not whole: `_advance_patiently`.
        """
        raise NotImplementedError("Task 9.11: answer inside the call that brought the bytes")

    def _pause(self) -> None:
        """After a response: the last one, or one that its peer is slow to read."""
        if self._connection.state is not IDLE:
            self.rest()  # else resume_writing goes on

    def _go_on(self) -> None:
        """Answer what is left, if nothing has happened in between."""
        if self._exchange is None and not self.closing and not self._connection.must_close:
            try:
                self._advance()
            except Exception as error:
                self._crashed(error)
            self._pace()

    def _pace(self) -> None:
        """Read no more while too much is here that has yet to be answered, else read on."""
        if self.closing or self.stalled:
            return
        if self._connection.ahead and self._connection.buffered > self.hub.limits.pipeline_bytes:
            self.hold_reading()
        else:
            self.resume_reading()

    def _crashed(self, error: Exception) -> None:
        """Something of ours has failed: its client is told, and let go."""
        self.refuse(self.hub.failure(error, f"a request of {self._client_addr}"))

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
            self.since = self.hub.clock()
            self.due(self.hub.timeouts.head)

    def _take_time(self, request: Request, answer: Any) -> None:
        """Begin an exchange: for a body that is still coming, or an answer that is."""
        self.deadline = NEVER
        if not self._began:
            self.since = self.hub.clock()  # its head came in one piece, just now
        self._exchange = Exchange(self, self._connection, request)
        self._exchange.begin(answer)

    def send(self, request: Request, response: Response) -> None:
        """One whole response, in one write."""
        connection, hub = self._connection, self.hub
        try:
            data = connection.send_response(
                response.status_code, response.fields, response.body, date=hub.date
            )
        except ResponseError:
            log.exception("%s %r: its response may not be sent", request.method, request.target)
            data = connection.refuse(CRASH, date=hub.date)
        if hub.outbox is not None and len(data) < SHORT:
            hub.outbox.post(self._transport, data)
        else:
            self.write(data)
        if hub.record is not None:
            hub.record(request, response.status_code, len(data))

    def exchanged(self) -> None:
        """The exchange is over: go on with what has arrived meanwhile."""
        self._exchange = None
        if self.closing:
            return
        self.rest()
        if self._connection.must_close or self.stalled:
            return
        if self._connection.pending:
            self._go_on()
        else:
            self.resume_reading()
