"""The load of step 01: how many lines a second, one at a time and in bulk.

Run it with `python3 -m workshop bench 1`. One client only: the server serves no second one.
"""

import socket
import threading
import time

from workshop.attacks import Target, receive

LINE = b"x" * 63 + b"\n"
SECONDS = 0.5  # for each figure
GUARD = 20.0  # seconds


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    return {
        "lines a second, each answer awaited": one_at_a_time(target),
        "lines a second, in bulk": in_bulk(target, 100_000),
    }


def one_at_a_time(target: Target) -> float:
    """Send a line, wait for it, send the next: every line costs a journey there and back."""
    count = 0
    with socket.create_connection(target.address, GUARD) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        start = time.perf_counter()
        while (spent := time.perf_counter() - start) < SECONDS:
            client.sendall(LINE)
            receive(client, len(LINE))
            count += 1
    return count / spent


def in_bulk(target: Target, count: int) -> float:
    """Send all lines without waiting for an answer: one segment carries hundreds of them."""
    with socket.create_connection(target.address, GUARD) as client:
        start = time.perf_counter()
        sender = threading.Thread(target=client.sendall, args=[LINE * count])
        sender.start()
        receive(client, len(LINE) * count)
        spent = time.perf_counter() - start
        sender.join()
    return count / spent
