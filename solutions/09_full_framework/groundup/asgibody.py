"""What another server says of a request, in our words: its head, and its body as it comes.

Apart from the adapter because it is translation alone. The rule: what the server has checked is
taken as it is; what we send is checked here, since not every server does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

from groundup.errors import ProtocolError, ResponseError
from groundup.events import RequestHead
from groundup.grammar import ABSOLUTE
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.request import Request
from groundup.response import Response
from groundup.streaming import ClientLeft, Streamed
from groundup.writer import field_line, may_have_body

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
TOO_LARGE = (413, "the body is above the limit", "RFC 9110 §15.5.14")
OURS = ("connection", "transfer-encoding", "keep-alive")  # the server's to say


def head_of(scope: Mapping[str, Any]) -> tuple[RequestHead, bool]:
    """The head, and whether a body may follow: only HTTP/1 says for certain that none does."""
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    fields = Headers(pairs)
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"])
    query = scope.get("query_string", b"").decode("latin-1")
    target = f"{path.partition('?')[0]}?{query}" if query else path
    version = "1.0" if scope.get("http_version") == "1.0" else "1.1"
    absolute = ABSOLUTE.fullmatch(target)
    host = absolute[1] if absolute else fields.get("host") or ""
    head = RequestHead(scope["method"], target, version, fields, host)
    framed = "transfer-encoding" in fields or fields.get("content-length", "0") != "0"
    return head, framed or not str(scope.get("http_version", "1.1")).startswith("1")


def start_message(request: Request, response: Response) -> dict[str, Any]:
    """The message that begins a response; ResponseError for one that may not be sent."""
    fields = Headers(response.fields)
    status = response.status_code
    for name in OURS:
        if name in fields:
            del fields[name]
    length = response.length if isinstance(response, Streamed) else len(response.body)
    if isinstance(response, Streamed) and response.chunks is None:
        length = len(response.body)
    if length and not may_have_body(status):
        raise ResponseError(f"a {status} response has no body; this one has {length} bytes")
    if length is not None and may_have_body(status) and (length or request.method != "HEAD"):
        fields.setdefault("content-length", str(length))
    for pair in fields.items():
        field_line(*pair)
    pairs = [(name.encode("ascii"), value.encode("latin-1")) for name, value in fields.items()]
    return {"type": "http.response.start", "status": status, "headers": pairs}


class AsgiBody:
    """A request's body on its way in, and after it whether the client is still there."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive = receive
        self._limits = limits
        self._left = limits.streamed_body
        self._ended = asyncio.Event()
        self._fault: Exception | None = None  # why there will be no end of it
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes:
        """The next part, b"" at its end. ProtocolError 413, or ClientLeft: then again each time.

        Of messages `http.request`, until one has no `more_body`, or `http.disconnect` comes.
        """
        while self._fault is None and not self._ended.is_set():
            message = await self._receive()
            left = message["type"] == "http.disconnect"
            if left or not message.get("more_body", False):
                self._ended.set()
            part = bytes(message.get("body", b""))
            self._left -= len(part)
            if left:
                self._fault = ClientLeft("the client has left inside a body")
            elif self._left < 0:
                self._fault = ProtocolError(*TOO_LARGE)
            elif part:
                return part
        return self._end()

    def _end(self) -> bytes:
        """b"", or the fault that is noted in `_fault`, as often as somebody asks."""
        if self._fault is not None:
            raise self._fault
        return b""

    async def whole(self) -> bytes:
        """All of it, within the limit of a body that is held whole."""
        self._left = min(self._left, self._limits.body)
        parts: list[bytes] = []
        while part := await self.read():
            parts.append(part)
        return b"".join(parts)

    def read_blocking(self) -> bytes:
        """The next part, for a handler in a thread."""
        return asyncio.run_coroutine_threadsafe(self.read(), self._loop).result()

    def whole_blocking(self) -> bytes:
        """All of it, for a handler in a thread."""
        return asyncio.run_coroutine_threadsafe(self.whole(), self._loop).result()

    async def client_left(self, *, nothing: bool) -> None:
        """Return when the client has left. Only after the body: both come by the same way.

        `nothing`: there is no body.
        """
        if not nothing:
            await self._ended.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
