"""The access log: one JSON object a line for each response, written by a thread of its own.

Apart from the engines because a disk that is slow must not make a response slow: an engine leaves
a few values in a queue, and whoever formats and writes them is not in its way. The rules: the
queue is bounded, and what found it full is counted and said; no byte of a client ends a line.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from groundup.events import RequestHead
from groundup.listening import shown_address
from groundup.request import Request

log = logging.getLogger("groundup.server")

QUEUED = 100_000  # responses that may wait to be written: a second or several of a busy server
PORTION = 64  # lines written at a time; between two of them the engines have their turn
GATHER = 0.1  # seconds in which lines gather, so that a busy server wakes the writer rarely
CLOSING = 5.0  # seconds that the last lines have

Target = bool | str | os.PathLike[str] | Any
"""True or "-" for the standard output, a path, or an object with `write`."""
Entry = tuple[float, float, Any, RequestHead, int, int]
"""When (time.time), seconds it took, the client's address, the head, status code, bytes sent."""


class AccessLog:
    """Call `record` for each response; `close` writes what is left. `dropped` were too many."""

    def __init__(
        self, target: Target = True, *, queued: int = QUEUED,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.dropped = 0
        self._said = 0  # how many of them the log knows of
        self._sink = Sink(target)
        self._clock = clock
        self._queued = queued
        self._queue: deque[Entry] = deque()
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def timed(self, handle: Callable[[Request], Any]) -> Callable[[Request], Any]:
        """`handle`, with the time at which a request came to it noted in the request."""
        clock = self._clock

        def begin(request: Request) -> Any:
            request.began = clock()
            return handle(request)

        return begin

    def record(self, request: Request, status: int, size: int) -> None:
        """Remember a response; from any thread, without waiting for anything."""
        if len(self._queue) >= self._queued:
            with self._lock:
                self.dropped += 1
            return
        took = self._clock() - request.began
        entry = (time.time(), took, request.client_addr, request.head, status, size)
        self._queue.append(entry)
        if not self._wanted.is_set():
            self._wanted.set()

    def close(self) -> None:
        """Write everything, then end; a target that takes nothing is not waited for long."""
        self._closing.set()
        self._wanted.set()
        self._thread.join(CLOSING)
        if self._thread.is_alive():
            log.warning("access log: %d lines could not be written", len(self._queue))

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wanted.wait()
            self._closing.wait(GATHER)
            self._wanted.clear()  # before the queue is emptied: what comes now sets it again
            self._write_all()
        self._write_all()
        self._sink.close()

    def _write_all(self) -> None:
        while self._queue:
            count = min(PORTION, len(self._queue))
            lines = [line(self._queue.popleft()) for _ in range(count)]
            if (lost := self.dropped - self._said) > 0:
                self._said += lost
                lines.append(json.dumps({"time": iso(time.time()), "dropped": lost}) + "\n")
            self._sink.write("".join(lines))


class Sink:
    """Where the lines go. What cannot be written is lost, and said once."""

    def __init__(self, target: Target) -> None:
        self._given = target if hasattr(target, "write") else None
        self._path = None if self._given or target is True or target == "-" else str(target)
        self._descriptor = 1
        self._failed = False
        if self._path is not None:
            self._open(self._path)

    def _open(self, path: str) -> None:
        # O_APPEND, and one write for whole lines: processes may share the file.
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def write(self, text: str) -> None:
        """Write whole lines."""
        try:
            if self._given is not None:
                self._given.write(text)
                getattr(self._given, "flush", bool)()
            else:
                self._write_bytes(text.encode())
            self._failed = False
        except (OSError, ValueError) as error:  # ValueError: the file object is closed
            if not self._failed:
                log.error("the access log cannot be written: %s", error)
            self._failed = True

    def _write_bytes(self, data: bytes) -> None:
        if self._path is None:
            sys.stdout.flush()
        elif moved(self._path, self._descriptor):
            os.close(self._descriptor)
            self._open(self._path)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def close(self) -> None:
        """Close the file, if it is ours."""
        if self._path is not None:
            os.close(self._descriptor)


def moved(path: str, descriptor: int) -> bool:
    """Whether the file of this name is no longer the open one: logs are rotated by renaming."""
    try:
        return not os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return True


def line(entry: Entry) -> str:
    """One line. JSON's escapes leave no control character as it is, nor anything but ASCII."""
    when, took, client, head, status, size = entry
    fields: dict[str, Any] = {
        "time": iso(when),
        "client": shown_address(client) if isinstance(client, tuple) else None,
        "method": head.method,
        "target": head.target,
        "status": status,
        "bytes": size,
        "seconds": round(took, 6),
    }
    for name, field in (("agent", "user-agent"), ("referrer", "referer")):
        if (value := head.headers.get(field)) is not None:
            fields[name] = value
    return json.dumps(fields) + "\n"


def iso(when: float) -> str:
    """A moment as RFC 3339 writes it, in UTC, with milliseconds."""
    return datetime.fromtimestamp(when, UTC).isoformat(timespec="milliseconds")
