"""Bodies that are never held whole: a response that comes in pieces, a request read in pieces.

Apart from `response`, whose body is a value: here it is something that happens, and somebody
must end it. The rule: whoever is given a streamed response closes it, exactly once, whether it
was sent to its end, cut off, or never begun.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from typing import Any, Protocol, TypeGuard

from groundup.response import HeaderSource, Response

Chunk = bytes | str
END = object()  # what `next(chunks, END)` gives at the end
Chunks = Iterator[Any] | AsyncIterator[Any]


class Streamed(Response):
    """A response whose body an engine takes piece by piece.

    `chunks`: an iterator or an async iterator of bytes, str (UTF-8) or FilePart; an empty one is
    no end. `length`: how many bytes that will be, or None. `blocking`: whether taking the next one
    may wait, so that an event loop must not do it itself.
    """

    __slots__ = ("blocking", "chunks", "length")

    chunks: Chunks | None
    length: int | None
    blocking: bool

    def prepare(self, request: Any) -> None:
        """What may touch the disk, done once before the head is sent, never on an event loop."""

    @property
    def needs_preparation(self) -> bool:
        """Whether `prepare` has anything to do."""
        return False

    def stop(self) -> None:
        """The server is stopping: come to an end soon. May be called by another thread."""

    def close(self) -> None:
        """Let go of what the body came from. An async iterator is closed by its engine."""
        close = getattr(self.chunks, "close", None)
        if close is not None:
            close()


def needs_preparation(response: Response) -> TypeGuard[Streamed]:
    """Whether the disk must be asked before this response can be sent."""
    return isinstance(response, Streamed) and response.needs_preparation


def is_streamed(response: Response) -> TypeGuard[Streamed]:
    """Whether the body comes in pieces; that of a prepared 304, say, does not."""
    return isinstance(response, Streamed) and response.chunks is not None


class StreamingResponse(Streamed):
    """A body from an iterable or async iterable of bytes or str, such as a generator.

    `length` declares how many bytes it will be; without it they go out in chunks. `content_type`
    defaults to "application/octet-stream", unless `headers` have one. TypeError for one value, such
    as a str or bytes. `blocking` is False for a list or a tuple, whose pieces are here, and for
    what is async; anything else may wait.
    """

    __slots__ = ()

    def __init__(
        self,
        content: Iterable[Chunk] | AsyncIterable[Chunk],
        status_code: int = 200,
        headers: HeaderSource = None,
        content_type: str | None = None,
        *,
        length: int | None = None,
    ) -> None:
        super().__init__(b"", status_code, headers, content_type)
        self.headers.setdefault("content-type", "application/octet-stream")
        self.length = length
        if isinstance(content, AsyncIterable):
            self.chunks = aiter(content)
        elif isinstance(content, str | bytes | bytearray | memoryview):  # a letter, a byte a chunk
            raise TypeError("a stream is made of chunks: for one value return a Response")
        else:
            self.chunks = iter(content)
        self.blocking = not isinstance(content, list | tuple | AsyncIterable)

    def pass_through(self, change: Callable[[bytes], bytes], end: Callable[[], bytes]) -> None:
        """Have each piece changed on its way, and `end()` sent after the last one."""
        chunks: Any = self.chunks
        is_async = isinstance(chunks, AsyncIterator)
        self.chunks = (
            changed_later(chunks, change, end) if is_async else changed(chunks, change, end)
        )
        self.length = None


def changed(
    chunks: Iterator[Any], change: Callable[[bytes], bytes], end: Callable[[], bytes]
) -> Iterator[bytes]:
    """The pieces changed, one for one, and what follows the last."""
    try:
        for piece in chunks:
            yield change(encoded(piece))
        yield end()
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()


async def changed_later(
    chunks: AsyncIterator[Any], change: Callable[[bytes], bytes], end: Callable[[], bytes]
) -> AsyncIterator[bytes]:
    """The same for an async stream."""
    try:
        async for piece in chunks:
            yield change(encoded(piece))
        yield end()
    finally:
        close = getattr(chunks, "aclose", None)
        if close is not None:
            await close()


def encoded(piece: Any) -> bytes:
    """A chunk as bytes; TypeError for what is neither bytes nor str."""
    if isinstance(piece, bytes):
        return piece
    if isinstance(piece, str):
        return piece.encode()
    if isinstance(piece, bytearray | memoryview):
        return bytes(piece)
    raise TypeError(f"a stream gave {type(piece).__name__}: chunks are bytes or str")


class ClientLeft(ConnectionError):
    """A request's client is gone: nobody waits for its answer, and there will be no more body."""

    is_fault = False  # of the program: it is not written to the log as a crash


class BodySource(Protocol):
    """Where a request's body comes from while it is still coming: an engine's side of it."""

    async def read(self) -> bytes:
        """The next part, b"" at the end. Raises ProtocolError, or ClientLeft."""

    def read_blocking(self) -> bytes:
        """The same for a thread that may wait."""

    async def whole(self) -> bytes:
        """All of it, within the limit of a body that is held whole."""

    def whole_blocking(self) -> bytes:
        """The same for a thread that may wait."""


class RequestStream:
    """A request's body, part by part: `for chunk in stream`, or `async for` in an async handler.

    It can be read once. Memory holds one part at a time, and the peer is made to wait.
    """

    __slots__ = ("_body", "_source")

    def __init__(self, body: bytes, source: BodySource | None) -> None:
        self._body = body
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        if self._body:
            yield self._body
        while self._source is not None and (part := self._source.read_blocking()):
            yield part

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._body:
            yield self._body
        while self._source is not None and (part := await self._source.read()):
            yield part
