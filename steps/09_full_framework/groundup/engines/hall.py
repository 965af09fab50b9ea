"""All connections of the threads engine: who is here, who waits, and who must leave.

Apart from the poller because workers come here, too, to hand a connection back. The rule: a
connection is handed over under the lock, in one step: its phase, its deadline and its place among
the sockets that are watched; so whoever holds the lock sees each of them either here or there.
"""

from __future__ import annotations

import threading

from groundup.engines.common import FRESH_GRACE
from groundup.engines.phases import Phase
from groundup.engines.polling import Polling
from groundup.engines.seat import Seat
from groundup.engines.service import Service
from groundup.engines.wire import Lost
from groundup.errors import HTTPException
from groundup.net import Waker
from groundup.timeouts import NEVER


class Hall:
    """The seats of one server."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.waker = Waker()  # wakes the poller
        self.polling = Polling(self.waker.wake)
        self._lock = threading.Lock()
        self._seats: dict[int, Seat] = {}  # by descriptor, in the order of their coming

    def __len__(self) -> int:
        return len(self._seats)

    def get(self, fd: int) -> Seat | None:
        """Who sits at this descriptor."""
        return self._seats.get(fd)

    def admit(self, seat: Seat) -> bool:
        """Let somebody in; False when there is no room, and nobody idle who could make some."""
        with self._lock:
            room = len(self._seats) < self._service.limits.connections
            idle = None if room else self._longest_idle()
            self._seats[seat.fd] = seat
        if idle is not None:
            self.close(idle)
        return room or idle is not None

    def _longest_idle(self) -> Seat | None:
        came = self._service.clock() - FRESH_GRACE
        for seat in self._seats.values():
            # One that is so new may have its first request under way: in a flood all are new.
            if seat.phase is Phase.IDLE or (seat.phase is Phase.FRESH and seat.began_at <= came):
                seat.phase = Phase.GONE
                return seat
        return None

    def make_room(self) -> bool:
        """Close whoever has been idle longest; False if nobody is."""
        with self._lock:
            seat = self._longest_idle()
        if seat is not None:
            self.close(seat)
        return seat is not None

    def park(self, seat: Seat) -> bool:
        """Nothing is ready on it: watch it. When the server stops, an idle one leaves instead.

        False: its next request was already here; somebody has to go on with it.
        """
        with self._lock:
            seat.settle()
            stays = seat.phase is not Phase.IDLE or not self._service.draining
            if stays:
                self.polling.arm(seat)
        return stays or self.dismiss(seat)

    def dismiss(self, seat: Seat) -> bool:
        """An idle connection ends; False: its next request has just arrived."""
        try:
            data = seat.wire.receive_now()
        except Lost:
            data = None
        if not data:
            self.close(seat)
            return True
        seat.receive(data)
        seat.phase, seat.deadline = Phase.WORKING, NEVER
        return False

    def collect(self, seat: Seat) -> None:
        """Its body is not all here: watch it."""
        assert seat.upload is not None
        with self._lock:
            seat.phase, seat.deadline = Phase.BODY, seat.upload.deadline
            self.polling.arm(seat)

    def end(self, seat: Seat) -> None:
        """Everything has been said: close it, but not in the face of a client that is sending."""
        if not seat.lingers:
            self.close(seat)
            return
        with self._lock:
            seat.last_words()
            self.polling.arm(seat)

    def refuse(self, seat: Seat, error: HTTPException) -> None:
        """One last answer, for which nobody waits."""
        try:
            seat.refuse(error, wait=False)
        except Lost:
            seat.cut()
        self.end(seat)

    def close(self, seat: Seat) -> None:
        """It leaves."""
        with self._lock:
            self._seats.pop(seat.fd, None)
            empty = not self._seats
        self.polling.forget(seat)
        seat.close()
        if empty and self._service.draining:
            self.waker.wake()

    def late(self, now: float) -> list[Seat]:
        """Those whose deadline has passed, and whose it is to leave or to be told."""
        with self._lock:
            return [seat for seat in self._seats.values() if seat.deadline <= now]

    def drain(self, grace: float) -> list[Seat]:
        """From now on nobody stays idle: those who are, and those who are being answered.

        A new connection may have its first byte under way, and has until `grace` for it.
        """
        with self._lock:
            for seat in self._seats.values():
                if seat.phase in (Phase.FRESH, Phase.HANDSHAKE):
                    seat.deadline = min(seat.deadline, grace)
            return [s for s in self._seats.values() if s.phase in (Phase.IDLE, Phase.WORKING)]

    def everybody(self) -> list[Seat]:
        """All seats."""
        with self._lock:
            return list(self._seats.values())
