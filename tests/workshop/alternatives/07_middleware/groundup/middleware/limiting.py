"""Whom to believe, another design: the chain is walked from its end by a loop over all of it."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Iterable

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

    def pre(self, request):
        seconds = self._limiter.allow(self._key(request), self._now(request))
        if seconds > 0:
            whole = -int(-seconds // 1)
            return Response("429 Too Many Requests\n", 429, {"retry-after": str(whole)})
        return None

    def _now(self, request: Request) -> float:
        clock = getattr(request.app, "clock", time.monotonic)
        return float(clock() if self._clock is None else self._clock())


def behind(proxies):
    if type(proxies) is str:
        raise TypeError("a list of proxies is wanted")
    ours = tuple(map(ipaddress.ip_network, proxies))

    def client(request):
        peer = by_client(request)
        field = request.headers.get("x-forwarded-for") or ""
        for entry in reversed(field.split(",")):
            entry = entry.strip()
            if not is_within(peer, ours) or as_address(entry) is None:
                break
            peer = entry
        return peer

    return client


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
