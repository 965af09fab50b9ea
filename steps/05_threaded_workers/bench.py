"""The load of step 05: one client, and sixteen at once that each wait for a slow handler.

Run it with `python3 -m workshop bench 5`. The step before serves the same pages, or at least its
own first page: where a page is missing there, its figure is left out.
"""

import socket
import threading
import time

from workshop.attacks import Target

SECONDS = 0.7  # for each figure
CLIENTS = 12  # the shop has 4 workers, and 8 places to wait
WAIT = 0.02  # seconds that a slow handler takes
ROUNDS = 20_000  # of a loop in Python: some milliseconds of computing


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step."""
    figures = {
        "requests a second, one client": rate(target, "/", 1),
        f"requests a second, {CLIENTS} clients": rate(target, "/", CLIENTS),
        f"… whose handlers wait {WAIT * 1000:g} ms": rate(target, f"/wait/{WAIT}", CLIENTS),
        f"… whose handlers compute {ROUNDS:,} rounds": rate(target, f"/work/{ROUNDS}", CLIENTS),
    }
    return {name: figure for name, figure in figures.items() if figure}


def rate(target: Target, path: str, clients: int) -> float:
    """Answers a second for so many clients, each on its own connection; 0 if there is no page."""
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
    """How many 200s one client got until then."""
    request, count = f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode(), 0
    with socket.create_connection(target.address, SECONDS * 3) as client:
        while time.perf_counter() < end:
            client.sendall(request)
            try:
                answer = client.recv(65536)
            except (TimeoutError, ConnectionError):  # a serial server is busy with somebody else
                break
            if not answer.startswith(b"HTTP/1.1 200"):
                break
            count += 1
    return count
