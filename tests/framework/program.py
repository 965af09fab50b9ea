"""`python -m groundup run …` in a process of its own, for as long as a `with` block lasts.

Apart because signals, exit statuses and groups of processes cannot be seen from inside. Rules: it
is ready when it has said `listening on …`; every wait has an end; what was started is ended, by a
session of its own that holds nobody else.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# Another tree may be named, such as a learner's own; every process that is started sees it, too.
FRAMEWORK = (ROOT / os.environ.get("WORKSHOP_TREE", "solutions/09_full_framework")).resolve()
PATIENCE = 30.0  # seconds: a machine may be slow, but not that slow


class Program:
    """A running command: its lines as they come, its end, and an HTTP client for its address."""

    def __init__(self, command: list[str], cwd: Path, fds: tuple[int, ...] = ()) -> None:
        environment = os.environ | {"PYTHONPATH": str(FRAMEWORK), "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, cwd=cwd, env=environment, pass_fds=fds, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._seen = 0
        self._news: queue.Queue[None] = queue.Queue()
        self._readers = [
            threading.Thread(target=self._read, args=(stream, kept), daemon=True)
            for stream, kept in (
                (self.process.stdout, self.lines),
                (self.process.stderr, self.errors),
            )
        ]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: Any, kept: list[str]) -> None:
        for line in stream:
            kept.append(line.rstrip("\n"))
            self._news.put(None)
        self._news.put(None)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def said(self) -> str:
        """Both outputs, for a failure's message."""
        return "\n".join([*self.lines, "-- stderr", *self.errors])

    def until(self, part: str, *, errors: bool = False, seconds: float = PATIENCE) -> str:
        """The next line (that no `until` has returned) with `part` in it."""
        kept = self.errors if errors else self.lines
        position = 0 if errors else self._seen
        end = time.monotonic() + seconds
        while True:
            for number in range(position, len(kept)):
                if part in kept[number]:
                    self._seen = self._seen if errors else number + 1
                    return kept[number]
            if time.monotonic() > end or self.ended:
                raise AssertionError(f"it never said {part!r}:\n{self.said}")
            with suppress(queue.Empty):
                self._news.get(timeout=0.1)

    @property
    def ended(self) -> bool:
        """It has ended, and all that it said is here."""
        return self.process.poll() is not None and not any(r.is_alive() for r in self._readers)

    def listening(self) -> tuple[str, int]:
        """Its address, once it listens."""
        host, _, port = self.until("listening on ").split()[-1].rpartition(":")
        self.address = (host, int(port))
        return self.address

    def tell(self, number: int) -> None:
        """Send a signal to this process alone."""
        self.process.send_signal(number)

    def wait(self, seconds: float = PATIENCE) -> int:
        """Its exit status."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end:\n{self.said}") from None
        for reader in self._readers:
            reader.join(PATIENCE)
        return status

    def get(self, target: str = "/", **options: Any) -> tuple[int, bytes]:
        return get(self.address, target, **options)

    def end(self) -> None:
        """End it and everything that it has started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@contextmanager
def program(*arguments: object, cwd: Path = HERE, fds: tuple[int, ...] = ()) -> Iterator[Program]:
    """`python -m groundup ARGUMENTS`."""
    words = [str(word) for word in arguments]
    started = Program([sys.executable, "-m", "groundup", *words], cwd, fds)
    try:
        yield started
    finally:
        started.end()


@contextmanager
def serving_program(target: str, *options: object, **more: Any) -> Iterator[Program]:
    """`python -m groundup run TARGET --port 0 OPTIONS`, which listens by now."""
    with program("run", target, "--port", 0, *options, **more) as started:
        started.listening()
        yield started


@contextmanager
def script(path: Path, *arguments: object) -> Iterator[Program]:
    """`python PATH`, where it lies."""
    started = Program([sys.executable, str(path), *map(str, arguments)], path.parent)
    try:
        yield started
    finally:
        started.end()


def connect(address: Any, seconds: float = PATIENCE) -> socket.socket:
    """A connection to (host, port), or to a unix socket's path."""
    if isinstance(address, tuple):
        return socket.create_connection(address, timeout=seconds)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(seconds)
    sock.connect(str(address))
    return sock


def ask(sock: socket.socket, target: str = "/", *, close: bool = False) -> None:
    """Send a GET."""
    last = b"Connection: close\r\n" if close else b""
    sock.sendall(b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (target.encode(), last))


def answer(sock: Any) -> tuple[int, bytes]:
    """The next response, framed by its length: status and body. ConnectionError if it is cut."""
    status, _, body = response(sock)
    return status, body


def response(sock: Any) -> tuple[int, dict[bytes, bytes], bytes]:
    """The same with its fields, all in lower case."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += some(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields.get(b"content-length", b"0"))
    while len(body) < length:
        body += some(sock)
    return int(head.split()[1]), fields, body


def some(sock: Any) -> bytes:
    data = sock.recv(65536)
    if not data:
        raise ConnectionAbortedError("the server has closed")
    return data


def get(address: Any, target: str = "/", *, wrap: Any = None) -> tuple[int, bytes]:
    """One request on a connection of its own."""
    with connect(address) as plain:
        sock = wrap(plain) if wrap else plain
        with sock:
            ask(sock, target, close=True)
            return answer(sock)


def gone(pid: int) -> bool:
    """Whether a process has ended (or is a zombie that nobody has waited for)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        with suppress(ProcessLookupError):
            os.kill(pid, 0)
            return Path("/proc/self").exists()
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


def eventually(truth: Any, seconds: float = PATIENCE) -> float:
    """Wait until `truth()`; the seconds that it took."""
    begin = time.monotonic()
    while not truth():
        assert time.monotonic() - begin < seconds, f"{truth} did not come true in {seconds} s"
        time.sleep(0.01)
    return time.monotonic() - begin
