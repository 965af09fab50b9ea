"""One connection of the threads engine: now the poller has it, now a worker.

Apart from the conversation because here two threads may both want to answer: the worker whose
handler is slow, and the poller when that has taken too long. The rule: who answers is decided
under the seat's lock; nothing is sent while it is held.
"""

from __future__ import annotations

import threading
from typing import Any

from groundup.blocking import Conversation, Then
from groundup.engines.common import BODY_LATE, LINGER_BYTES
from groundup.engines.phases import Abandoned, Phase
from groundup.engines.service import Service
from groundup.engines.upload import Upload
from groundup.engines.wire import Wire
from groundup.errors import HTTPException, ProtocolError
from groundup.request import Request
from groundup.timeouts import NEVER, after


class Seat(Conversation):
    """A connection that changes hands. `request` is ready for a worker; with `then`, collected."""

    __slots__ = (
        "_abandoned", "_lock", "_reading", "doomed", "fd", "known", "linger_left", "request",
        "then", "upload",
    )  # fmt: skip

    def __init__(self, service: Service, wire: Wire, client_addr: Any) -> None:
        super().__init__(service, wire, client_addr)
        self.fd = wire.sock.fileno()
        self.known = False  # to the polling
        self.doomed = False  # it came when there was no room
        self.request: Request | None = None
        self.then: Then | None = None
        self.upload: Upload | None = None  # while a body is being collected
        self.linger_left = LINGER_BYTES
        self._reading = False  # its handler waits for the body, with a deadline of its own
        self._abandoned = False  # its handler was too late, and the poller has answered
        self._lock: threading.Lock | None = None
        if service.timeouts.handler is not None:
            self._lock = threading.Lock()
        if wire.tls:
            self.phase = Phase.HANDSHAKE

    def take(self) -> Request | None:
        """The request that is ready; None: there is none, or it was refused."""
        request, self.request = self.request, None
        if request is not None:
            return request
        try:
            request = self.next_request()
        except ProtocolError as error:
            self.refuse(error)
            return None
        if request is not None and (refusal := self.service.too_often(request)) is not None:
            self.refuse(refusal)
            return None
        return request

    # What a worker does; the lock is needed only where handlers have a deadline.

    def start_work(self) -> None:
        if self._lock is not None:
            super().start_work()
            with self._lock:
                self.phase, self.deadline = Phase.WORKING, self.late_at

    def finish_work(self) -> None:
        if self._lock is not None:
            with self._lock:
                self._check()
                self.late_at = self.deadline = NEVER

    def await_work(self) -> None:
        if self._lock is not None:
            with self._lock:
                self._check()
                self.deadline = NEVER

    def reading(self, now: bool) -> None:
        if self._lock is not None:
            with self._lock:
                self._check()
                self._reading = now

    def _check(self) -> None:
        if self._abandoned:
            raise Abandoned

    def abandon(self, now: float) -> bool:
        """The poller's: its handler is late, and from now on the poller has it, if True."""
        if self._lock is None:
            return False
        with self._lock:
            if self.phase is not Phase.WORKING or self._reading or now < self.deadline:
                return False
            self._abandoned, self.deadline = True, NEVER
            return True

    def collect(self, request: Request, upload: Upload, then: Then) -> bool:
        """Take the body that is here; what is not will be collected by the poller."""
        body = upload.collect()
        if body is None:
            data = self.wire.receive_now()
            if data is not None:
                self.receive(data)
                body = upload.collect()
        if body is None:
            self.request, self.then, self.upload = request, then, upload
            return False
        request.complete(body)
        self.answer_collected(request, then)
        return True

    @property
    def overdue(self) -> HTTPException | None:
        return ProtocolError(*BODY_LATE) if self.phase is Phase.BODY else super().overdue

    def last_words(self) -> None:
        """Everything has been said; what the client still sends is ignored for a while."""
        self.wire.end()
        self.phase = Phase.LINGER
        self.deadline = after(self.service.timeouts.linger, self.service.clock())
