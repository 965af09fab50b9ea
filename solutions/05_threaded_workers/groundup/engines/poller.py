"""The one thread that watches every connection that waits: it reads what has come, and the clock.

Apart from the workers because it must never wait for anybody: one selector waits for a thousand
clients at once, and each recv and send here is one that does not block. The rule: a connection
belongs to the poller or to one worker, never to both; so it needs no lock.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from selectors import EVENT_READ, DefaultSelector

from groundup.engines.phases import Phase
from groundup.engines.talk import Talk
from groundup.engines.wire import RECV_SIZE, Wire
from groundup.errors import HTTPException, ProtocolError
from groundup.limits import Limits
from groundup.metrics import Metrics
from groundup.net import Waker
from groundup.request import Request
from groundup.server import log, refusal
from groundup.timeouts import Timeouts, after

FRESH_GRACE = 1.0  # seconds that a stopping server gives a new connection for its first byte
DRAIN_PACE = 0.02  # seconds between two looks at what is left, when it stops


@dataclass(slots=True, eq=False)
class Seat:
    """One connection, and what poller and worker tell each other about it."""

    wire: Wire
    talk: Talk
    request: Request | None = None  # the one that a worker has to answer
    since: float = 0.0  # when it was complete
    answered: bool = False  # the whole answer has been sent


@dataclass(eq=False)
class Poller:
    """Runs in the thread that calls `run`; so do all its methods but `stop` and `hand_back`.

    `admit(seat)` is called when a request is complete. None: a worker will answer, and hand the
    seat back. Otherwise it is the error that the client is refused with.
    """

    listener: socket.socket
    admit: Callable[[Seat], HTTPException | None]
    limits: Limits
    timeouts: Timeouts
    clock: Callable[[], float]
    metrics: Metrics
    stopping: bool = False
    _waker: Waker = field(default_factory=Waker)
    _selector: DefaultSelector = field(default_factory=DefaultSelector)
    _seats: dict[socket.socket, Seat] = field(default_factory=dict)  # in the order of their coming
    _returned: deque[Seat] = field(default_factory=deque)  # by workers; its append needs no lock
    _sweep_at: float = 0.0

    def stop(self) -> None:
        """Make `run` return, from any thread."""
        self.stopping = True
        self._waker.wake()

    def hand_back(self, seat: Seat) -> None:
        """A worker has done with it: from now on it is the poller's again. From any thread."""
        self._returned.append(seat)
        self._waker.wake()

    def run(self) -> None:
        """Watch until `stop`."""
        self.listener.setblocking(False)  # a client may leave between select and accept
        self._selector.register(self.listener, EVENT_READ, self._accept)
        self._selector.register(self._waker, EVENT_READ, self._waker.clear)
        while not self.stopping:
            self.turn(self.timeouts.granularity)

    def drain(self) -> None:
        """Answer whoever has asked, for `timeouts.graceful` seconds at most.

        First `_accept` everybody: a listener that is closed resets those in its backlog. Unwatch
        and close it. Who is FRESH has at most FRESH_GRACE from now for a first byte. Then
        `turn(DRAIN_PACE)` while there are seats and time; after each, `_close` who is IDLE.
        """
        while self._accept():
            pass
        self._selector.unregister(self.listener)
        self.listener.close()
        now = self.clock()
        for seat in self._seats.values():
            if seat.talk.phase is Phase.FRESH:
                seat.talk.deadline = min(seat.talk.deadline, now + FRESH_GRACE)
        while self._seats and self.clock() < now + self.timeouts.graceful:
            self.turn(DRAIN_PACE)
            for seat in list(self._seats.values()):
                if seat.talk.phase is Phase.IDLE:
                    self._close(seat)

    def close(self) -> None:
        """Cut off who is left. One that a worker has is shut down only: the socket is in use."""
        for seat in list(self._seats.values()):
            with suppress(OSError):
                seat.wire.sock.shutdown(socket.SHUT_RDWR)
            if seat.talk.phase is not Phase.WORKING:
                self._close(seat)
        self.listener.close()
        self._selector.close()
        self._waker.close()

    def turn(self, seconds: float) -> None:
        """Take back, read what has come (wait so long for it), look at the clock."""
        while self._returned:
            self.park(self._returned.popleft())
        for key, _ in self._selector.select(seconds):
            key.data()
        now = self.clock()
        if now >= self._sweep_at:
            self._sweep_at = now + self.timeouts.granularity
            for seat in [seat for seat in self._seats.values() if seat.talk.deadline <= now]:
                self._refuse(seat, seat.talk.overdue)

    def _accept(self) -> bool:
        """Let one client in; False when nobody is there any more."""
        try:
            sock, address = self.listener.accept()
        except OSError:
            return False
        wire = Wire(sock, self.timeouts, self.clock)
        seat = Seat(wire, Talk(self.limits, self.timeouts, self.clock, address[:2]))
        room = len(self._seats) < self.limits.connections or self._make_room()
        self._seats[sock] = seat
        self._selector.register(sock, EVENT_READ, partial(self._ready, seat))
        if not room:
            self._refuse(seat, HTTPException(503, "too many connections", {"retry-after": "1"}))
        return True

    def _make_room(self) -> bool:
        """Close the first that is between two requests; False when there is none."""
        idle = next((seat for seat in self._seats.values() if seat.talk.phase is Phase.IDLE), None)
        if idle is not None:
            self._close(idle)
        return idle is not None

    def _ready(self, seat: Seat) -> None:
        """Bytes have come, or the end of them."""
        try:
            data = seat.wire.sock.recv(RECV_SIZE)
        except BlockingIOError:
            return
        except OSError:
            self._close(seat)
            return
        if seat.talk.phase is not Phase.LINGER:
            seat.talk.receive(data)
            self._advance(seat)
        elif not data:
            self._close(seat)

    def _advance(self, seat: Seat) -> None:
        """See what the bytes so far are: a request, a part of one, or nonsense."""
        try:
            seat.request = seat.talk.next_request()
        except ProtocolError as fault:
            self._refuse(seat, fault)
            return
        if seat.request is not None:
            seat.since, seat.answered = self.clock(), False
            if (error := self.admit(seat)) is not None:
                self._refuse(seat, error)
            else:
                self._selector.unregister(seat.wire.sock)
        elif seat.talk.connection.must_close:  # the client has left
            self._close(seat)
        else:
            self._say(seat, seat.talk.connection.send_continue())

    def park(self, seat: Seat) -> None:
        """Take a seat back from a worker: watch it, and go on with what has come already.

        One not `answered`, or whose connection `must_close`, comes to its end, watched as well.
        """
        self._selector.register(seat.wire.sock, EVENT_READ, partial(self._ready, seat))
        if seat.answered and not seat.talk.connection.must_close:
            self._advance(seat)
        else:
            self._end(seat)

    def _refuse(self, seat: Seat, error: HTTPException | None) -> None:
        """The last words on this connection; None: it ends without any."""
        if error is None:
            self._close(seat)
            return
        log.info("refused: %s", error)
        self.metrics.refused()
        self._say(seat, refusal(seat.talk.connection, error))
        self._end(seat)

    def _say(self, seat: Seat, data: bytes) -> None:
        """A few bytes, now or never: here nobody waits for a reader."""
        with suppress(OSError):
            seat.wire.sock.send(data)

    def _end(self, seat: Seat) -> None:
        """No more will be sent; read on for a while, so that the last answer is not reset."""
        with suppress(OSError):  # it has gone
            seat.wire.sock.shutdown(socket.SHUT_WR)
        seat.talk.phase = Phase.LINGER
        seat.talk.deadline = after(self.timeouts.linger, self.clock())

    def _close(self, seat: Seat) -> None:
        """It leaves; a second time does no harm."""
        self._seats.pop(seat.wire.sock, None)
        with suppress(KeyError, ValueError):  # it is not watched; or it has been closed before
            self._selector.unregister(seat.wire.sock)
        seat.wire.sock.close()
