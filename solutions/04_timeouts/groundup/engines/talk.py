"""One client's connection in time: what it waits for, until when, and its next request.

Apart from the server because nothing here waits: bytes go in by `receive`, requests come out of
`next_request`, and `deadline` says when it is too late. Whoever does the waiting, by whatever
means, looks at that. The rule: a deadline belongs to a phase and is set when that begins; bytes
that trickle in do not move it.
"""

from __future__ import annotations

from collections.abc import Callable

from groundup.connection import Connection
from groundup.engines.phases import Phase
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA, Data, EndOfMessage, RequestHead
from groundup.limits import Limits
from groundup.request import Request
from groundup.timeouts import NEVER, BodyClock, Timeouts, after

LATE = {
    Phase.HEAD: "the request head took too long",
    Phase.BODY: "the request body came too slowly",
}


class Talk:
    """One connection. `deadline` is when its `phase` has lasted too long."""

    __slots__ = (
        "_body", "_body_clock", "_clock", "_head", "_timeouts",
        "client_addr", "connection", "deadline", "phase",
    )  # fmt: skip

    def __init__(
        self,
        limits: Limits,
        timeouts: Timeouts,
        clock: Callable[[], float],
        client_addr: tuple[str, int] | None = None,
    ) -> None:
        self.connection = Connection(limits)
        self.client_addr = client_addr
        self.phase = Phase.FRESH
        self.deadline = after(timeouts.head, clock())
        self._timeouts = timeouts
        self._clock = clock
        self._head: RequestHead | None = None  # while its body is being collected
        self._body: list[bytes] = []
        self._body_clock = BodyClock(timeouts, 0.0)

    def receive(self, data: bytes) -> None:
        """Bytes have come; b"": no more will."""
        self.connection.receive(data)

    def next_request(self) -> Request | None:
        """The next request, head and whole body. Raises ProtocolError.

        None: more has to come first, before `deadline`; or nothing will, and the connection
        `must_close`.
        """
        while True:
            event = self.connection.next_event()
            if isinstance(event, RequestHead):
                self._begin_body(event)
            elif isinstance(event, Data):
                self._body_clock.received(len(event.data), self._clock())
                self._body.append(event.data)
            elif isinstance(event, EndOfMessage) and self._head is not None:
                return self._complete(self._head)
            else:
                if event is NEED_DATA:
                    self.settle()
                return None

    @property
    def overdue(self) -> ProtocolError | None:
        """What to refuse it with, now that its deadline has passed; None: close without a word.

        Asked when it is too late, so it depends on the phase and looks at no clock. Who has begun
        a request is told by a 408 what went wrong. Who has not is owed nothing; and a 408 might be
        taken for the answer to the request that is just on its way.
        """
        if self.phase not in LATE:
            return None
        return ProtocolError(408, LATE[self.phase], "RFC 9110 §15.5.9")

    def _begin_body(self, head: RequestHead) -> None:
        """A head is here; its body has a clock of its own."""
        self._head = head
        self._body_clock = BodyClock(self._timeouts, self._clock())

    def _complete(self, head: RequestHead) -> Request:
        """All of it is here: now it is the handler's time, and no deadline of ours."""
        request = Request(head, b"".join(self._body), client_addr=self.client_addr)
        self._head, self._body = None, []
        self.phase, self.deadline = Phase.WORKING, NEVER
        return request

    def settle(self) -> None:
        """Nothing is ready: what is waited for from now on, and until when.

        In this order. A body: until its clock says so, which may be another moment each time. A
        head that has begun (`connection.began`): `timeouts.head`. A client that has not said
        anything yet has its deadline from the start. Else it is between two requests:
        `timeouts.keep_alive`. The last three are set when their phase begins, and then stay.
        """
        if self._head is not None:
            self.phase, self.deadline = Phase.BODY, self._body_clock.deadline
            return
        if self.connection.began:
            phase, seconds = Phase.HEAD, self._timeouts.head
        elif self.phase is Phase.FRESH:
            return
        else:
            phase, seconds = Phase.IDLE, self._timeouts.keep_alive
        if phase is not self.phase:
            self.phase, self.deadline = phase, after(seconds, self._clock())
