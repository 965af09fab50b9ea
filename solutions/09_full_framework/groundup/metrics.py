"""What a server has done so far, in numbers that fit together.

Apart from the engines because many threads count and somebody else looks. The rule: every number
changes under one lock, and a snapshot is taken under the same one, so that its parts agree: what
was begun is in flight, or finished, or was cut off, and never two of them.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

# Seconds; the last bucket, beyond them all, has no end.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Snapshot:
    """All numbers at one moment.

    `responses`: by class of status, `{"2xx": 10}`; they add up to `finished`, and so do the
    counts in `latency`, one for each of `bounds` and one beyond. `begun` is `finished` plus
    `in_flight` plus `cut_off`. `refused` counts answers of the server itself, which no handler saw.
    `seconds`: of all that have finished, together; of those cut off, none.
    """

    begun: int
    finished: int
    in_flight: int
    cut_off: int
    queue_depth: int
    refused: int
    responses: dict[str, int]
    latency: tuple[int, ...]
    bounds: tuple[float, ...]
    seconds: float

    def quantile(self, share: float) -> float:
        """An upper bound of the latency of this share of the responses: `quantile(0.99)`."""
        wanted, seen = share * self.finished, 0
        for count, bound in zip(self.latency, self.bounds, strict=False):
            seen += count
            if seen >= wanted:
                return bound
        return float("inf")


class Metrics:
    """Counts requests. Every method may be called by any thread."""

    def __init__(self, buckets: Sequence[float] = BUCKETS) -> None:
        self._lock = threading.Lock()
        self._bounds = tuple(buckets)
        self._latency = [0] * (len(self._bounds) + 1)
        self._classes = [0] * 6
        self._begun = self._in_flight = self._cut_off = self._queued = self._refused = 0
        self._seconds = 0.0

    def queued(self, count: int = 1) -> None:
        """So many requests more wait for a worker; `queued(-1)`: one less."""
        with self._lock:
            self._queued += count

    def started(self, *, queued: bool = False) -> None:
        """A request is being answered; `queued`: it waited for that."""
        with self._lock:
            self._begun += 1
            self._in_flight += 1
            if queued:
                self._queued -= 1

    def ended(self, status_code: int | None, seconds: float) -> None:
        """It has been answered, so many seconds after it was there; None: it never will be.

        Its client is gone then, or the answer broke off.
        """
        bucket = bisect_left(self._bounds, seconds)
        with self._lock:
            self._in_flight -= 1
            if status_code is None:
                self._cut_off += 1
                return
            self._classes[status_code // 100] += 1
            self._latency[bucket] += 1
            self._seconds += seconds

    def refused(self) -> None:
        """The server has turned somebody away by itself."""
        with self._lock:
            self._refused += 1

    def snapshot(self) -> Snapshot:
        """All numbers, at one moment."""
        with self._lock:
            latency, classes = tuple(self._latency), list(self._classes)
            return Snapshot(
                begun=self._begun,
                finished=sum(latency),
                in_flight=self._in_flight,
                cut_off=self._cut_off,
                queue_depth=self._queued,
                refused=self._refused,
                responses={f"{n}xx": count for n, count in enumerate(classes) if count},
                latency=latency,
                bounds=self._bounds,
                seconds=self._seconds,
            )
