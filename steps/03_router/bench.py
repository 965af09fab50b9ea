"""The load of step 03: requests a second, one client, one connection.

Run it with `python3 -m workshop bench 3`. The step before answers every path alike, so the
difference between the two is what routing, a Request and a Response cost.
"""

import time

from workshop.attacks import Target

SECONDS = 0.7  # for each figure


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    return {
        "requests a second, a static route": rate(target, "/"),
        "requests a second, /users/<int:id>": rate(target, "/users/42"),
    }


def rate(target: Target, path: str) -> float:
    """Ask for a path over and over on one connection, each answer awaited."""
    request = f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode()
    client, count = target.connect(), 0
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        client.send(request)
        client.read_response()
        count += 1
    client.close()
    return count / spent
