"""The rate limiter as a layer, and whom a request is from when a proxy stands in between.

Apart from `ratelimit`, which counts keys and does not ask whose they are. The trap: the field
X-Forwarded-For is text that anybody can send. The rule: it is believed only as far as it was
written by proxies that were named, read from its end, where the nearest of them wrote.
"""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterable
from math import ceil

from groundup.ratelimit import RateLimiter, by_client
from groundup.request import Request
from groundup.response import Response

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class RateLimit:
    """A layer: at most `limit` requests in any `window` seconds from each client, else a 429.

    `trusted_proxies`: addresses or networks ("10.0.0.0/8") whose X-Forwarded-For is believed;
    none by default. `key(request)` tells who it is, if not by address; `clock` is in seconds.
    """

    def __init__(
        self,
        limit: int,
        window: float,
        *,
        keys: int = 10_000,
        key: Callable[[Request], str] | None = None,
        trusted_proxies: Iterable[str] = (),
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._limiter = RateLimiter(limit, window, keys=keys)
        self._key = key or behind(trusted_proxies)
        self._clock = clock

    def pre(self, request: Request) -> Response | None:
        """None, or a 429 that says in how many whole seconds to come back (RFC 9110 §10.2.3)."""
        raise NotImplementedError("Task 7.11: believe your own proxies, and nobody else")

    def _now(self, request: Request) -> float:
        clock = getattr(request.app, "clock", time.monotonic)
        return float(clock() if self._clock is None else self._clock())


def behind(proxies: Iterable[str]) -> Callable[[Request], str]:
    """A function that gives a request's client address, seen through these proxies.

    From the right of X-Forwarded-For, all its lines together; an entry that is no address ends it.
    ValueError for what is neither an address nor a network, TypeError for a str.
    """
    raise NotImplementedError("Task 7.11: believe your own proxies, and nobody else")


def is_within(text: str, networks: Iterable[Network]) -> bool:
    """Whether an address is one of a trusted proxy."""
    address = as_address(text)
    return address is not None and any(address in network for network in networks)


def as_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that `text` is, or None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None
