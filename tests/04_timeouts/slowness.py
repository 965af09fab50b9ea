"""What the tests of this step have in common: clocks that pass by themselves, and slow peers.

Apart from the tests because most of them need time to pass while the code under test waits. Rule:
time passes when somebody looks at the clock, so a wait of ten seconds takes no ten seconds, and
comes out the same on a busy machine.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from groundup.engines.talk import Talk
from groundup.engines.wire import Wire
from groundup.limits import Limits
from groundup.timeouts import Timeouts
from workshop import kit

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
PATIENT = 0.1  # seconds; a test of a whole server waits so long, once
QUICK = 0.04  # seconds; the shortest timeout given decides how often a clock is looked at


class Ticking:
    """A clock on which `step` seconds pass with each look; then `each(looks)` happens."""

    def __init__(self, step: float = 1.0, each: Callable[[int], object] | None = None) -> None:
        self.now, self.looks = 1000.0, 0
        self._step, self._each = step, each

    def __call__(self) -> float:
        now = self.now
        self.looks += 1
        self.now += self._step
        if self._each is not None:
            self._each(self.looks)
        return now


@contextmanager
def wired(timeouts: Timeouts, clock: Any) -> Iterator[tuple[Wire, socket.socket]]:
    """A wire, and the socket of the peer at its other end."""
    ours, peer = socket.socketpair()
    with ours, peer:
        yield Wire(ours, timeouts, clock), peer


def talk_of(timeouts: Timeouts, clock: Any) -> Talk:
    """A talk with a client that has just connected."""
    return Talk(Limits(), timeouts, clock, ("127.0.0.1", 50000))


def ended(peer: socket.socket, seconds: float = 0.0) -> bool:
    """Whether the other side has said that nothing more will come."""
    ready, _, _ = select.select([peer], [], [], seconds)
    return bool(ready) and peer.recv(1) == b""


def answered(server: kit.Serving) -> None:
    """Another client is served: nobody holds the server."""
    other = server.connect("B")
    other.send(GET)
    kit.expect(other.read_response().status_code, 200, "B is served")


def taken(client: kit.Client) -> int:
    """How many bytes there are for a client that reads at last, until its connection ends."""
    size = 0
    try:
        while data := client.socket.recv(1 << 20):
            size += len(data)
    except ConnectionError:
        kit.did(f"{client.name} reads {size:,} bytes, then a reset")
    return size
