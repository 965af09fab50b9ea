"""The load of step 08: MiB a second of a stream, events a second, and what memory they take.

Run it with `python3 -m workshop bench 8`. The step before cannot stream, so its column is empty.
"""

import time

from workshop.attacks import Target

MIB = 1 << 20
SIZE = 64  # MiB


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    before = target.rss()
    start = time.perf_counter()
    received = read(target, f"/big/{SIZE}")
    spent = time.perf_counter() - start
    if received < SIZE * MIB:  # this server knows no such path
        return {}
    figures = {"MiB a second, one reader": SIZE / spent}
    after = target.rss()
    if before is not None and after is not None:
        figures[f"memory for {SIZE} MiB, MiB"] = max(0.0, (after - before) / MIB)
    return figures


def read(target: Target, path: str) -> int:
    """Ask for a path, and count the bytes of its answer."""
    client, count = target.connect(), 0
    client.send(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
    while data := client.socket.recv(1 << 16):
        count += len(data)
    client.close()
    return count
