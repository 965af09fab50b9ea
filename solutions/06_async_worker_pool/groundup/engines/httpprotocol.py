"""One connection on an event loop: what is asked is read, answered and sent, and never waited for.

Apart from the hub, which knows all connections. What is said on one is up to `Talk`, as it is in
the server whose thread may wait: the same happens here, and each wait is an `await`. The rule:
nothing blocks the loop; whatever waits has a deadline; and a cancellation is let through.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from groundup.engines.talk import Talk
from groundup.engines.wire import RECV_SIZE
from groundup.engines.worker import RETRY_AFTER
from groundup.errors import HTTPException, ProtocolError
from groundup.request import Request
from groundup.response import Response
from groundup.server import LINGER_BYTES, log, refusal, respond
from groundup.timeouts import after

if TYPE_CHECKING:
    from groundup.engines.hub import Hub


class Driver:
    """One client, and the task that serves it."""

    def __init__(self, hub: Hub, sock: socket.socket) -> None:
        self.talk = Talk(hub.limits, hub.timeouts, hub.clock, sock.getpeername()[:2])
        self._hub = hub
        self.sock = sock

    async def run(self, *, room: bool) -> None:
        """From the first byte to the close. No `room`: it is told so, and that was all."""
        self._reader, self._writer = await asyncio.open_connection(sock=self.sock)
        self._transport = self._writer.transport
        self._transport.set_write_buffer_limits(0)  # so that `drain` waits until all is sent
        try:
            with suppress(OSError):  # the connection is lost, or too slow: there is nobody to tell
                if room:
                    await self._serve()
                else:
                    await self._refuse(HTTPException(503, "too many connections", RETRY_AFTER))
        finally:
            self._transport.abort()

    async def _serve(self) -> None:
        """Answer request after request, until the client leaves or the connection must close."""
        while not self.talk.connection.must_close:
            try:
                request = await self.next_request()
            except ProtocolError as error:
                await self._refuse(error)
                return
            if request is None:
                return
            await self.send(await self.answer(request))
            await asyncio.sleep(0)  # who sends many requests at once does not keep the others out
        await self.linger()

    async def next_request(self) -> Request | None:
        """The next request; None when the client has left, or said nothing in time.

        Asks `talk` until a request is there, or the connection must close. Where bytes are missing,
        the client is given its 100 if it waits for one, and then `_reader.read(RECV_SIZE)` is
        awaited, under an alarm at the talk's deadline. Raises ProtocolError, one that says 408 for
        a request that came too slowly, and OSError when the connection is lost.
        """
        while (request := self.talk.next_request()) is None and not self.talk.connection.must_close:
            await self.send(self.talk.connection.send_continue())
            try:
                with self._hub.alarm(self.talk.deadline):
                    self.talk.receive(await self._reader.read(RECV_SIZE))
            except TimeoutError:
                if self.talk.overdue is None:
                    return None
                raise self.talk.overdue from None
        return request

    async def send(self, data: bytes) -> None:
        """Send it all. TimeoutError when the peer takes nothing for `timeouts.write` seconds.

        What it has not taken yet: `_transport.get_write_buffer_size()` bytes.
        """
        self._writer.write(data)
        while left := self._transport.get_write_buffer_size():
            try:
                with self._hub.alarm(after(self._hub.timeouts.write, self._hub.clock())):
                    await self._writer.drain()
            except TimeoutError:
                if self._transport.get_write_buffer_size() == left:
                    raise

    async def answer(self, request: Request) -> bytes:
        """The bytes of the response: `respond` makes them of what the hub's `handle` says.

        `handle` gives a Response, or an awaitable of one, which is `_awaited`. What it raises is
        raised again inside `respond`, which knows what to say then. A cancellation is no Exception.
        """
        request.worker = self._hub.worker
        try:
            answer = self._hub.handle(request)
            if inspect.isawaitable(answer):
                answer = await self._awaited(answer)
        except Exception as error:
            return respond(self.talk.connection, raising(error), request)
        return respond(self.talk.connection, lambda _: self._hub.closing(answer), request)

    async def _awaited(self, answer: Awaitable[Response]) -> Response:
        """What is awaited. This task is cancelled, the handler in it, when the client leaves."""
        watch = asyncio.create_task(self._watch(asyncio.current_task()))
        try:
            return await answer
        finally:
            watch.cancel()
            await asyncio.wait({watch})  # two may not read at the same time

    async def _watch(self, task: asyncio.Task[Any] | None) -> None:
        """Read what the client sends meanwhile; when it has left, cancel the task.

        `limits.pipeline_bytes` are read, and no more: then it is made to wait. One that has closed
        only its side of the connection may still want its answer, for `timeouts.half_closed`
        seconds; one that resets it has left as well.
        """
        ahead = 0
        with suppress(OSError):
            while data := await self._reader.read(RECV_SIZE):
                self.talk.receive(data)
                ahead += len(data)
                if ahead > self._hub.limits.pipeline_bytes:
                    return  # it is made to wait
            await asyncio.sleep(self._hub.timeouts.half_closed)
        if task is not None:
            task.cancel()

    async def _refuse(self, error: HTTPException) -> None:
        """The last words on this connection."""
        log.info("refused: %s", error)
        await self.send(refusal(self.talk.connection, error))
        await self.linger()

    async def linger(self) -> None:
        """Say that no more will be sent, then read on for a while and throw it away.

        The same as in `server`: a socket that is closed with unread bytes resets the last answer.
        """
        self._writer.write_eof()
        left = LINGER_BYTES
        with self._hub.alarm(after(self._hub.timeouts.linger, self._hub.clock())):
            while left > 0 and (data := await self._reader.read(RECV_SIZE)):
                left -= len(data)


def raising(error: Exception) -> Callable[[Request], Response]:
    """A `handle` that raises this."""

    def handle(request: Request) -> Response:
        raise error

    return handle
