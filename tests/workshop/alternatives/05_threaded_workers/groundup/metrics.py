"""Counts in a dict, and one function that changes it.

Another design than the solution's: what a request does is a list of (name, by how much), and
the whole list is done at once.
"""

import threading
from dataclasses import dataclass

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Snapshot:
    """All numbers at one moment."""

    begun: int
    finished: int
    in_flight: int
    cut_off: int
    queue_depth: int
    refused: int
    responses: dict
    latency: tuple
    bounds: tuple
    seconds: float

    def quantile(self, share):
        seen = 0
        for count, bound in zip(self.latency, self.bounds, strict=False):
            seen += count
            if seen >= share * self.finished:
                return bound
        return float("inf")


class Metrics:
    """Counts requests."""

    def __init__(self, buckets=BUCKETS):
        self._bounds = tuple(buckets)
        self._counts = {}
        self._lock = threading.Lock()

    def _add(self, *changes):
        with self._lock:
            for name, amount in changes:
                self._counts[name] = self._counts.get(name, 0) + amount

    def queued(self, count=1):
        self._add(("queue_depth", count))

    def started(self, *, queued=False):
        self._add(("begun", 1), ("in_flight", 1), ("queue_depth", -1 if queued else 0))

    def ended(self, status_code, seconds):
        if status_code is None:
            self._add(("in_flight", -1), ("cut_off", 1))
            return
        bucket = next((n for n, b in enumerate(self._bounds) if seconds <= b), len(self._bounds))
        self._add(
            ("in_flight", -1), ("finished", 1), ("seconds", seconds), (bucket, 1),
            (f"{status_code // 100}xx", 1),
        )  # fmt: skip

    def refused(self):
        self._add(("refused", 1))

    def snapshot(self):
        with self._lock:
            counts = dict(self._counts)
        names = ("begun", "finished", "in_flight", "cut_off", "queue_depth", "refused")
        return Snapshot(
            **{name: counts.get(name, 0) for name in names},
            responses={n: c for n, c in counts.items() if isinstance(n, str) and n[1:] == "xx"},
            latency=tuple(counts.get(n, 0) for n in range(len(self._bounds) + 1)),
            bounds=self._bounds,
            seconds=counts.get("seconds", 0.0),
        )
