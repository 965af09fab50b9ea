"""One connection on an event loop: what is asked is read, answered and sent, and never waited for.

Apart from the hub, which knows all connections. What is said on one is up to `Talk`, as it is in
the server whose thread may wait: the same happens here, and each wait is an `await`. The rule:
nothing blocks the loop; whatever waits has a deadline; and a cancellation is let through.
"""

from __future__ import annotations

import asyncio
import inspect
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from groundup.engines.delivery import Delivery, Upload
from groundup.engines.talk import Talk
from groundup.engines.wire import RECV_SIZE
from groundup.engines.worker import RETRY_AFTER
from groundup.errors import HTTPException, ProtocolError
from groundup.request import Request, WantBody
from groundup.response import Response
from groundup.server import LINGER_BYTES, log, refusal, respond
from groundup.streaming import Streamed, is_streamed
from groundup.timeouts import after

if TYPE_CHECKING:
    from groundup.engines.hub import Hub


class Driver:
    """One client, and the task that serves it."""

    def __init__(self, hub: Hub, sock: socket.socket) -> None:
        self.talk = Talk(hub.limits, hub.timeouts, hub.clock, sock.getpeername()[:2])
        self._hub = hub
        self.sock = sock
        self._stream: Streamed | None = None  # while one is being sent

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
                if request is None:
                    return
                await self.answer(request)
            except ProtocolError as error:
                await self._refuse(error)
                return
            await asyncio.sleep(0)  # who sends many requests at once does not keep the others out
        await self.linger()

    async def next_request(self) -> Request | None:
        """The next request, as soon as its head is here; its body is its `source`.

        None when the client has left between two. Raises ProtocolError, one that says 408 for a
        head that came too slowly, and OSError when the connection is lost, or idle for too long.
        """
        talk = self.talk
        while (request := talk.next_head()) is None and not talk.connection.must_close:
            await self.receive()
        if request is not None and talk.in_body:
            request.source = Upload(self)
        return request

    async def receive(self) -> None:
        """More bytes, by the talk's deadline. Else its ProtocolError, 408; or TimeoutError."""
        try:
            with self._hub.alarm(self.talk.deadline):
                self.talk.receive(await self._reader.read(RECV_SIZE))
        except TimeoutError:
            raise self.talk.overdue or TimeoutError("idle for too long") from None

    async def send(self, data: bytes) -> None:
        """Send it all. TimeoutError when the peer takes nothing for `timeouts.write` seconds."""
        if self._transport.is_closing():
            raise ConnectionResetError("the client has left")
        self._writer.write(data)
        while left := self._transport.get_write_buffer_size():
            try:
                with self._hub.alarm(after(self._hub.timeouts.write, self._hub.clock())):
                    await self._writer.drain()
            except TimeoutError:
                if self._transport.get_write_buffer_size() == left:
                    raise

    async def answer(self, request: Request) -> None:
        """Have it answered, and send that: whole, or piece by piece.

        What `handle` raises is raised again inside `respond`, which knows what to say then. A
        ProtocolError is the client's: it passes. A cancellation is no Exception.
        """
        connection = self.talk.connection
        request.worker = self._hub.worker
        try:
            response = self._hub.closing(await self._response(request))
            if is_streamed(response):
                await self._deliver(request, response)
                return
            data = respond(connection, lambda _: response, request)
        except (ProtocolError, OSError):
            raise
        except Exception as error:
            if not connection.can_refuse:  # a response has begun: it breaks off
                log.error("%s %r broke off", request.method, request.target, exc_info=error)
                return
            data = respond(connection, raising(error), request)
        await self.send(data)

    async def _response(self, request: Request) -> Any:
        """What `handle` gives in the end. A WantBody is given its body; an awaitable is awaited."""
        upload = request.source
        answer: Any = self._hub.handle(request)
        if isinstance(answer, WantBody):
            if isinstance(upload, Upload):
                request.complete(await upload.whole())
            answer = answer.then(request)
        if inspect.isawaitable(answer):
            async with self._watched(request):
                answer = await answer
        if isinstance(upload, Upload) and upload.fault is not None:
            raise upload.fault  # whatever the handler has made of it
        return answer

    async def _deliver(self, request: Request, response: Streamed) -> None:
        """A response piece by piece; `stop` reaches it meanwhile."""
        self._stream = response
        if self._hub.draining:
            response.stop()
        try:
            async with self._watched(request):
                await Delivery(self, self._hub.worker, response).run()
        finally:
            self._stream = None

    def stop(self) -> None:
        """The server stops: a stream comes to its end."""
        if self._stream is not None:
            self._stream.stop()

    def reset(self) -> None:
        """Close so that the peer cannot take it for an orderly end."""
        sock = self._transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    @asynccontextmanager
    async def _watched(self, request: Request) -> AsyncIterator[None]:
        """While this lasts, the task is cancelled if the client leaves.

        Where the body is still coming, whoever reads that will notice.
        """
        if request.source is not None:
            yield
            return
        watch = asyncio.create_task(self._watch(asyncio.current_task()))
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait({watch})  # two may not read at the same time

    async def _watch(self, task: asyncio.Task[Any] | None) -> None:
        """Read what the client sends meanwhile, within limits; when it has left, cancel the task.

        One that has closed only its side of the connection may still want its answer.
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
