"""A thread for each connection, and turns: at most `max_workers` of them answer at a time.

Another design than the solution's: no poller and no hand-over. Each thread reads its own client,
and asks for a turn when a request is complete. Turns are given in the order of asking.
"""

import logging
import select
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from math import ceil

from groundup.engines.phases import Phase
from groundup.engines.poller import Seat
from groundup.engines.talk import Talk
from groundup.engines.wire import Wire
from groundup.errors import HTTPException, ProtocolError
from groundup.limits import Limits
from groundup.metrics import Metrics
from groundup.net import Waker
from groundup.server import linger, refusal, respond
from groundup.timeouts import Timeouts, after

log = logging.getLogger("groundup.server")
PACE = 0.02  # seconds between two looks at the clock


class Turns:
    """A semaphore that is fair, and says no when too many wait."""

    def __init__(self, most, waiting):
        self._lock = threading.Lock()
        self._free, self._places = most, most + waiting
        self._line = deque()

    def place(self):
        with self._lock:
            self._places -= 1
            if self._places >= 0:
                return True
            self._places += 1
            return False

    def take(self):
        with self._lock:
            if self._free:
                self._free -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._line.append(mine)
        mine.acquire()

    def give(self):
        with self._lock:
            self._places += 1
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1


class Left(Exception):
    """The connection is over, without a word."""


class ThreadServer:
    """Thread per connection."""

    def __init__(
        self,
        listener,
        handle,
        *,
        limits=Limits(),  # noqa: B008
        timeouts=Timeouts(),  # noqa: B008
        clock=time.monotonic,
        metrics=None,
        limiter=None,
        max_workers=20,
        queue_size=100,
    ):
        self.address = listener.getsockname()[:2]
        self.metrics = metrics or Metrics()
        self._listener, self._handle, self._limiter = listener, handle, limiter
        self._limits, self._timeouts, self._clock = limits, timeouts, clock
        self._turns = Turns(max_workers, queue_size)
        self._waker = Waker()
        self._here = {}  # socket: talk
        self._lock = threading.Lock()
        self._stopping = False

    def stop(self):
        self._stopping = True
        self._waker.wake()

    def serve_forever(self):
        self._listener.setblocking(False)
        try:
            while not self._stopping:
                select.select([self._listener, self._waker], [], [])
                self._accept()
            while self._accept():
                pass
            self._listener.close()
            end = self._clock() + self._timeouts.graceful
            while self._here and self._clock() < end:
                time.sleep(PACE / 4)
        finally:
            self._listener.close()
            self._waker.close()
            for sock in list(self._here):
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        try:
            sock, address = self._listener.accept()
        except OSError:
            return False
        wire = Wire(sock, self._timeouts, self._clock)
        talk = Talk(self._limits, self._timeouts, self._clock, address[:2])
        with self._lock:
            room = len(self._here) < self._limits.connections
            idle = [each for each, its in self._here.items() if its.phase is Phase.IDLE]
            if not room and idle:
                self._here.pop(idle[0])
                with suppress(OSError):
                    idle[0].shutdown(socket.SHUT_RDWR)
                room = True
            self._here[sock] = talk
        threading.Thread(target=self._serve, args=(wire, talk, room), daemon=True).start()
        return True

    def _serve(self, wire, talk, room):
        try:
            if not room:
                self._refuse(wire, talk, busy("too many connections"))
            while not talk.connection.must_close:
                self._one(wire, talk)
            linger(wire, after(self._timeouts.linger, self._clock()))
        except (OSError, Left):
            pass
        except BaseException:
            log.critical("a connection's thread has died", exc_info=True)
        finally:
            wire.sock.close()
            with self._lock:
                self._here.pop(wire.sock, None)

    def _one(self, wire, talk):
        try:
            request = self._read(wire, talk)
        except ProtocolError as error:
            self._refuse(wire, talk, error)
            return
        seat = Seat(wire, talk, request, self._clock())
        error = self.admit(seat)
        if error is not None:
            self._refuse(wire, talk, error)
            return
        self._turns.take()
        try:
            self.work(seat)
        finally:
            self._turns.give()
        if not seat.answered:
            raise Left

    def admit(self, seat):
        """Why this request may not come in, if so; else it has a place."""
        wait = 0
        if self._limiter is not None:
            wait = self._limiter.allow(seat.request.client_addr[0], self._clock())
        if wait > 0:
            return HTTPException(429, "slow down", {"retry-after": str(ceil(wait))})
        self.metrics.queued()
        if self._turns.place():
            return None
        self.metrics.queued(-1)
        return busy("everybody is busy")

    def _read(self, wire, talk):
        while (request := talk.next_request()) is None:
            if talk.connection.must_close:
                raise Left
            wire.send(talk.connection.send_continue())
            self._wait(wire.sock, talk)
            talk.receive(wire.sock.recv(65536))
        return request

    def _wait(self, sock, talk):
        """Until something has come; Left or ProtocolError when it has not in time."""
        first = True
        while not select.select([sock], [], [], PACE)[0]:
            if self._stopping and talk.phase is Phase.IDLE:
                raise Left
            if self._stopping and talk.phase is Phase.FRESH and first:
                first = False
                talk.deadline = min(talk.deadline, self._clock() + 1)
            if self._clock() >= talk.deadline:
                raise talk.overdue or Left

    def work(self, seat):
        self.metrics.started(queued=True)
        status = None
        try:
            data = respond(seat.talk.connection, self._last, seat.request)
            seat.wire.send(data)
            status, seat.answered = int(data[9:12]), True
        except OSError:
            return
        finally:
            self.metrics.ended(status, self._clock() - seat.since)

    def _last(self, request):
        response = self._handle(request)
        if self._stopping:
            response.headers["connection"] = "close"
        return response

    def _refuse(self, wire, talk, error):
        self.metrics.refused()
        wire.send(refusal(talk.connection, error))


def busy(why):
    return HTTPException(503, why, {"retry-after": "1"})
