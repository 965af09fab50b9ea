"""How often somebody may ask: a sliding window, kept exactly.

Apart from the app because it can stand in front of any `handle`. The rule: memory is bounded
whoever asks: at most `keys` askers are remembered, and `limit` moments of each.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from math import ceil
from typing import Any

from groundup.request import Request
from groundup.response import Response


class RateLimiter:
    """At most `limit` requests in any `window` seconds, for each key.

    A request that was not allowed does not count. When there are more than `keys`, whoever has
    been silent longest is forgotten; who was refused was not silent.
    """

    def __init__(self, limit: int, window: float, *, keys: int = 10_000) -> None:
        if limit < 1 or window <= 0 or keys < 1:
            raise ValueError("RateLimiter() wants limit ≥ 1, window > 0 and keys ≥ 1")
        self._limit = limit
        self._window = window
        self._most = keys
        self._lock = threading.Lock()
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()  # the silent ones first

    def __len__(self) -> int:
        """How many keys are remembered."""
        return len(self._moments)

    def allow(self, key: str, now: float) -> float:
        """0 if this request may pass, else how many seconds to wait until one may.

        `now` is any clock's, in seconds; it counts from one call to the next.
        """
        raise NotImplementedError("Task 5.4: how often somebody may ask")

    def _remember(self, key: str) -> deque[float]:
        if len(self._moments) >= self._most:
            self._moments.popitem(last=False)
        moments = self._moments[key] = deque()
        return moments


def by_client(request: Request) -> str:
    """The key that most want: the peer's address. Behind a proxy that is the proxy's."""
    return str(request.client_addr[0]) if request.client_addr else ""


def rate_limited(
    handle: Callable[[Request], Any],
    limiter: RateLimiter,
    *,
    key: Callable[[Request], str] = by_client,
    clock: Callable[[], float] = time.monotonic,
) -> Callable[[Request], Any]:
    """`handle`, but whoever asks too often gets a 429 that says when to come back."""

    def limited(request: Request) -> Any:
        wait = limiter.allow(key(request), clock())
        if wait <= 0:
            return handle(request)
        # RFC 9110 §10.2.3: whole seconds, and RFC 6585 §4: the 429.
        return Response("429 Too Many Requests\n", 429, {"retry-after": str(ceil(wait))})

    return limited
