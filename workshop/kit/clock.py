"""A clock that stands still until the test moves it.

Apart so that deadlines can be tested without waiting. Rule: time passes only by
`advance`.
"""

from __future__ import annotations

from workshop.kit.recording import did


class Clock:
    """Call it for the time in seconds, like `time.monotonic`."""

    def __init__(self, start: float = 1000.0) -> None:
        self._now = start

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass."""
        self._now += seconds
        did(f"{seconds:g} s pass")
