"""The application that the wire suite talks to, written to the framework's public names alone.

It says what it saw (as JSON), and remembers what it executed, so that a test can tell a request
that was refused from one that was answered and done all the same. Rule: `executed` grows in
handlers only, by the first thing that a handler does.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from groundup import App, Request, Response
from groundup.conditional import evaluate
from groundup.streaming import StreamingResponse

MODIFIED = 1704067200  # Mon, 01 Jan 2024 00:00:00 GMT
ALPHABET = b"abcdefghijklmnopqrstuvwxyz"
SHOWN = 2000  # bytes of a body; a longer one is told by its length


class WireApp:
    """One `app` and what its handlers `executed`: "METHOD target" of each request, in order."""

    def __init__(self, files: Path) -> None:
        self.executed: list[str] = []
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
        """What was seen of the request. CONNECT is declined, but for one that nobody may grant."""
        self.note(request)
        body = request.body
        return {
            "method": request.method,
            "target": request.target,
            "version": request.version,
            "host": request.host,
            "body": body.decode("latin-1") if len(body) <= SHOWN else len(body),
            "fields": [list(pair) for pair in request.headers.items()],
        }, (501 if request.method == "CONNECT" and request.target != "tunnel:1" else 200)

    def answers(self, path: str, answer: Any, method: str = "GET") -> None:
        """A route that gives this answer, or what this function returns."""

        def handler(request: Request) -> Any:
            self.note(request)
            return answer() if callable(answer) else answer

        self.app.route(path, method=method)(handler)

    def _plain(self) -> None:
        self.answers("/text", "hello")
        self.answers("/none", None)
        self.answers("/nameless", ("hello", 299))
        self.answers("/only-post", "done", "POST")
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
        self.answers("/bad/status", no_status)

    def _streams(self) -> None:
        """Answers that come in pieces, and bodies that are taken in pieces."""
        self.answers("/stream", lambda: StreamingResponse(three_chunks()))
        self.answers("/stream-breaks", lambda: StreamingResponse(breaks()))
        for name, length in (("length", 13), ("too-long", 5), ("too-short", 20)):
            self.answers(f"/stream-{name}", partial(sized, length))
        self._awaited()
        self._takes("/streamed", lambda request: b"".join(request.stream()).decode("latin-1"))
        self._takes("/counted", lambda request: str(sum(map(len, request.stream()))))
        self._takes("/unread", lambda request: "not interested")

    def _awaited(self) -> None:
        """The same from handlers that wait: every engine has a loop for them."""

        @self.app.get("/awaited")
        async def awaited(request: Request) -> str:
            self.note(request)
            await asyncio.sleep(0.01)
            return "hello"

        @self.app.get("/awaited-stream")
        async def awaited_stream(request: Request) -> StreamingResponse:
            self.note(request)
            return StreamingResponse(three_awaited_chunks())

        @self.app.route("/awaited-body", method="POST", stream_body=True)
        async def awaited_body(request: Request) -> str:
            self.note(request)
            return b"".join([part async for part in request.stream()]).decode("latin-1")

    def _takes(self, path: str, take: Callable[[Request], str]) -> None:
        """A route whose handler is called when the head is there, and reads the body or not."""

        def handler(request: Request) -> str:
            self.note(request)
            return take(request)

        self.app.route(path, method="POST", stream_body=True)(handler)

    def _files(self, files: Path) -> None:
        """Two files, and two things that have only one kind of validator each."""
        for name, data in (("alphabet.txt", ALPHABET), ("empty.txt", b"")):
            (files / name).write_bytes(data)
            os.utime(files / name, (MODIFIED, MODIFIED))
        self.app.static("/files", files)
        self._resource("/note", '"v1"', None)
        self._resource("/dated", None, MODIFIED)

    def _resource(self, path: str, etag: str | None, modified: int | None) -> None:
        """GET tells its name, PUT says "changed": if the conditions hold, and then only."""

        def handler(request: Request) -> Any:
            self.note(request)
            verdict = evaluate(request.method, request.headers, etag, modified, now=time.time())
            if verdict is not None:
                return Response(b"", verdict)
            return "changed" if request.method == "PUT" else path[1:]

        self.app.route(path, methods=["GET", "PUT"])(handler)


def slow() -> str:
    """An answer that takes its time: a faster one behind it must not overtake it."""
    time.sleep(0.03)
    return "slow"


def broken() -> None:
    """A handler that crashes."""
    raise RuntimeError("as ordered")


def sized(length: int) -> StreamingResponse:
    """Thirteen bytes, of which it was said that they are `length`."""
    return StreamingResponse(three_chunks(), length=length)


def three_chunks() -> Iterator[bytes]:
    """A body in pieces, one of them empty: that one ends nothing."""
    yield b"one "
    yield b""
    yield b"two "
    yield b"three"


def no_status() -> Response:
    """A response whose status code was spoilt after it was made."""
    response = Response("abc")
    response.status_code = 99
    return response


async def three_awaited_chunks() -> AsyncIterator[bytes]:
    """The same, waited for."""
    for chunk in three_chunks():
        await asyncio.sleep(0)
        yield chunk


def breaks() -> Iterator[bytes]:
    """A body that fails after its first piece."""
    yield b"one "
    raise RuntimeError("as ordered")
