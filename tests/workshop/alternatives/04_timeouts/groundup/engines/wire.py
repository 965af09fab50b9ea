"""Another `wire`: no selector, and no exception for what is normal.

`select` is asked first, and only what is ready is read or written. Whether the time is over is
asked in one place, by a generator of short naps.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from groundup.timeouts import NEVER, Timeouts

RECV_SIZE = 65536
READ, WRITE = 1, 2


class Wire:
    """A socket and a clock."""

    def __init__(
        self,
        sock: socket.socket,
        timeouts: Timeouts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sock = sock
        self._nap = timeouts.granularity
        self._write = NEVER if timeouts.write is None else timeouts.write
        self._clock = clock
        sock.setblocking(False)

    def receive(self, deadline: float) -> bytes:
        """What is here, or what comes until the deadline."""
        while True:
            if self._ready(READ, 0.0):
                with suppress(BlockingIOError):
                    return self.sock.recv(RECV_SIZE)
            self.wait(READ, deadline)

    def send(self, data: bytes) -> None:
        """All of it; the deadline is `write` seconds after the last byte that was taken."""
        place, moved = 0, self._clock()
        while place < len(data):
            taken = 0
            with suppress(BlockingIOError):
                taken = self.sock.send(data[place : place + RECV_SIZE])
            if taken:
                place, moved = place + taken, self._clock()
            else:
                self.wait(WRITE, moved + self._write)

    def wait(self, event: int, deadline: float) -> None:
        """Until ready; TimeoutError if it is not so until the deadline."""
        if not any(self._ready(event, nap) for nap in self._naps(deadline)):
            raise TimeoutError("not in time")

    def _naps(self, deadline: float) -> Iterator[float]:
        while (now := self._clock()) < deadline:
            yield min(self._nap, deadline - now)

    def _ready(self, event: int, seconds: float) -> bool:
        reading = [self.sock] if event == READ else []
        writing = [self.sock] if event == WRITE else []
        return any(select.select(reading, writing, [], seconds))
