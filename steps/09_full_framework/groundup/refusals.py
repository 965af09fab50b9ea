"""The log of refusals: why a client was turned away, and which.

Apart from the access log, which tells of requests, because these never became one. The rule: a
flood of refusals is no flood of lines: a second has so many at most, then the others are counted.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from groundup.errors import HTTPException
from groundup.listening import shown_address

log = logging.getLogger("groundup.server")

A_SECOND = 10  # lines


class Refusals:
    """Called for each refusal, from any thread: `refusals(error, peer)`.

    What is a client's fault is logged as INFO, what this server could not give as WARNING.
    """

    def __init__(
        self, most: int = A_SECOND, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._second = clock()
        self._count = 0  # in the second that began then
        self._timer: threading.Timer | None = None

    def __call__(self, error: HTTPException, peer: object) -> None:
        """Write `refused 192.0.2.7:50000: …`, the error; a peer that is no tuple is `a client`."""
        raise NotImplementedError("Task 9.15: a flood of refusals is no flood of lines")

    def close(self) -> None:
        """Say what has only been counted so far."""
        with self._lock:
            more = self._end_second()
        say_more(more)

    def _turned(self) -> int:
        """Where a second is over: how many it had beyond those told."""
        now = self._clock()
        if now - self._second < 1.0:
            return 0
        more, self._second = self._end_second(), now
        return more

    def _end_second(self) -> int:
        if self._timer is not None:
            self._timer.cancel()
        more, self._count, self._timer = max(0, self._count - self._most), 0, None
        return more


def say_more(count: int) -> None:
    """Tell of those that got no line."""
    if count:
        log.warning("and %d more refused", count)
