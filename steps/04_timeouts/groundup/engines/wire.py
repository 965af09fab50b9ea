"""One client's socket for a thread that may wait: each wait has an end.

Apart from what is said over it because nothing here knows HTTP. The socket itself never blocks:
whoever wants to wait says until when, and waits here. The rule: a deadline is a moment, not a
span for each call, so bytes that trickle in do not move it; only a reader that takes what we send
gets a new one.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable

from groundup.timeouts import Timeouts, after

RECV_SIZE = 65536  # bytes asked of one recv, and so the most that is ever held unparsed
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Wire:
    """A socket that does not block, and a clock. A lost connection is an OSError."""

    __slots__ = ("_clock", "_timeouts", "sock")

    def __init__(
        self,
        sock: socket.socket,
        timeouts: Timeouts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        sock.setblocking(False)
        self.sock = sock
        self._timeouts = timeouts
        self._clock = clock

    def receive(self, deadline: float) -> bytes:
        """The next bytes, at most RECV_SIZE; b"" at their end. TimeoutError after the deadline.

        `deadline` is a moment on the clock. What is here already is given even then. Where `wait`
        has come back for nothing, as a selector may, it waits again.
        """
        raise NotImplementedError("Task 4.2: receive, but not for ever")

    def send(self, data: bytes) -> None:
        """Send it all. TimeoutError when the peer takes nothing for `timeouts.write` seconds.

        A peer that takes a little gets as long again for the rest: how much there is, is our doing.
        """
        raise NotImplementedError("Task 4.3: cut a reader that takes nothing")

    def wait(self, event: int, deadline: float) -> None:
        """Until the socket is ready for `event`, READ or WRITE. TimeoutError after the deadline.

        The clock is looked at now and then, since it may be set (or be a test's).
        """
        with selectors.DefaultSelector() as selector:
            selector.register(self.sock, event)
            while (left := deadline - self._clock()) > 0:
                if selector.select(min(left, self._timeouts.granularity)):
                    return
        raise TimeoutError("too late")
