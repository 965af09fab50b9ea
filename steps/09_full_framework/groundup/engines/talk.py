"""One client's connection, for threads that may wait: what it waits for, and how it ends.

Apart from `blocking`, where its requests are answered, because an engine asks these questions
while nobody answers anything. The rule: a deadline belongs to a phase and is set when that begins;
an end is said (refused), orderly (closed), or visible (broken), and never mistaken for another.
"""

from __future__ import annotations

import logging
from typing import Any

from groundup.engines.common import CRASH, DRAIN_SECONDS, HANDLER_LATE, HEADER_LATE, plain
from groundup.engines.outflow import Outflow
from groundup.engines.phases import Phase
from groundup.engines.service import Service
from groundup.engines.upload import Upload
from groundup.engines.wire import Lost, Wire
from groundup.errors import HTTPException, ProtocolError, ResponseError
from groundup.events import RequestHead
from groundup.request import Request
from groundup.response import Response
from groundup.states import UNREAD
from groundup.timeouts import NEVER, after

log = logging.getLogger("groundup.server")


class Talk:
    """One connection. `deadline` is when its `phase` has lasted too long.

    `began_at`: when the head of its request began. `broken`: an answer broke off.
    """

    __slots__ = (
        "_counted", "_outflow", "began_at", "broken", "client_addr", "connection", "deadline",
        "ended", "late_at", "phase", "service", "since",
        "wire",
    )  # fmt: skip

    def __init__(self, service: Service, wire: Wire, client_addr: Any) -> None:
        self.service = service
        self.wire = wire
        self.client_addr = client_addr
        self.connection = service.connection()
        self.phase = Phase.FRESH
        self.began_at = service.clock()
        self.since = 0.0  # when its request was ready to be answered
        self.deadline = after(service.timeouts.header, self.began_at)
        self.broken = False
        self.ended = False  # the client will send no more
        self.late_at = NEVER  # when its handler will have worked too long
        self._counted = False  # its request is in flight
        self._outflow: Outflow | None = None  # while a streamed response is being sent

    def receive(self, data: bytes) -> None:
        """Bytes have come; b"": no more will."""
        self.ended = self.ended or not data
        self.connection.receive(data)

    def next_request(self) -> Request | None:
        """The next request whose head is here; its body may still be coming (`source`).

        None: none is here, or none will come (`must_close`). Raises ProtocolError.
        """
        service = self.service
        whole = self.connection.next_whole()
        if whole is not None:
            return Request(*whole, client_addr=self.client_addr, worker=service.worker)
        event = self.connection.next_event()
        if not isinstance(event, RequestHead):
            return None
        source = Upload(self)
        return Request(event, client_addr=self.client_addr, worker=service.worker, source=source)

    def settle(self) -> None:
        """Nothing is ready: what is waited for now, and until when. Bytes do not move that."""
        connection, timeouts = self.connection, self.service.timeouts
        seconds: float | None = DRAIN_SECONDS
        if connection.state is UNREAD:
            phase = Phase.UNREAD
        elif connection.began:
            phase, seconds = Phase.HEAD, timeouts.head
        elif self.phase is Phase.FRESH:
            return
        else:
            phase, seconds = Phase.IDLE, timeouts.keep_alive
        if phase is not self.phase:
            self.phase, now = phase, self.service.clock()
            self.began_at, self.deadline = now, after(seconds, now)

    def started(self, *, queued: bool) -> None:
        """A request is being answered."""
        self.phase = Phase.WORKING
        if self.service.metrics is not None:
            self._counted = True
            self.service.metrics.started(queued=queued)
            if not queued:
                self.since = self.service.clock()

    def answered(self, request: Request, status_code: int, size: int) -> None:
        """Its response has been sent."""
        self.service.answered(request, status_code, size)
        self._count(status_code)

    def _count(self, status_code: int | None) -> None:
        """Its request is no longer in flight: answered with this status, or cut off."""
        counted, self._counted = self._counted, False
        if counted and self.service.metrics is not None:
            seconds = self.service.clock() - self.since
            self.service.metrics.ended(status_code, seconds)

    # A handler's time. Serial has nobody who could look at a clock while a handler works.

    def start_work(self) -> None:
        """A handler is about to be called."""
        self.late_at = after(self.service.timeouts.handler, self.service.clock())

    def finish_work(self) -> None:
        """It has answered. Raises Abandoned if somebody else has, meanwhile."""
        self.late_at = NEVER

    def await_work(self) -> None:
        """It is awaited, by a loop that has a timer for it."""

    def reading(self, now: bool) -> None:
        """It waits for more of a body, or does no longer. Raises Abandoned."""

    def until(self, deadline: float) -> float:
        """The same deadline, or the handler's if that is sooner."""
        return min(deadline, self.late_at)

    def out_of_time(self) -> None:
        """A wait has ended: HTTPException 503 if that was the handler's deadline."""
        if self.service.clock() >= self.late_at:
            raise HANDLER_LATE

    # What is sent.

    def send(self, request: Request, response: Response) -> None:
        """One whole response, in one send."""
        connection, service = self.connection, self.service
        status = response.status_code
        if service.draining:
            connection.close_next()
        try:
            data = connection.send_response(
                status, response.fields, response.body, date=service.date()
            )
        except ResponseError:
            log.exception("%s %r: its response may not be sent", request.method, request.target)
            status, data = 500, connection.refuse(CRASH, date=service.date())
        self.wire.send(data)
        self.answered(request, status, len(data))

    def fail(self, request: Request, error: Exception) -> None:
        """What the client gets for an exception: an answer, a refusal, or an end it can see."""
        self.finish_work()
        try:
            if isinstance(error, Lost):
                raise error
            if not isinstance(error, HTTPException) or isinstance(error, ResponseError):
                log.error("%s %r failed", request.method, request.target, exc_info=error)
                error = CRASH
            if not self.connection.can_refuse:
                self.cut()  # a response has begun
            elif isinstance(error, ProtocolError) or error is HANDLER_LATE:
                self.refuse(error)
            else:
                self.send(request, plain(error))
        except Lost:
            self.ended = True
            self.cut()

    def refuse(self, error: HTTPException, *, wait: bool = True) -> None:
        """One last answer; without `wait` it goes out now or never. Raises Lost."""
        self.phase = Phase.WORKING
        data = self.connection.refuse(error, date=self.service.date())
        if self._counted:
            self._count(error.status_code)
        elif self.service.metrics is not None:
            self.service.metrics.refused()
        self.service.refused(error, self.client_addr)
        if wait:
            self.wire.send(data)
        elif not self.wire.send_now(data):
            raise Lost("the client reads nothing")

    def cut(self) -> None:
        """Give up on this connection, so that its client can see it."""
        self.broken = True
        self.connection.abort()
        self._count(None)

    def close(self) -> None:
        """Close the socket. What was cut off in the middle must not look complete."""
        self.phase = Phase.GONE
        self.deadline = NEVER
        if self._cut_raw:
            self.wire.reset()
        elif self.broken:
            self.wire.sock.close()
        else:
            self.wire.close()

    @property
    def lingers(self) -> bool:
        """Whether closing now could reset a client that is sending, and has its answer unread."""
        return self.phase is Phase.WORKING and not self.ended and not self._cut_raw

    @property
    def _cut_raw(self) -> bool:
        """Whether a body broke off that only the connection's end would have ended."""
        return self.broken and self._outflow is not None and self._outflow.until_close

    @property
    def overdue(self) -> HTTPException | None:
        """What to refuse it with when its deadline has passed; None: close without a word."""
        return ProtocolError(*HEADER_LATE) if self.phase is Phase.HEAD else None
