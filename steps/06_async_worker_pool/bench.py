"""The load of step 06: a few clients, many that wait, and many that say nothing.

Run it with `python3 -m workshop bench 6`. The step before has the same pages, so the two columns
can be compared: what a task costs, and what a thread does.
"""

import socket
import threading
import time
from contextlib import ExitStack

from workshop.attacks import Target

SECONDS = 0.7  # for each figure
MANY, WAIT = 60, 0.2  # clients at once, and the seconds that their handler waits
HELD = 100  # connections that say nothing after their first request


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    figures = {
        "requests a second, one client": rate(target, "/", 1),
        f"pages a second, {MANY} clients whose handlers wait {WAIT:g} s":
            rate(target, f"/wait/{WAIT}", MANY),
        f"KiB for each of {HELD} connections held": held(target),
    }  # fmt: skip
    return {name: figure for name, figure in figures.items() if figure}


def rate(target: Target, path: str, clients: int) -> float:
    """Pages a second for so many clients, each on its own connection."""
    counts: list[int] = []
    end = time.perf_counter() + SECONDS
    threads = [
        threading.Thread(target=lambda: counts.append(asked(target, path, end)))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def asked(target: Target, path: str, end: float) -> int:
    """How many 200s one client got until then; who is told to come again does, in a moment."""
    request, count = f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode(), 0
    with socket.create_connection(target.address, SECONDS * 3) as client:
        while time.perf_counter() < end:
            try:
                client.sendall(request)
                answer = client.recv(65536)
            except (TimeoutError, ConnectionError):
                break
            if answer.startswith(b"HTTP/1.1 200"):
                count += 1
            elif answer:
                time.sleep(0.05)
            else:
                break
    return count


def held(target: Target) -> float:
    """How much more memory the server has, for each of many connections that stay; 0: unknown."""
    before = target.rss()
    with ExitStack() as stack:
        for _ in range(HELD):
            client = stack.enter_context(socket.create_connection(target.address, 3))
            client.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
            client.recv(65536)
        after = target.rss()
    return (after - before) / HELD / 1024 if before and after else 0.0
