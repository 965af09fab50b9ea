"""One client's connection in time: what it waits for, until when, and its next request.

Apart from the engines because nothing here waits: bytes go in by `receive`, requests come out of
`next_request`, or a head by `next_head` and its body by `next_part`, and `deadline` says when it is
too late. The rule: a deadline belongs to a phase and is set when that begins; bytes that trickle in
do not move it. A body that nobody reads has no deadline: it is not the client who is slow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from groundup.connection import Connection
from groundup.engines.phases import Phase
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA, Data, RequestHead
from groundup.limits import Limits
from groundup.request import Request
from groundup.states import BODY
from groundup.timeouts import NEVER, BodyClock, Timeouts, after

DRAIN = 65536  # bytes of a body that nobody read, thrown away so that the connection can stay
LATE = {
    Phase.HEAD: "the request head took too long",
    Phase.BODY: "the request body came too slowly",
}


class Talk:
    """One connection. `deadline` is when its `phase` has lasted too long."""

    __slots__ = (
        "_body", "_body_clock", "_clock", "_limits", "_request", "_timeouts",
        "client_addr", "connection", "deadline", "phase",
    )  # fmt: skip

    def __init__(
        self,
        limits: Limits,
        timeouts: Timeouts,
        clock: Callable[[], float],
        client_addr: tuple[str, int] | None = None,
    ) -> None:
        streamed = replace(limits, body=limits.streamed_body)
        self.connection = Connection(limits, drain=DRAIN, streamed=streamed)
        self.client_addr = client_addr
        self.phase = Phase.FRESH
        self.deadline = after(timeouts.head, clock())
        self._limits = limits
        self._timeouts = timeouts
        self._clock = clock
        self._request: Request | None = None  # while its body is being collected
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
        if self._request is None:
            self._request = self.next_head()
            if self._request is None:
                return None
            if self.in_body:
                self.begin_body()
        while part := self.next_part():
            self._body.append(part)
        if part is None:
            return None
        request, self._request = self._request, None
        request.complete(b"".join(self._body))
        self._body = []
        return request

    def next_head(self) -> Request | None:
        """The next request as soon as its head is here; its body is up to `next_part`.

        None as for `next_request`. Raises ProtocolError. From here on it is the handler's time.
        """
        event = self.connection.next_event()
        if isinstance(event, RequestHead):
            self.phase, self.deadline = Phase.WORKING, NEVER
            if not event.framing.chunked and not event.framing.length:
                self.next_part()  # its end, which is all that there is
            return Request(event, client_addr=self.client_addr)
        if event is NEED_DATA:
            self.settle()
        return None

    @property
    def in_body(self) -> bool:
        """Whether a request has been given out whose body is still coming."""
        return self.connection.state is BODY

    def begin_body(self, *, streamed: bool = False) -> None:
        """Somebody begins to read: whole, within the limits, or as a stream, at a minimum rate.

        ProtocolError 413 for a body that says it is too large to be held.
        """
        self._body_clock = BodyClock(self._timeouts, self._clock(), streamed=streamed)
        if not streamed:
            self.connection.limit_body(self._limits.body)

    def next_part(self) -> bytes | None:
        """The next part of the body, b"" at its end. None: more has to come, before `deadline`.

        Raises ProtocolError, also where the connection ends before the body does.
        """
        event = self.connection.next_event()
        if isinstance(event, Data):
            self._body_clock.received(len(event.data), self._clock())
            return event.data
        if event is NEED_DATA:
            self.phase, self.deadline = Phase.BODY, self._body_clock.deadline
            return None
        self.phase, self.deadline = Phase.WORKING, NEVER
        return b""

    def pause_body(self) -> None:
        """The handler does something else: the peer cannot send, so its clock stands still."""
        self._body_clock.pause(self._clock())
        self.phase, self.deadline = Phase.WORKING, NEVER

    def resume_body(self) -> None:
        """The handler reads on."""
        self._body_clock.resume(self._clock())

    @property
    def overdue(self) -> ProtocolError | None:
        """What to refuse it with when its deadline has passed; None: close without a word.

        Who has begun a request is told by a 408 what went wrong. Who has not is owed nothing; and
        a 408 might be taken for the answer to the request that is just on its way.
        """
        if self.phase not in LATE:
            return None
        return ProtocolError(408, LATE[self.phase], "RFC 9110 §15.5.9")

    def settle(self) -> None:
        """Nothing is ready: what is waited for from now on, and until when.

        A head that has begun: `timeouts.head`. A client that has not said anything yet has its
        deadline from the start. Else it is between two requests: `timeouts.keep_alive`. Each is
        set when its phase begins, and then stays.
        """
        if self.connection.began:
            phase, seconds = Phase.HEAD, self._timeouts.head
        elif self.phase is Phase.FRESH:
            return
        else:
            phase, seconds = Phase.IDLE, self._timeouts.keep_alive
        if phase is not self.phase:
            self.phase, self.deadline = phase, after(seconds, self._clock())
