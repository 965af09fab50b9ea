"""Bodies in pieces on a loop. A response has a maker and a sender, and one place between them.

Another design than the solution's, where one task takes a piece and sends it: here the maker is a
task of its own. It fills a queue of one place, and waits until the sender is done with that.
"""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import contextmanager, suppress

from groundup.errors import ProtocolError
from groundup.files import FilePart
from groundup.server import dated
from groundup.streaming import END, encoded


class Upload:
    def __init__(self, driver):
        self.fault = None
        self._driver, self._talk = driver, driver.talk
        self._loop = asyncio.get_running_loop()
        self._begin = self._talk.begin_body  # None once that has happened

    @contextmanager
    def _reading(self, streamed=True):
        """While this lasts it is the client's time, and what goes wrong is remembered."""
        try:
            begin, self._begin = self._begin, None
            if begin is not None:
                begin(streamed=streamed)
            self._talk.resume_body()
            yield
        except (ProtocolError, OSError) as error:
            self.fault = error
            raise
        finally:
            self._talk.pause_body()

    async def _part(self):
        interim = self._talk.connection.send_continue()
        if interim:
            await self._driver.send(interim)
        part = self._talk.next_part()
        while part is None:
            await self._driver.receive()
            part = self._talk.next_part()
        return part

    async def read(self):
        with self._reading():
            return await self._part()

    async def whole(self):
        body = bytearray()
        with self._reading(streamed=False):
            while part := await self._part():
                body += part
        return bytes(body)

    def read_blocking(self):
        return asyncio.run_coroutine_threadsafe(self.read(), self._loop).result()

    def whole_blocking(self):
        return asyncio.run_coroutine_threadsafe(self.whole(), self._loop).result()


class Delivery:
    def __init__(self, driver, worker, response):
        self._driver, self._worker, self._response = driver, worker, response
        self._connection = driver.talk.connection
        self._place = asyncio.Queue(maxsize=1)
        self._turn = threading.Lock()

    async def run(self):
        response, self._body = self._response, None
        try:
            self._body = self._connection.start_response(
                response.status_code, dated(response.headers), response.length
            )
            await self._driver.send(self._body.head)
            if not self._body.silent:
                await self._send_pieces()
            await self._driver.send(self._connection.end_response())
        except BaseException:
            self._break_off()
            raise
        finally:
            await asyncio.shield(asyncio.ensure_future(self._let_go()))

    def _break_off(self):
        if self._body is not None:
            self._connection.abort()
            if self._body.until_close:
                self._driver.reset()

    async def _send_pieces(self):
        maker = asyncio.ensure_future(self._make())
        try:
            while (part := await self._place.get()) is not END:
                if isinstance(part, BaseException):
                    raise part
                await self._driver.send(self._body.data(part))
                self._place.task_done()
        finally:
            maker.cancel()
            await asyncio.wait([maker])

    async def _make(self):
        """All parts into the place, one after the other, then END, or what went wrong."""
        try:
            async for part in self._parts():
                await self._place.put(part)
                await self._place.join()
            await self._place.put(END)
        except Exception as error:
            await self._place.put(error)

    async def _parts(self):
        chunks = self._response.chunks
        while True:
            if isinstance(chunks, AsyncIterator):
                piece = await anext(chunks, END)
            elif self._response.blocking:
                piece = await self._worker.call(self._in_turn, next, chunks, END)
            else:
                piece = next(chunks, END)
            if piece is END:
                return
            if isinstance(piece, FilePart):
                async for block in self._blocks(piece):
                    yield block
            else:
                yield encoded(piece)

    async def _blocks(self, piece):
        blocks, seen = piece.blocks(), 0
        while (block := await self._worker.call(next, blocks, None)) is not None:
            seen += len(block)
            yield block
        if seen < piece.count:
            raise OSError("the file is shorter than it was")

    async def _let_go(self):
        chunks = self._response.chunks
        if isinstance(chunks, AsyncIterator):
            with suppress(AttributeError):
                await chunks.aclose()
        elif self._response.blocking:
            await self._worker.call(self._in_turn, self._response.close)
        else:
            self._response.close()

    def _in_turn(self, function, *arguments):
        with self._turn:
            return function(*arguments)
