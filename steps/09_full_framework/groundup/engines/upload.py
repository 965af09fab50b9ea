"""A request's body on its way in, for a thread that may wait.

Apart from the conversation because two read it: a handler that asks for its parts, and an engine
that collects it whole before it calls the handler. The rule: a peer that waits for a 100 gets it
when somebody begins to read, and whoever reads is held up by the body's clock, never for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundup.engines.common import BODY_LATE
from groundup.engines.wire import Lost
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA, Data, EndOfMessage, Event
from groundup.timeouts import NEVER, BodyClock, after

if TYPE_CHECKING:
    from groundup.engines.talk import Talk


class Upload:
    """One body. `fault` is why it could not be read, and outlives a handler that swallows it."""

    __slots__ = ("_clock", "_connection", "_latest", "_parts", "_talk", "fault")

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._connection = talk.connection
        self._clock: BodyClock | None = None
        self._latest = NEVER
        self._parts: list[bytes] = []
        self.fault: Exception | None = None

    # For a handler that reads it as a stream.

    def read_blocking(self) -> bytes:
        """The next part, b"" at its end. Raises ProtocolError, and Lost when the peer is gone."""
        clock = self._clock or self._start(streamed=True)
        self._talk.reading(True)
        clock.resume(self._now())
        try:
            self.invite()
            while (event := self._next_event()) is NEED_DATA:
                self.wait_for_more()
            return event.data if isinstance(event, Data) else b""
        except Exception as error:
            self.fault = self.fault or error
            raise
        finally:
            clock.pause(self._now())
            self._talk.reading(False)

    async def read(self) -> bytes:
        """The same; the loop that waits here belongs to this request alone."""
        return self.read_blocking()

    # For a layer around a handler that wants it whole.

    def whole_blocking(self) -> bytes:
        """The whole body, up to its limit. Raises as `read_blocking` does."""
        self._talk.reading(True)
        try:
            self.begin()
            while (body := self.collect()) is None:
                self.wait_for_more()
            return body
        except Exception as error:
            self.fault = self.fault or error
            raise
        finally:
            self._talk.reading(False)

    async def whole(self) -> bytes:
        """The same; the loop that waits here belongs to this request alone."""
        return self.whole_blocking()

    # For an engine that collects it.

    def begin(self) -> None:
        """It will be collected whole. ProtocolError 413 if it says that it is too large."""
        self._connection.limit_body(self._talk.service.limits.body)
        self._start(streamed=False)
        self.invite()

    def collect(self) -> bytes | None:
        """The whole body if all of it has come; else keep what is here, and None."""
        while (event := self._next_event()) is not NEED_DATA:
            if isinstance(event, EndOfMessage):
                return b"".join(self._parts)
            if not isinstance(event, Data):
                raise Lost("the connection has ended inside a body")
            self._parts.append(event.data)
        return None

    def wait_for_more(self) -> None:
        """Receive once. ProtocolError 408 when that takes too long."""
        try:
            data = self._talk.wire.receive(self._talk.until(self.deadline))
        except TimeoutError:
            self._talk.out_of_time()
            raise ProtocolError(*BODY_LATE) from None
        if data is not None:
            self._talk.receive(data)

    @property
    def deadline(self) -> float:
        """When it is too late for more of it."""
        return NEVER if self._clock is None else min(self._clock.deadline, self._latest)

    def invite(self) -> None:
        """Send the 100 that the peer may be waiting for."""
        if self._connection.awaiting_continue:
            self._talk.wire.send(self._connection.send_continue())

    def _start(self, *, streamed: bool) -> BodyClock:
        timeouts = self._talk.service.timeouts
        self._clock = BodyClock(timeouts, self._now(), streamed=streamed)
        if not streamed:
            self._latest = after(timeouts.request, self._talk.began_at)
        return self._clock

    def _next_event(self) -> Event:
        event = self._connection.next_event()
        if isinstance(event, Data) and self._clock is not None:
            self._clock.received(len(event.data), self._now())
        return event

    def _now(self) -> float:
        return self._talk.service.clock()
