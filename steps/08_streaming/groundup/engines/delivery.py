"""Bodies on an event loop, piece by piece: a request's on its way in, a response's on its way out.

Apart from the driver, which serves one request after the other, because a body is something that
happens while a handler runs. The rule: no piece is taken before there is room for it, so memory
holds one piece, however long the body is; and every stream is let go of, once, whatever becomes of
it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from groundup.engines.worker import LoopWorker
from groundup.errors import ProtocolError
from groundup.files import FilePart
from groundup.server import dated
from groundup.streaming import END, Streamed, encoded

if TYPE_CHECKING:
    from groundup.engines.httpprotocol import Driver

SHORTER = "the file has become shorter while it was sent"


class Upload:
    """One request's body. `fault` is why it could not be read to its end."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._loop = asyncio.get_running_loop()
        self._begun = False
        self.fault: Exception | None = None

    async def read(self) -> bytes:
        """The next part of the body, b"" at its end. Raises ProtocolError, OSError when it is lost.

        The first call begins the body, `streamed`; each call resumes its clock, and pauses it again
        before it returns. A client that waits for a 100 gets it (`send_continue`). Then parts are
        asked of the talk; where more has to come first, the driver receives. An error is remembered
        as `fault`.
        """
        raise NotImplementedError("Task 8.5: read a body piece by piece")

    def read_blocking(self) -> bytes:
        """The same for a handler that runs in a thread."""
        return asyncio.run_coroutine_threadsafe(self.read(), self._loop).result()

    async def whole(self) -> bytes:
        """All of it, within the limit of a body that is held whole."""
        self._begin(streamed=False)
        parts = []
        while part := await self.read():
            parts.append(part)
        return b"".join(parts)

    def whole_blocking(self) -> bytes:
        """The same for a handler that runs in a thread."""
        return asyncio.run_coroutine_threadsafe(self.whole(), self._loop).result()

    def _begin(self, *, streamed: bool) -> None:
        if not self._begun:
            self._begun = True
            self._driver.talk.begin_body(streamed=streamed)


class Delivery:
    """One streamed response being sent."""

    def __init__(self, driver: Driver, worker: LoopWorker, response: Streamed) -> None:
        self._driver = driver
        self._worker = worker
        self._response = response
        self._lock = threading.Lock()  # a generator in a thread must not be closed while it runs

    async def run(self) -> None:
        """Send it to its end: the head, piece after piece, the end.

        `start_response` of the talk's connection gives the body, whose `head` goes out first: the
        response's status and fields, `dated`, and its length.
        Unless it is `silent`, pieces are taken until END, each sent before the next one is taken.
        `end_response` gives what ends it.
        However this ends, the stream is let go of, with a `shield` against a cancellation.
        A body that has begun and breaks off is never completed: `abort` of the connection, and
        `reset` of the driver if it goes `until_close`, where an end would look like the body's.
        If `start_response` refuses, nothing has begun, and nothing is aborted.
        """
        raise NotImplementedError("Task 8.3: send it at its reader's pace")

    async def take(self) -> Any:
        """The next piece, or END. One that may wait is made by a thread of the executor."""
        chunks = self._response.chunks
        if isinstance(chunks, AsyncIterator):
            return await anext(chunks, END)
        if self._response.blocking:
            return await self._worker.call(self._take_here)
        return self._take_here()

    async def parts(self, piece: Any) -> AsyncIterator[bytes]:
        """A piece as bytes; of a file in blocks, which a thread reads. OSError if it has shrunk."""
        if not isinstance(piece, FilePart):
            yield encoded(piece)
            return
        left, blocks = piece.count, piece.blocks()
        while block := await self._worker.call(next, blocks, b""):
            left -= len(block)
            yield block
        if left:
            raise OSError(SHORTER)

    async def let_go(self) -> None:
        """Close the stream, whatever has become of it: an async one here, any other in a thread."""
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
