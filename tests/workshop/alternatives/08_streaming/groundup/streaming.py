"""Bodies in pieces. A stream is kept as what it was made of, until somebody asks for its first.

Another design than the solution's: what is to be done to the pieces on their way is a list, and no
generator around a generator.
"""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

from groundup.response import Response

END = object()
BodySource = object  # a word for those who read


def encoded(piece):
    match piece:
        case bytes():
            return piece
        case str():
            return piece.encode("utf-8")
        case bytearray() | memoryview():
            return bytes(piece)
    raise TypeError(f"neither bytes nor str: {type(piece).__name__}")


class Streamed(Response):
    chunks = length = None
    blocking = True
    needs_preparation = False

    def prepare(self, request):
        pass

    def stop(self):
        pass

    def close(self):
        if hasattr(self.chunks, "close"):
            self.chunks.close()


def needs_preparation(response):
    return isinstance(response, Streamed) and response.needs_preparation


def is_streamed(response):
    return isinstance(response, Streamed) and response.chunks is not None


class Passing:
    """An iterator whose pieces are changed; the last thing it gives is what `end` says."""

    def __init__(self, inner, change, end):
        self.inner, self.change, self.end = inner, change, end

    def changed(self, piece):
        if piece is not END:
            return self.change(encoded(piece))
        end, self.end = self.end, None
        return END if end is None else end()


class PassingNow(Passing):
    def __iter__(self):
        return self

    def __next__(self):
        piece = self.changed(next(self.inner, END) if self.end else END)
        if piece is END:
            raise StopIteration
        return piece

    def close(self):
        self.end = None
        getattr(self.inner, "close", int)()


class PassingLater(Passing):
    def __aiter__(self):
        return self

    async def __anext__(self):
        piece = self.changed(await anext(self.inner, END) if self.end else END)
        if piece is END:
            raise StopAsyncIteration
        return piece

    async def aclose(self):
        self.end = None
        if hasattr(self.inner, "aclose"):
            await self.inner.aclose()


class StreamingResponse(Streamed):
    def __init__(self, content, status_code=200, headers=None, content_type=None, *, length=None):
        match content:
            case AsyncIterable():
                self.chunks, self.blocking = content.__aiter__(), False
            case str() | bytes() | bytearray() | memoryview():
                raise TypeError("one value is no stream: make a Response of it")
            case Iterable():
                self.chunks, self.blocking = iter(content), type(content) not in (list, tuple)
            case _:
                raise TypeError(f"no stream can be made of {content!r}")
        if content_type is None:
            content_type = "application/octet-stream"
            if "content-type" in Response(b"", 200, headers).headers:
                content_type = None
        Response.__init__(self, b"", status_code, headers, content_type)
        self.length = length

    def pass_through(self, change, end):
        kind = PassingLater if isinstance(self.chunks, AsyncIterator) else PassingNow
        self.chunks, self.length = kind(self.chunks, change, end), None


class ClientLeft(ConnectionError):
    is_fault = False


class RequestStream:
    def __init__(self, body, source):
        self.here, self.source = [body] if body else [], source

    def __iter__(self) -> Iterator:
        yield from self.here
        if self.source is not None:
            yield from iter(self.source.read_blocking, b"")

    async def __aiter__(self):
        for part in self.here:
            yield part
        while self.source is not None:
            part = await self.source.read()
            if part == b"":
                return
            yield part
