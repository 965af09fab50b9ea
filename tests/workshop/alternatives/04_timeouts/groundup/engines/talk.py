"""Another `talk`: it keeps since when it has been in its phase, and computes the rest when asked.

The phase follows from what is here, by a function with no side effects; entering another phase is
the only thing that takes the time.
"""

from __future__ import annotations

from collections.abc import Callable

from groundup.connection import Connection
from groundup.engines.phases import Phase
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA, PAUSED, Data, EndOfMessage, RequestHead
from groundup.limits import Limits
from groundup.request import Request
from groundup.timeouts import NEVER, BodyClock, Timeouts, after


class Talk:
    """One connection."""

    def __init__(
        self,
        limits: Limits,
        timeouts: Timeouts,
        clock: Callable[[], float],
        client_addr: tuple[str, int] | None = None,
    ) -> None:
        self.client_addr = client_addr
        self.connection = Connection(limits)
        self._now = clock
        self._timeouts = timeouts
        self._parts: tuple[RequestHead, list[bytes], BodyClock] | None = None
        self._allowed = {
            Phase.FRESH: timeouts.head,
            Phase.HEAD: timeouts.head,
            Phase.IDLE: timeouts.keep_alive,
        }
        self._enter(Phase.FRESH)

    @property
    def deadline(self) -> float:
        """When the phase has lasted too long."""
        if self.phase is Phase.WORKING:
            return NEVER
        if self._parts is not None:
            return self._parts[2].deadline
        return after(self._allowed[self.phase], self._since)

    def receive(self, data: bytes) -> None:
        """Bytes, or their end."""
        self.connection.receive(data)

    def next_request(self) -> Request | None:
        """The next whole one; None if more must come, or nothing will."""
        for event in iter(self.connection.next_event, NEED_DATA):
            if isinstance(event, RequestHead):
                self._parts = (event, [], BodyClock(self._timeouts, self._now()))
            elif isinstance(event, Data) and self._parts is not None:
                self._parts[1].append(event.data)
                self._parts[2].received(len(event.data), self._now())
            elif isinstance(event, EndOfMessage):
                return self._request()
            elif event is PAUSED or self.connection.must_close:
                return None
        self.settle()
        return None

    def settle(self) -> None:
        """Enter the phase that follows from what is here, unless it is this one."""
        phase = self._phase()
        if phase is not self.phase:
            self._enter(phase)

    @property
    def overdue(self) -> ProtocolError | None:
        """A 408 for who has begun to ask."""
        what = {Phase.HEAD: "head", Phase.BODY: "body"}.get(self.phase)
        if what is None:
            return None
        return ProtocolError(408, f"the {what} of this request is late", "RFC 9110 §15.5.9")

    def _phase(self) -> Phase:
        if self._parts is not None:
            return Phase.BODY
        if self.connection.began:
            return Phase.HEAD
        return self.phase if self.phase is Phase.FRESH else Phase.IDLE

    def _enter(self, phase: Phase) -> None:
        self.phase, self._since = phase, self._now()

    def _request(self) -> Request | None:
        if self._parts is None:
            return None
        head, body, _ = self._parts
        self._parts = None
        self._enter(Phase.WORKING)
        return Request(head, b"".join(body), client_addr=self.client_addr)
