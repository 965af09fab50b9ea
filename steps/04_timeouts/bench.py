"""The load of step 04: what deadlines cost when nobody is slow, and what they save when one is.

Run it with `python3 -m workshop bench 4`. A clock is looked at a few times for each request; the
step before has none, so the difference of the first two figures is the price.
"""

import time
from contextlib import suppress

from workshop.attacks import Target

SECONDS = 0.7  # for each figure
GET = b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n"


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    return {
        "requests a second, one connection": rate(target, keep=True),
        "requests a second, a connection each": rate(target, keep=False),
        "share of 3 s with service, while one client sends half a head": service(target),
    }


def rate(target: Target, *, keep: bool) -> float:
    """Ask for the page over and over, each answer awaited."""
    client, count = target.connect(), 0
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        client.send(GET)
        client.read_response()
        count += 1
        if not keep:
            client.close()
            client = target.connect()
    client.close()
    return count / spent


def service(target: Target, seconds: float = 3.0) -> float:
    """Which part of the time is left for the others when one client stops in its head."""
    slow, start = target.connect(), time.perf_counter()
    slow.socket.sendall(GET[:9])
    other = target.connect()
    other.socket.settimeout(seconds)
    waited = seconds
    with suppress(TimeoutError):
        other.socket.sendall(GET)
        other.socket.recv(12)
        waited = min(seconds, time.perf_counter() - start)
    slow.close()
    other.close()
    return max(0.001, 1.0 - waited / seconds)
