"""What the tests of faults share: bystanders that must not notice, sockets that misbehave, figures.

Apart because a fault is nothing without somebody it might have hurt. Rule: whoever measures says
what the bound was, and writes both down: `python -m benchmarks.faults` makes the table of them.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from program import PATIENCE, answer, ask, connect, eventually

ENGINES = ("protocol", "pool", "threads")  # serial has no bystanders: one client at a time
RECORD = "GROUNDUP_FAULTS"  # names the file that figures are written to
FRESH_EVERY = 0.004  # seconds between two questions of a bystander


def figure(fault: str, mode: str, what: str, value: float, most: float, unit: str = "s") -> None:
    """Write down what was measured, and hold it to its bound."""
    line = {"fault": fault, "mode": mode, "what": what, "value": value, "most": most, "unit": unit}
    print(f"{fault}, {mode}: {what} {value:.3g} {unit} (at most {most:g})")
    if path := os.environ.get(RECORD):
        with open(path, "a") as file:
            file.write(json.dumps(line) + "\n")
    assert value <= most, f"{fault}, {mode}: {what} {value:.3g} {unit}, at most {most:g}"


class Bystander:
    """An ordinary client: asks again and again, each time on a new connection.

    `gap` is the longest time without an answer of 200, from beginning to end.
    """

    def __init__(self, address: Any, target: str = "/") -> None:
        self.address, self.target = address, target
        self.took: list[float] = []  # seconds, of each answer that was a 200
        self.troubles: list[str] = []
        self.gap = 0.0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Bystander:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive(), "the bystander waits for an answer that does not come"

    def _run(self) -> None:
        good_at = time.monotonic()
        while not self._ending.wait(FRESH_EVERY):
            begin = time.monotonic()
            try:
                with connect(self.address) as sock:
                    ask(sock, self.target, close=True)
                    status, _ = answer(sock)
            except OSError as error:
                status = 0
                self.troubles.append(repr(error))
            now = time.monotonic()
            if status == 200:
                self.took.append(now - begin)
                self.gap, good_at = max(self.gap, now - good_at), now
            elif status:
                self.troubles.append(str(status))
        self.gap = max(self.gap, time.monotonic() - good_at)

    def until(self, count: int) -> None:
        """Wait for so many more answers."""
        wanted = len(self.took) + count
        eventually(lambda: len(self.took) >= wanted)


def p99(took: list[float]) -> float:
    """Ninety-nine of a hundred were at least as fast."""
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def to_the_end(sock: socket.socket) -> bytes:
    """All that comes until the server closes, in whatever way."""
    data = b""
    with suppress(ConnectionError):
        while part := sock.recv(65536):
            data += part
    return data


def until_closed(sock: socket.socket, since: float) -> tuple[float, bytes]:
    """How many seconds after `since` the server has closed, and what it said before."""
    data = to_the_end(sock)
    return time.monotonic() - since, data


def reset(sock: socket.socket) -> None:
    """Leave with an RST, as a process that crashes does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def narrow(address: Any, size: int = 8192) -> socket.socket:
    """A connection whose kernel keeps little, so that what is not read stays with the server."""
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    sock.settimeout(PATIENCE)
    sock.connect(address)
    return sock


@contextmanager
def all_closed(sockets: list[socket.socket]) -> Iterator[list[socket.socket]]:
    """These, and no longer than the block."""
    try:
        yield sockets
    finally:
        for sock in sockets:
            sock.close()


def descriptors(pid: int | str = "self") -> int:
    """How many files and sockets a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident(pid: int | str = "self") -> float:
    """MiB of memory that a process has."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
