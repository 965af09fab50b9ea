"""Another `timeouts`: a body is judged by what it owes.

At each moment a fast enough body has brought so many bytes; the clock keeps the moment until which
what has come is enough. There is no window that is filled: only a debt, which is paid or not.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

NEVER = math.inf
COARSE = {"min_body_rate", "rate_grace", "graceful"}


@dataclass(frozen=True)
class Timeouts:
    """Seconds; None: no limit."""

    header: float | None = 10.0
    request: float | None = None
    body: float | None = 30.0
    min_body_rate: float | None = 500.0
    rate_grace: float = 10.0
    write: float | None = 30.0
    keep_alive: float | None = 75.0
    handler: float | None = None
    graceful: float = 25.0
    linger: float = 1.0
    half_closed: float = 0.5

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and value < 0:
                raise ValueError(f"Timeouts({name}={value!r}): seconds are not negative")

    @property
    def head(self) -> float | None:
        """The shorter one of the head's own limit and the whole request's."""
        if self.header is None or self.request is None:
            return self.request if self.header is None else self.header
        return min(self.header, self.request)

    @property
    def granularity(self) -> float:
        """Seconds between two looks at the clock."""
        fine = [value for name, value in asdict(self).items() if value and name not in COARSE]
        return max(0.02, min([1.0, *(value / 8 for value in fine)]))


def after(seconds: float | None, now: float) -> float:
    """`seconds` from `now`."""
    if seconds is None:
        return NEVER
    return seconds + now


class BodyClock:
    """Two ends: one of all, one of the debt that is due next."""

    def __init__(self, timeouts: Timeouts, now: float, *, streamed: bool = False) -> None:
        self._span = timeouts.rate_grace if timeouts.min_body_rate else NEVER
        self._share = (timeouts.min_body_rate or 0.0) * timeouts.rate_grace
        self._debt = self._share
        self._due = now + self._span
        self._last = NEVER if streamed else after(timeouts.body, now)
        self._stopped = False
        self._left = (0.0, 0.0)  # of both, while nobody reads

    def received(self, size: int, now: float) -> None:
        """Part of the debt is paid; when all is, the next one is due a span from now."""
        if size >= self._debt:
            self._debt, self._due = self._share, now + self._span
        else:
            self._debt -= size

    def pause(self, now: float) -> None:
        """Keep what is left of both."""
        if not self._stopped:
            self._stopped, self._left = True, (self._due - now, self._last - now)

    def resume(self, now: float) -> None:
        """Give it back."""
        if self._stopped:
            self._stopped = False
            self._due, self._last = (left + now for left in self._left)

    @property
    def deadline(self) -> float:
        """The next end."""
        return NEVER if self._stopped else min(self._due, self._last)
