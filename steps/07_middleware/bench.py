"""The load of step 07: requests a second through six layers, and the bytes that gzip saves.

Run it with `python3 -m workshop bench 7`.
"""

import time

from workshop.attacks import Target

SECONDS = 0.7  # for each figure


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    figures = {"requests a second, one connection": rate(target)}
    plain, packed = size(target, ""), size(target, "Accept-Encoding: gzip\r\n")
    if plain and packed:
        figures["bytes of a list"] = plain
        figures["the same, for who takes gzip"] = packed
    return figures


def rate(target: Target) -> float:
    """Ask for a page that is small over and over, each answer awaited; a refusal counts too."""
    client, count = target.connect(), 0
    start = time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        client.send(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
        client.read_response()
        count += 1
    client.close()
    return count / spent


def size(target: Target, fields: str) -> int:
    """How many bytes of a body come for `/list`; 0 where there is no such path."""
    time.sleep(1.0)  # the rate limiter's window: this one is no attack
    client = target.connect()
    client.send(f"GET /list HTTP/1.1\r\nHost: shop\r\n{fields}\r\n".encode())
    reply = client.read_response()
    client.close()
    return len(reply.body) if reply.status_code == 200 else 0
