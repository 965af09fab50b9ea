"""What is claimed for builds of Python without a GIL, and only there: threads that compute at once.

On any other build there is nothing to claim, and nothing is tested.
"""

from __future__ import annotations

import os
import sys
import threading
import time

import pytest
from program import answer, ask, connect
from serving import serving

from groundup import App

pytestmark = [
    pytest.mark.skipif(
        getattr(sys, "_is_gil_enabled", lambda: True)(),
        reason="this Python has a GIL: its threads compute in turn, and we claim nothing else",
    ),
    pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one processor computes in turn, too"),
]

app = App()


def compute() -> int:
    """Some tenths of a second of pure Python."""
    total = 0
    for number in range(3_000_000):
        total += number
    return total


@app.get("/")
async def computing(request):
    return str(compute())


def ask_at_once(address, count: int) -> float:
    """So many requests, each on a connection of its own, at the same time: seconds for all."""
    sockets = [connect(address) for _ in range(count)]

    def one(sock) -> None:
        ask(sock)
        assert answer(sock)[0] == 200

    threads = [threading.Thread(target=one, args=(sock,)) for sock in sockets]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for sock in sockets:
        sock.close()
    return time.monotonic() - begin


@pytest.mark.parametrize("mode", ["pool", "threads"])
def test_handlers_that_compute_do_so_at_the_same_time(mode):
    with serving(mode, app) as served:
        ask_at_once(served.address, 4)  # threads and loops are made
        one = min(ask_at_once(served.address, 1) for _ in range(3))
        two = min(ask_at_once(served.address, 2) for _ in range(3))
    assert two < 1.6 * one, f"two took {two:.2f} s, one {one:.2f} s: they took turns"
