"""The same App on somebody else's server: uvicorn, hypercorn, granian, by ASGI 3.0.

Apart from the engines because here another server has the connection, the protocol and the
deadlines, and HTTP/2 or HTTP/3 if it can; what is left is a request and a response. The rule: a
body is bounded and streamed here as it is at home, and a client that leaves ends its handler.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from groundup.asgibody import AsgiBody, Receive, head_of, start_message
from groundup.engines.common import CRASH, HANDLER_LATE, plain
from groundup.engines.delivery import Taker
from groundup.engines.worker import LoopWorker
from groundup.errors import HTTPException, ResponseError
from groundup.lifecycle import Lifecycle
from groundup.request import Request, WantBody
from groundup.response import Response
from groundup.streambody import parts_of
from groundup.streaming import END, ClientLeft, Streamed, is_streamed

log = logging.getLogger("groundup")

Scope = MutableMapping[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class AsgiApp:
    """`application = AsgiApp(app)`, and then `uvicorn module:application`.

    `threads` run plain functions, and `queue` more may wait for one. The app's hooks run in the
    server's lifespan. Timeouts are the server's, but for `Timeouts.handler`.
    """

    def __init__(self, app: Any, *, threads: int = 32, queue: int = 1000) -> None:
        self.app = app
        self.lifecycle = Lifecycle(app.startup, app.cleanup)
        self.worker = LoopWorker(threads, queue, self.lifecycle, "asgi")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = scope["type"]
        if kind == "http":
            await self.http(scope, receive, send)
        elif kind == "lifespan":
            await self.lifespan(receive, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})  # before accept: a 403
        else:
            raise ValueError(f"no scope of type {kind!r} is known here")

    async def lifespan(self, receive: Receive, send: Send) -> None:
        """Run the start-up hooks, and, when the server ends, the shut-down hooks.

        Each of the server's two messages is answered by its `.complete` when the hooks have run. A
        start that fails is `lifespan.startup.failed`, with a `message`, and that is all.
        """
        raise NotImplementedError("Task 9.6: be a guest on another server")

    async def end(self) -> None:
        """Tell the streams, run the shut-down hooks, let the threads go."""
        self.lifecycle.stop()
        await self.lifecycle.end()
        self.worker.close()

    async def http(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, unless its client leaves before that."""
        body = AsgiBody(receive, self.app.limits)
        head, has_body = head_of(scope)
        client = scope.get("client")
        peer = (str(client[0]), int(client[1])) if client else None
        source = body if has_body else None
        request = Request(head, b"", peer, self.worker, source=source)
        work = asyncio.ensure_future(self._serve(request, body, send))
        left = asyncio.ensure_future(body.client_left(nothing=not has_body))
        try:
            await asyncio.wait((work, left), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                work.cancel()
            await asyncio.wait((work,))
            error = None if work.cancelled() else work.exception()
            if error is not None and not isinstance(error, ClientLeft):
                raise error
        finally:
            for task in (work, left):
                task.cancel()

    async def _serve(self, request: Request, body: AsgiBody, send: Send) -> None:
        response = await self._answer(request, body)
        try:
            start = start_message(request, response)
        except ResponseError:
            log.exception("%s %r: its response may not be sent", request.method, request.target)
            if is_streamed(response):
                await Taker(response, self.worker).let_go()
            response = plain(CRASH)
            start = start_message(request, response)
        if is_streamed(response):
            await self._stream(request, response, start, send)
            return
        await send(start)
        content = b"" if request.method == "HEAD" else response.body
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, request: Request, body: AsgiBody) -> Response:
        """What the application answers; a refusal for what it does not."""
        try:
            async with asyncio.timeout(self.app.timeouts.handler):
                answer = self.app.handle(request)
                if isinstance(answer, WantBody):
                    request.complete(await body.whole())
                    answer = answer.then(request)
                return answer if isinstance(answer, Response) else await answer
        except TimeoutError:
            return plain(HANDLER_LATE)
        except HTTPException as error:
            return plain(error)

    async def _stream(
        self, request: Request, response: Streamed, start: dict[str, Any], send: Send
    ) -> None:
        """A body piece by piece; the server waits in `send` while its reader has no room."""
        taker = Taker(response, self.worker)
        try:
            await send(start)
            silent = request.method == "HEAD"
            while not silent and (piece := await taker.take()) is not END:
                async for part in parts_of(piece, self.worker):
                    message = {"type": "http.response.body", "body": part, "more_body": True}
                    await send(message)
            await send({"type": "http.response.body", "body": b""})
        finally:
            await asyncio.shield(taker.let_go())
