"""The load of step 09: what a request costs, on streams and on a protocol.

Run it with `python3 -m workshop bench 9`: no other program is needed. Thirty-two connections ask at
once, and then all answers are read, so the server has always something to do.
"""

import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from workshop.attacks import Target, receive

SECONDS = 0.8  # for each figure
WARM = 0.2  # seconds before that
CLIENTS = 32
PLAIN = b"GET /open HTTP/1.1\r\nHost: book\r\n\r\n"
BROWSER = b"".join(
    (
        b"GET /open HTTP/1.1\r\nHost: book:8000\r\nConnection: keep-alive\r\n",
        b'sec-ch-ua: "Chromium";v="140"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Linux"\r\n',
        b"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n",
        b"Accept: text/html,application/xhtml+xml,image/avif,*/*;q=0.8\r\n",
        b"Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n",
        b"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en\r\n",
        b"Cookie: name=ann; session=0123456789abcdef\r\n\r\n",
    )
)
# An unusual option of Connection: the short cut has a doubt, and the parser reads the same request.
PARSED = BROWSER.replace(b"Connection: keep-alive", b"Connection: keep-alive, x-none")
LOADS = {
    "short": PLAIN,
    "a browser's": BROWSER,
    "by the parser": PARSED,
}


def bench(target: Target) -> dict[str, float]:
    """Return the figures of this step: requests a second, and what each costs the processor."""
    figures: dict[str, float] = {}
    for name, request in LOADS.items():
        found = measured(target, request)
        figures[f"{name}, requests/s"] = found["rate"]
        if found["each"]:
            figures[f"{name}, µs each"] = found["each"]
    return figures


def measured(target: Target, request: bytes) -> dict[str, float]:
    """Requests a second, and the µs of processor time of each; 0 where no system tells."""
    load(target, request, time.perf_counter() + WARM)
    before, start = processor_time(target.pid), time.perf_counter()
    count = load(target, request, start + SECONDS)
    spent, after = time.perf_counter() - start, processor_time(target.pid)
    each = 0.0 if before is None or after is None else (after - before) / count * 1e6
    return {"rate": count / spent, "each": each}


def load(target: Target, request: bytes, end: float) -> int:
    """Ask until then, on all connections at once, and return how many were answered."""
    count = 0
    with ExitStack() as cleanup:
        clients = [
            cleanup.enter_context(socket.create_connection(target.address, 10))
            for _ in range(CLIENTS)
        ]
        clients[0].sendall(request)
        size = len(clients[0].recv(65536))  # it is short, and each answer is as long
        while time.perf_counter() < end:
            for client in clients:
                client.sendall(request)
            for client in clients:
                receive(client, size)
            count += CLIENTS
    return count


def processor_time(pid: int) -> float | None:
    """Seconds of processor time that a process has used; None where the system does not tell."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / 100  # Linux counts in hundredths
    return None
