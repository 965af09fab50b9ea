"""A sliding window in a plain dict of tuples.

Another design than the solution's: no deque and no OrderedDict; a dict is in the order of its
insertions, so whoever is heard is taken out and put in again.
"""

import threading


class RateLimiter:
    """At most `limit` requests in any `window` seconds, for each key."""

    def __init__(self, limit, window, *, keys=10_000):
        if limit < 1 or window <= 0 or keys < 1:
            raise ValueError("RateLimiter() wants limit ≥ 1, window > 0 and keys ≥ 1")
        self._limit, self._window, self._keys = limit, window, keys
        self._heard = {}
        self._lock = threading.Lock()

    def __len__(self):
        return len(self._heard)

    def allow(self, key, now):
        self._lock.acquire()
        try:
            inside = tuple(t for t in self._heard.pop(key, ()) if now - t < self._window)
            full = len(inside) >= self._limit
            if len(self._heard) >= self._keys:
                del self._heard[next(iter(self._heard))]
            self._heard[key] = inside if full else (*inside, now)
            return self._window - (now - inside[0]) if full else 0.0
        finally:
            self._lock.release()
