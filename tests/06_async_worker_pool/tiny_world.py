"""A world for the tiny loop: time passes only while it sleeps, and peers act at set moments.

The selector here is a real one for the question "who is ready?", on real pairs of sockets; but
instead of sleeping it moves the clock, to the next moment at which something happens. An hour takes
no time, a loop that looks too often is caught by counting, and every run is the same run.
"""

from __future__ import annotations

import math
import selectors
import socket
from collections.abc import Callable
from contextlib import suppress

from groundup.engines.tinyloop import Loop
from workshop import kit

LOOKS = 3000  # at the sockets, after which a loop is called busy
A_MOMENT = 0.02  # seconds that a byte may need from one end of a pair to the other (Windows)


class Eyes(selectors.BaseSelector):
    """A selector whose sleep moves the clock. `slept` has what each `select` was asked to wait."""

    def __init__(self, clock: kit.Clock) -> None:
        self.slept: list[float | None] = []
        self.script: list[tuple[float, Callable[[], object]]] = []
        self._clock = clock
        self._real = selectors.DefaultSelector()

    def register(self, fileobj, events, data=None):
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj):
        return self._real.unregister(fileobj)

    def get_map(self):
        return self._real.get_map()

    def close(self):
        self._real.close()

    def select(self, timeout=None):
        self.slept.append(timeout)
        if len(self.slept) > LOOKS:
            raise kit.Wrong("a loop that sleeps until there is something to do", f"{LOOKS} looks")
        found = self._real.select(A_MOMENT if self._act() else 0)
        if found or (timeout is not None and timeout <= 0):
            return found
        acted = self._sleep(math.inf if timeout is None else timeout)
        return self._real.select(A_MOMENT if acted else 0)

    def _sleep(self, seconds: float) -> bool:
        moments = [moment for moment, _ in self.script]
        until = min([*moments, self._clock() + seconds])
        if until == math.inf:
            raise kit.Wrong("a loop that wakes up again", "it sleeps for ever: select(None)")
        self._clock.advance(until - self._clock())
        return self._act()

    def _act(self) -> bool:
        """What the script has for this moment; whether there was anything."""
        acted = False
        while self.script and self.script[0][0] <= self._clock():
            self.script.pop(0)[1]()
            acted = True
        return acted


class World:
    """A loop, its clock, and what happens around it. `now` counts from 0."""

    def __init__(self) -> None:
        self.clock = kit.Clock(0.0)
        self.eyes = Eyes(self.clock)
        self.loop = Loop(self.clock, self.eyes)
        self.diary: list[object] = []
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> World:
        return self

    def __exit__(self, *exception: object) -> None:
        self.eyes.close()
        for sock in self._sockets:
            sock.close()

    @property
    def now(self) -> float:
        return self.clock()

    def pair(self) -> tuple[socket.socket, socket.socket]:
        """Two connected sockets that do not block: the loop's, and its peer's."""
        ours, peer = socket.socketpair()
        for sock in (ours, peer):
            sock.setblocking(False)
            self._sockets.append(sock)
        return ours, peer

    def keep(self, sock: socket.socket) -> socket.socket:
        """Close this one at the end, too."""
        self._sockets.append(sock)
        return sock

    def at(self, moment: float, act: Callable[[], object]) -> None:
        """Let something happen at a moment, in the middle of the loop's sleep if need be."""
        self.eyes.script.append((moment, act))
        self.eyes.script.sort(key=lambda entry: entry[0])

    def writes(self, *what: object) -> Callable[[], None]:
        """A function that writes `what` into the diary, and when."""
        return lambda: self.diary.append((*what, self.now))

    def note(self, *what: object) -> None:
        """Write into the diary, with the time."""
        self.diary.append((*what, self.now))


def drained(sock: socket.socket) -> bytes:
    """All that is here, without waiting."""
    data = b""
    with suppress(BlockingIOError):
        while piece := sock.recv(65536):
            data += piece
    return data
