"""A response on its way out of an event loop: whole, or piece by piece at its reader's pace.

Apart from the exchange, which asks for it, because here the response is the one that must be
waited for and, at last, let go. The rule: no piece is taken before the reader has room for it,
so memory holds one piece and what the transport buffers, however long the stream is.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from groundup.connection import Connection
from groundup.engines.sendfile import send_file
from groundup.engines.worker import LoopWorker
from groundup.files import FilePart
from groundup.outgoing import OutgoingBody
from groundup.request import Request
from groundup.response import Response
from groundup.streaming import END, Streamed, encoded, is_streamed

if TYPE_CHECKING:
    from groundup.engines.httpprotocol import HTTPProtocol

TURN = 16  # pieces sent before the others have their turn, however fast the reader is


class Delivery:
    """One response being sent. `sent` counts its bytes; `until_close`: its body ends with FIN."""

    __slots__ = ("_connection", "_protocol", "_request", "_response", "sent", "until_close")

    def __init__(
        self, protocol: HTTPProtocol, connection: Connection, request: Request, response: Response
    ) -> None:
        self._protocol = protocol
        self._connection = connection
        self._request = request
        self._response = response
        self.sent = 0
        self.until_close = False

    async def run(self) -> None:
        """Send it to its end. Raises what the stream raises, ResponseError, ConnectionError."""
        response = self._response
        if not is_streamed(response):
            self._protocol.send(self._request, response)
            return
        taker = Taker(response, self._protocol.hub.worker)
        try:
            await self._send_stream(response, taker)
        finally:
            if self._protocol.hub.record is not None:
                self._protocol.hub.record(self._request, response.status_code, self.sent)
            await asyncio.shield(taker.let_go())

    def stop(self) -> None:
        """The server stops: tell the stream."""
        if isinstance(self._response, Streamed):
            self._response.stop()

    async def _send_stream(self, response: Streamed, taker: Taker) -> None:
        body = self._connection.start_response(
            response.status_code, response.headers, response.length, date=self._protocol.hub.date
        )
        self.until_close = body.until_close
        self._write(body.head)
        turns = 0
        while not body.silent and (piece := await taker.take()) is not END:
            await self._send_piece(body, piece)
            await self._protocol.drained()
            turns += 1
            if turns % TURN == 0:
                await asyncio.sleep(0)
        self._write(self._connection.end_response())

    async def _send_piece(self, body: OutgoingBody, piece: Any) -> None:
        """A piece of the body; of a file by the kernel where that can be, else in blocks."""
        if not isinstance(piece, FilePart):
            self._write(body.data(encoded(piece)))
            return
        if body.raw:
            body.count(piece.count)
        async for sent in send_file(self._protocol, piece, whole=body.raw):
            if isinstance(sent, bytes):
                self._write(sent if body.raw else body.data(sent))
                await self._protocol.drained()
            else:
                self.sent += sent

    def _write(self, data: bytes) -> None:
        if data:
            self._protocol.write(data)
            self.sent += len(data)


class Taker:
    """Takes the pieces of a stream, each in the way that its kind asks for."""

    __slots__ = ("_lock", "_response", "_worker")

    def __init__(self, response: Streamed, worker: LoopWorker) -> None:
        self._response = response
        self._worker = worker
        self._lock = threading.Lock()  # a generator in a thread must not be closed while it runs

    async def take(self) -> Any:
        """The next piece, or END."""
        chunks = self._response.chunks
        if isinstance(chunks, AsyncIterator):
            return await anext(chunks, END)
        if self._response.blocking:
            return await self._worker.call(self._take_here)
        return self._take_here()

    async def let_go(self) -> None:
        """Close the stream, whatever has become of it."""
        chunks = self._response.chunks
        if isinstance(chunks, AsyncIterator):
            aclose = getattr(chunks, "aclose", None)
            if aclose is not None:
                await aclose()
        elif self._response.blocking:
            await self._worker.call(self._close_here)
        else:
            self._response.close()

    def _take_here(self) -> Any:
        chunks = self._response.chunks
        assert isinstance(chunks, Iterator)
        with self._lock:
            return next(chunks, END)

    def _close_here(self) -> None:
        with self._lock:
            self._response.close()
