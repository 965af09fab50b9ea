"""Bodies on asyncio's streams: one that comes in, the pieces of one that goes out.

Apart from the connection because it only asks for them. The rule: memory holds one part at a time,
and no loop waits for the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from groundup.connection import Connection
from groundup.engines.sendfile import by_threads
from groundup.engines.worker import LoopWorker
from groundup.events import EOF, Data, EndOfMessage, RequestHead
from groundup.files import FilePart
from groundup.limits import Limits
from groundup.request import Request
from groundup.streaming import ClientLeft, encoded

if TYPE_CHECKING:
    from groundup.streamserver import HTTPConnection


def parse_into(request: Request, buffer: bytearray, limits: Limits = Limits()) -> bool:  # noqa: B008
    """Fill `request` from the front of `buffer`, and take what was used; False: not all is here.

    Raises ProtocolError. Each call begins anew, so whoever reads byte by byte uses a Connection.
    """
    connection = Connection(limits)
    connection.receive(bytes(buffer))
    head, parts = connection.next_event(), list[bytes]()
    if not isinstance(head, RequestHead):
        return False
    while isinstance(event := connection.next_event(), Data):
        parts.append(event.data)
    if not isinstance(event, EndOfMessage):
        return False
    Request.__init__(request, head, b"".join(parts))
    del buffer[: len(buffer) - connection.buffered]
    return True


async def parts_of(piece: Any, worker: LoopWorker) -> AsyncIterator[bytes]:
    """A piece of a stream as bytes: a part of a file in blocks, each read by a thread."""
    if isinstance(piece, FilePart):
        async for block in by_threads(worker, piece):
            yield block
    else:
        yield encoded(piece)


class Body:
    """Where a request's body comes from while it is still coming."""

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()

    async def read(self) -> bytes:
        """The next part, b"" at the end."""
        event = await self._connection.next_event()
        if event is EOF:
            raise ClientLeft("the connection has ended inside a body")
        return event.data if isinstance(event, Data) else b""

    def read_blocking(self) -> bytes:
        """The same for a handler in a thread."""
        return asyncio.run_coroutine_threadsafe(self.read(), self._loop).result()

    async def whole(self) -> bytes:
        """All of it, within the limit of a body that is held whole."""
        return await self._connection.collect()

    def whole_blocking(self) -> bytes:
        """The same for a handler in a thread."""
        return asyncio.run_coroutine_threadsafe(self.whole(), self._loop).result()


class Pen:
    """Writes to a peer, which must take something of what waits for it every `seconds`."""

    def __init__(self, writer: asyncio.StreamWriter, seconds: float | None) -> None:
        self._writer = writer
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None

    async def write(self, data: bytes) -> None:
        """Send, and wait until there is room for more. ConnectionError when the peer is gone."""
        self._writer.write(data)
        with self._watched():
            await self._writer.drain()

    async def close(self) -> None:
        """Close, when everything has been sent."""
        self._writer.close()
        with suppress(ConnectionError), self._watched():
            await self._writer.wait_closed()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        self._look(-1)
        try:
            yield
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def _look(self, before: int) -> None:
        """Cut a peer off that has taken nothing since the last look, when `before` bytes waited."""
        left = self._writer.transport.get_write_buffer_size()
        if left and left == before:
            self._writer.transport.abort()
        elif self._seconds is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._seconds, self._look, left)
