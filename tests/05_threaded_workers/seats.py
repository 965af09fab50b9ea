"""A connection without a server: a pair of sockets, and the seat that an engine keeps of it.

Apart from the tests because three tasks look at one half of the engine alone. Rule: the client's
end never blocks for long, so that a test fails and does not hang.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from groundup.engines.poller import Seat
from groundup.engines.talk import Talk
from groundup.engines.wire import Wire
from groundup.limits import Limits
from groundup.timeouts import Timeouts
from workshop import kit

SOON = 1.0  # seconds


class Guest:
    """A client's end, and the seat at the other one."""

    def __init__(self, clock: Callable[[], float], timeouts: Timeouts) -> None:
        ours, self.socket = socket.socketpair()
        self.socket.settimeout(SOON)
        talk = Talk(Limits(), timeouts, clock, ("192.0.2.7", 50000))
        self.seat = Seat(Wire(ours, timeouts, clock), talk)
        self.seat.since = clock()

    def asks(self, *targets: str, fields: str = "") -> Guest:
        """These requests have been read from it, and the first one is to be answered."""
        kit.did(f"a client has asked for {', '.join(targets)}")
        pieces = [f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n" for target in targets]
        self.seat.talk.receive("".join(pieces).encode())
        self.seat.request = self.seat.talk.next_request()
        return self

    def hears(self) -> bytes:
        """What has been sent to it, up to 64 KiB; b"" at the end, or if nothing has."""
        try:
            return self.socket.recv(65536)
        except TimeoutError:
            return b""

    def is_told_the_end(self) -> None:
        """Nothing more has been sent to it, and it knows that nothing will be."""
        try:
            got = repr(self.socket.recv(65536))
        except TimeoutError:
            got = "nothing: the connection is still open"
        kit.expect_that(got == "b''", "the client is told that no more will come", got)


@contextmanager
def guest(
    clock: Callable[[], float] | None = None, timeouts: Timeouts | None = None
) -> Iterator[Guest]:
    """A client and its seat; both sockets are closed at the end."""
    made = Guest(clock or kit.Clock(), timeouts or Timeouts())
    with made.socket, made.seat.wire.sock:
        yield made
