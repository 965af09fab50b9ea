"""The application that the wire suite talks to, written to the framework's public names alone.

It says what it saw (as JSON), and remembers what it executed, so that a test can tell a request
that was refused from one that was answered and done all the same. Rule: `executed` grows in
handlers only, by the first thing that a handler does.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from groundup import App, Request, Response

MODIFIED = 1704067200  # Mon, 01 Jan 2024 00:00:00 GMT
ALPHABET = b"abcdefghijklmnopqrstuvwxyz"
SHOWN = 2000  # bytes of a body; a longer one is told by its length


class WireApp:
    """One `app` and what its handlers `executed`: "METHOD target" of each request, in order."""

    def __init__(self, files: Path) -> None:
        self.executed: list[str] = []
        self.streams = False
        self.app = App()
        self.app.set_default_handler(self.echo)
        self._plain()
        self._broken()
        self._streams()
        self._files(files)

    def note(self, request: Request) -> None:
        """This request is being executed."""
        self.executed.append(f"{request.method} {request.target}")

    def echo(self, request: Request) -> Any:
        """What was seen of the request. CONNECT is declined: there is no tunnel here."""
        self.note(request)
        body = request.body
        return {
            "method": request.method,
            "target": request.target,
            "version": request.version,
            "host": request.host,
            "body": body.decode("latin-1") if len(body) <= SHOWN else len(body),
            "fields": [list(pair) for pair in request.headers.items()],
        }, (501 if request.method == "CONNECT" else 200)

    def answers(self, path: str, answer: Any, method: str = "GET") -> None:
        """A route that gives this answer, or what this function returns."""

        def handler(request: Request) -> Any:
            self.note(request)
            return answer() if callable(answer) else answer

        self.app.route(path, method=method)(handler)

    def _plain(self) -> None:
        self.answers("/text", "hello")
        self.answers("/none", None)
        self.answers("/reset", lambda: Response(b"", 205))
        self.answers("/unmodified", lambda: Response(b"", 304, {"etag": '"e"'}))
        self.answers("/closing", lambda: Response("bye", 200, {"connection": "close"}))
        self.answers("/slow", slow)
        self.answers("/raise", broken)

    def _broken(self) -> None:
        """Responses that may not be written, each in one way."""
        self.answers("/bad/length", lambda: Response("abc", headers={"content-length": "9"}))
        self.answers("/bad/coding", lambda: Response("abc", headers={"transfer-encoding": "gzip"}))
        self.answers("/bad/value", lambda: Response("abc", headers={"x": "a\r\nset-cookie: b"}))
        self.answers("/bad/cr", lambda: Response("abc", headers={"x": "a\rb"}))
        self.answers("/bad/name", lambda: Response("abc", headers={" x": "a"}))
        self.answers("/bad/204-body", lambda: Response("abc", 204))
        self.answers("/bad/204-length", lambda: Response(b"", 204, {"content-length": "0"}))
        self.answers("/bad/205-body", lambda: Response("abc", 205))
        self.answers("/bad/304-body", lambda: Response("abc", 304))
        self.answers("/bad/kind", object)

    def _streams(self) -> None:
        try:
            from groundup import StreamingResponse
        except ImportError:
            return
        self.streams = True
        self.answers(
            "/stream", lambda: StreamingResponse(three_chunks(), content_type="text/plain")
        )
        self.answers("/stream-breaks", lambda: StreamingResponse(breaks()))

        @self.app.route("/streamed", method="POST", stream_body=True)
        def streamed(request: Request) -> str:
            self.note(request)
            return b"".join(request.stream()).decode("latin-1")

        @self.app.route("/unread", method="POST", stream_body=True)
        def unread(request: Request) -> str:
            self.note(request)
            return "not interested"

    def _files(self, files: Path) -> None:
        if not hasattr(self.app, "static"):
            return
        for name, data in (("alphabet.txt", ALPHABET), ("empty.txt", b"")):
            (files / name).write_bytes(data)
            os.utime(files / name, (MODIFIED, MODIFIED))
        self.app.static("/files", files)


def slow() -> str:
    """An answer that takes its time: a faster one behind it must not overtake it."""
    time.sleep(0.03)
    return "slow"


def broken() -> None:
    """A handler that crashes."""
    raise RuntimeError("as ordered")


def three_chunks() -> Iterator[bytes]:
    """A body in pieces, one of them empty: that one ends nothing."""
    yield b"one "
    yield b""
    yield b"two "
    yield b"three"


def breaks() -> Iterator[bytes]:
    """A body that fails after its first piece."""
    yield b"one "
    raise RuntimeError("as ordered")
