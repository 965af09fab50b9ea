"""How long each phase of a connection may last, and when it has lasted too long.

Apart from the engines because they all keep the same promises and none may keep them by luck: a
deadline is a number, and whether it has passed is a comparison. There is no clock here; whoever
calls says what time it is. The rule: a deadline is set when its phase begins and never moved by
bytes that trickle in, so that slow is not the same as alive.
"""

from dataclasses import dataclass, fields

NEVER = float("inf")


@dataclass(frozen=True)
class Timeouts:
    """Seconds. None means: no limit."""

    # From a head's first byte (or from accept) to its end, in total. Then 408.
    header: float | None = 10.0
    # For a head and the body that is collected after it, together. Off: each has its own. Then 408.
    request: float | None = None
    # For a whole body that is collected before its handler is called, in total. Then 408.
    body: float | None = 30.0
    # The slowest body that is not an attack, in bytes per second; streamed ones, too. Then 408.
    min_body_rate: float | None = 500.0
    # The window in which that rate is measured: a stall of a radio link is shorter.
    rate_grace: float = 10.0
    # How long a reader may take nothing of what waits for it. Then the connection is cut.
    write: float | None = 30.0
    # How long a connection may be idle between two requests. Then it is closed without a word.
    keep_alive: float | None = 75.0
    # How long a handler may work. Off: only the application knows. Then 503.
    handler: float | None = None
    # How long running requests may go on when the server stops. Then they are cut off.
    graceful: float = 25.0
    # How long a closing server listens to what it ignores, so that its answer is not reset. Then
    # the connection is closed.
    linger: float = 1.0
    # How long a handler goes on when the client has closed its side. Then it is cancelled, unless
    # the client still takes what is sent.
    half_closed: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and value < 0:
                raise ValueError(f"Timeouts({field.name}={value!r}): seconds are not negative")

    @property
    def head(self) -> float | None:
        """For a head that has begun: a cap on the whole request is one on its head, too."""
        limits = [limit for limit in (self.header, self.request) if limit is not None]
        return min(limits, default=None)

    @property
    def granularity(self) -> float:
        """How often to look at the clock: an eighth of the shortest, 0.02 to 1 second."""
        coarse = ("min_body_rate", "rate_grace", "graceful")  # a second does not matter there
        names = [field.name for field in fields(self) if field.name not in coarse]
        values = [value for name in names if (value := getattr(self, name))]
        return min(1.0, max(0.02, min(values, default=8.0) / 8))


def after(seconds: float | None, now: float) -> float:
    """The deadline of a phase that begins `now`: `(10.0, 5.0)` → 15.0, `(None, 5.0)` → never."""
    return NEVER if seconds is None else now + seconds


class BodyClock:
    """When a body must end, and whether it comes fast enough.

    `now` is any clock's, in seconds. The rate is measured in windows of `rate_grace` seconds: one
    that fills early is followed by the next at once, so a burst buys no later silence. A pause is
    time in which the application, not the peer, kept the body from coming: it does not count.
    """

    __slots__ = ("_grace", "_missing", "_paused", "_quota", "_total", "_window")

    def __init__(self, timeouts: Timeouts, now: float, *, streamed: bool = False) -> None:
        rate = timeouts.min_body_rate
        self._grace = timeouts.rate_grace if rate else None
        self._quota = timeouts.rate_grace * (rate or 0.0)  # bytes that a window must bring
        self._missing = self._quota
        self._window = now
        self._total = after(None if streamed else timeouts.body, now)
        self._paused: float | None = None

    def received(self, size: int, now: float) -> None:
        """`size` more bytes of the body have come."""
        self._missing -= size
        if self._missing <= 0:
            self._missing, self._window = self._quota, now

    def pause(self, now: float) -> None:
        """Nobody reads: the peer cannot send."""
        if self._paused is None:
            self._paused = now

    def resume(self, now: float) -> None:
        """Somebody reads again."""
        if self._paused is not None:
            self._window += now - self._paused
            self._total += now - self._paused
            self._paused = None

    @property
    def deadline(self) -> float:
        """The moment at which the body is too late, if nothing more comes; NEVER while paused."""
        if self._paused is not None:
            return NEVER
        return min(self._total, after(self._grace, self._window))
