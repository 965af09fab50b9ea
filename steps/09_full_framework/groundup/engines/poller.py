"""The thread that watches all sockets: it reads what has come, and looks at the clock.

Apart from the workers because it must never wait for anybody. The rule: only a request that is
ready takes a worker; silence, half a head and half a body cost a place in the hall, no thread.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from contextlib import suppress

from groundup.engines.common import BUSY, FRESH_GRACE, HANDLER_LATE, TOO_MANY
from groundup.engines.entrance import Entrance
from groundup.engines.hall import Hall
from groundup.engines.phases import Phase
from groundup.engines.seat import Seat
from groundup.engines.service import Service
from groundup.engines.wire import Lost
from groundup.engines.workers import Workers
from groundup.errors import ProtocolError
from groundup.timeouts import NEVER

log = logging.getLogger("groundup.server")


class Poller:
    """Runs in the thread that calls `run`; all its methods do, but `stop`."""

    def __init__(
        self,
        service: Service,
        hall: Hall,
        workers: Workers[Seat],
        entrance: Entrance,
    ) -> None:
        self._service = service
        self._hall = hall
        self._workers = workers
        self._entrance = entrance
        self._sweep_at = 0.0

    def stop(self) -> None:
        """Make `run` return, from any thread."""
        self._service.draining = True  # from now on every answer says that it is the last
        self._hall.waker.wake()

    def run(self) -> None:
        """Until `stop`."""
        polling = self._hall.polling
        polling.watch(self._hall.waker.fileno())
        self._entrance.open()
        while not self._service.draining:
            self._turn(self._service.timeouts.granularity)

    def drain(self) -> bool:
        """Let everything that has begun come to its end; True if it did in `graceful` seconds."""
        service, hall = self._service, self._hall
        self._entrance.close()
        self._turn(0)  # what has arrived is read before anybody is called idle
        give_up = service.clock() + service.timeouts.graceful
        for seat in hall.drain(service.clock() + FRESH_GRACE):
            if seat.phase is Phase.WORKING:
                seat.stop_stream()
            elif not hall.dismiss(seat):
                self._workers.put(seat)
        while len(hall) and service.clock() < give_up:
            self._turn(min(0.1, service.timeouts.granularity))
        return self._cut_off()

    def close(self) -> None:
        """Give back what it watched with, however it ended."""
        self._entrance.listener.close()
        self._hall.polling.close()
        self._hall.waker.close()

    def _cut_off(self) -> bool:
        """End what has not ended by itself; True if there was nothing."""
        left = self._hall.everybody()
        for seat in left:
            if seat.phase is Phase.WORKING:  # a worker has it: it will find the socket dead
                with suppress(OSError):
                    seat.wire.sock.shutdown(socket.SHUT_RDWR)
            else:
                self._hall.close(seat)
        return not left

    def _turn(self, seconds: float) -> None:
        """Wait for something to happen, and see to it."""
        hall = self._hall
        seconds = min(seconds, self._workers.hurry())
        for fd in hall.polling.wait(seconds):
            seat = hall.get(fd)
            if seat is not None:
                self._guarded(self._ready, seat)
            elif fd == self._hall.waker.fileno():
                self._hall.waker.clear()
            else:
                self._entrance.accept()
        now = self._service.clock()
        granularity = self._service.timeouts.granularity
        if not 0 < self._sweep_at - now <= granularity:  # it is time; or the clock was set back
            self._sweep_at = now + granularity
            self._sweep(now)

    def _guarded(self, see_to: Callable[..., None], seat: Seat, *more: float) -> None:
        """Whatever goes wrong with one connection ends that one alone."""
        try:
            see_to(seat, *more)
        except Exception as error:
            if not isinstance(error, Lost):
                log.exception("%s: a connection failed", seat.client_addr)
            seat.cut()
            self._hall.close(seat)

    # Those who have something to say.

    def _ready(self, seat: Seat) -> None:
        """Bytes have come, or the end of them. Raises Lost."""
        if seat.phase is Phase.HANDSHAKE and not self._shake_hands(seat):
            return
        data = seat.wire.receive_now()
        if data is None:
            self._hall.polling.arm(seat)
        elif seat.phase is Phase.LINGER:
            self._ignore(seat, len(data))
        else:
            seat.receive(data)
            if seat.upload is None:
                self._advance(seat)
            else:
                self._collect(seat)

    def _shake_hands(self, seat: Seat) -> bool:
        """True if the handshake is done, and the connection may be used."""
        if not seat.wire.handshake_now():
            self._hall.polling.arm(seat)
            return False
        seat.phase = Phase.FRESH
        if seat.doomed:
            self._hall.refuse(seat, TOO_MANY)
        return not seat.doomed

    def _ignore(self, seat: Seat, size: int) -> None:
        seat.linger_left -= size
        if size == 0 or seat.linger_left <= 0:
            self._hall.close(seat)
        else:
            self._hall.polling.arm(seat)

    def _advance(self, seat: Seat) -> None:
        """A request may be ready."""
        try:
            request = seat.next_request()
        except ProtocolError as fault:
            self._hall.refuse(seat, fault)
            return
        if request is None:
            if seat.connection.must_close:
                self._hall.end(seat)
            elif not self._hall.park(seat):
                self._workers.put(seat)
        elif (error := self._service.too_often(request)) is not None:
            self._hall.refuse(seat, error)
        elif not self._workers.has_room():
            self._hall.refuse(seat, BUSY)
        else:
            seat.request = request
            self._hand_over(seat)
            if self._service.metrics is not None:
                seat.since = self._service.clock()
                self._service.metrics.queued()
            self._workers.put(seat)

    def _collect(self, seat: Seat) -> None:
        """More of a body has come."""
        assert seat.upload is not None and seat.request is not None
        try:
            body = seat.upload.collect()
        except ProtocolError as error:
            self._hall.refuse(seat, error)
            return
        if body is None:
            self._hall.collect(seat)
            return
        seat.request.complete(body)
        seat.upload = None
        self._hand_over(seat)
        self._workers.put(seat)

    def _hand_over(self, seat: Seat) -> None:
        """From now on a worker has it."""
        seat.phase, seat.deadline = Phase.WORKING, NEVER

    # Those who are late.

    def _sweep(self, now: float) -> None:
        for seat in self._hall.late(now):
            self._guarded(self._expire, seat, now)
        self._entrance.look(now)

    def _expire(self, seat: Seat, now: float) -> None:
        """Its deadline has passed: a refusal where one is due, else it is closed."""
        phase = seat.phase  # read first: a worker may be handing it back, with a new deadline
        if phase is Phase.WORKING:
            if seat.abandon(now):
                self._hall.refuse(seat, HANDLER_LATE)
            return
        if seat.deadline > now:
            return
        error = seat.overdue
        if error is not None:
            self._hall.refuse(seat, error)
        else:
            self._hall.close(seat)
