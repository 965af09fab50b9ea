"""A streamed response on its way out, sent by a thread that may wait.

Apart from the conversation because here the response is the one that must be waited for and, at
last, let go. The rule: a piece is taken when the one before it has been sent, so memory holds
one piece, however long the stream and however slow its reader.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from groundup.engines.runners import Watch, awaited
from groundup.engines.wire import SHORTER
from groundup.files import FilePart
from groundup.outgoing import OutgoingBody
from groundup.streaming import Streamed, encoded

if TYPE_CHECKING:
    from groundup.engines.talk import Talk


class Outflow:
    """One response being sent. `sent` counts its bytes; `until_close`: its body ends with FIN."""

    __slots__ = ("_response", "_talk", "sent", "until_close")

    def __init__(self, talk: Talk, response: Streamed) -> None:
        self._talk = talk
        self._response = response
        self.sent = 0
        self.until_close = False

    def run(self) -> None:
        """Send it to its end. Raises what the stream raises, ResponseError, and Lost."""
        talk, response = self._talk, self._response
        body = talk.connection.start_response(
            response.status_code, response.headers, response.length, date=talk.service.date()
        )
        self.until_close = body.until_close
        self._write(body.head)
        chunks = response.chunks
        if body.silent:
            pass
        elif isinstance(chunks, AsyncIterator):
            talk.service.runners.run(self._take_async(body, chunks))
        elif chunks is not None:
            self._take(body, chunks)
        self._write(talk.connection.end_response())

    def stop(self) -> None:
        """The server stops: tell the stream, from any thread."""
        self._response.stop()

    def _take(self, body: OutgoingBody, chunks: Iterator[Any]) -> None:
        for piece in chunks:
            self._send_piece(body, piece)

    async def _take_async(self, body: OutgoingBody, chunks: AsyncIterator[Any]) -> None:
        """All of it in one task, as the generator may expect."""
        with Watch(self._talk, lambda: self.sent):
            async for piece in chunks:
                self._send_piece(body, piece)

    def _send_piece(self, body: OutgoingBody, piece: Any) -> None:
        """A piece of the body; of a file by the kernel where that can be, else in blocks."""
        if not isinstance(piece, FilePart):
            self._write(body.data(encoded(piece)))
        elif body.raw and self._talk.wire.has_sendfile:
            body.count(piece.count)
            self._talk.wire.send_file(piece)
            self.sent += piece.count
        else:
            self._send_blocks(body, piece)

    def _send_blocks(self, body: OutgoingBody, part: FilePart) -> None:
        left = part.count
        for block in part.blocks():
            self._write(body.data(block))
            left -= len(block)
        if left:
            raise OSError(SHORTER)

    def _write(self, data: bytes) -> None:
        if data:
            self._talk.wire.send(data)
            self.sent += len(data)


def let_go(talk: Talk, response: Streamed) -> None:
    """Close a stream, whatever has become of it."""
    aclose = getattr(response.chunks, "aclose", None)
    if isinstance(response.chunks, AsyncIterator):
        if aclose is not None:
            talk.service.runners.run(awaited(aclose()))
    else:
        response.close()
