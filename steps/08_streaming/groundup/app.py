"""The application: a request in, a response out.

Apart from the engines because it knows no socket, and from the router because it decides
what to answer. The engines know one callable, `handle`. The rule: `handle` never raises;
whatever a handler does, the client gets an answer, and a crash says nothing but 500 to the
client and everything to the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from groundup.answers import ErrorHandlers, ErrorKey, answer_for, last_answer, ready_later
from groundup.calling import AWAITED, BLOCKING, Call
from groundup.errors import HTTPException
from groundup.handlers import AnyHandler, Handler, compile_error_handler, compile_handler
from groundup.limits import Limits
from groundup.request import Request, WantBody, on_loop
from groundup.response import Response, coerce
from groundup.routing import Match, Router, route_options
from groundup.static import add_static
from groundup.streaming import needs_preparation
from groundup.suggest import refuse_unknown

route_options.add("stream_body")


class App:
    """Routes, error handlers and a default handler. `App(router)` takes a router made before."""

    def __init__(
        self, router: Router | None = None, *, limits: Limits | None = None, **unknown: Any
    ) -> None:
        refuse_unknown("App()", unknown, ("router", "limits"))
        self.router = Router() if router is None else router
        self.limits = Limits() if limits is None else limits
        self.error_handlers: ErrorHandlers = {}
        self._default: Call | None = None
        # The decorators are the router's own.
        self.route, self.add_route = self.router.route, self.router.add_route
        self.get, self.post, self.put = self.router.get, self.router.post, self.router.put
        self.patch, self.delete = self.router.patch, self.router.delete
        self.include, self.url_for = self.router.include, self.router.url_for

    def errorhandler(self, key: ErrorKey) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate `handler(request, error)` for a status code or a class of exceptions."""
        if not isinstance(key, int | type):
            raise TypeError(f"errorhandler() wants a status code or a class, not {key!r}")

        def register(handler: AnyHandler) -> AnyHandler:
            self.error_handlers[key] = compile_error_handler(handler)
            return handler

        return register

    def set_default_handler(self, handler: Handler) -> Handler:
        """`handler` takes every request, of any method, whose path no route matches."""
        self._default = compile_handler(handler, ())
        return handler

    def static(self, prefix: str, root: Any, **options: Any) -> None:
        """Serve the files below the folder `root` under `prefix`; the options of StaticFiles."""
        add_static(self.router, prefix, root, **options)

    def handle(self, request: Request) -> Any:
        """The Response to a request; on an event loop, an awaitable of it if it takes time.

        A WantBody, where the request's body is still coming and the handler wants all of it.

        Whatever happens on the way, there is an answer. Only what is no Exception, like
        KeyboardInterrupt or a cancellation, passes through.
        """
        request.app = self
        try:
            answer = self.dispatch(request)
        except Exception as error:
            answer = self._failed(request, error)
        if isinstance(answer, Response | WantBody) or on_loop(request):
            return answer
        return asyncio.run(answer)  # this engine waits anyhow: a loop for this one request

    def dispatch(self, request: Request) -> Any:
        """Find the route and call its handler; exceptions pass through."""
        found = self.router.match(request.method, request.raw_path)
        if isinstance(found, Match):
            request.path_params = found.params
            call = found.route.call
            if request.source is not None and not found.route.options.get("stream_body"):
                return WantBody(lambda complete: self.answer(complete, call))
            return self._called(request, call)
        if request.target == "*" and request.method == "OPTIONS":
            return Response(b"", 204)
        if found.allow and request.method == "OPTIONS":
            return Response(b"", 204, {"allow": ", ".join(found.allow)})
        if found.allow:
            raise HTTPException(405, headers={"allow": ", ".join(found.allow)})
        if self._default is None:
            raise HTTPException(404)
        default = self._default
        if request.source is not None:
            return WantBody(lambda complete: self.answer(complete, default))
        return self._called(request, default)

    def answer(self, request: Request, call: Call) -> Any:
        """What a handler answers, now that the body is whole; whatever happens on the way."""
        try:
            return self._called(request, call)
        except Exception as error:
            return self._failed(request, error)

    def _called(self, request: Request, call: Call) -> Any:
        """A handler's answer at once, where that keeps nobody waiting; else a coroutine of it."""
        if call.kind is AWAITED or (call.kind is BLOCKING and on_loop(request)):
            return self.answer_later(request, call)
        response = coerce(call.run(request, request.path_params))
        if not needs_preparation(response):
            return response
        if on_loop(request):
            return prepared(request, response)
        response.prepare(request)
        return response

    async def answer_later(self, request: Request, call: Call) -> Response:
        """The Response of a handler that may wait, while the event loop goes on.

        `call.run(request, request.path_params)` calls the handler. If it is BLOCKING, that is done
        by `request.run_in_executor`; if it is AWAITED, it gives a coroutine. The value is coerced.
        An exception is `_failed`, which gives a Response or a coroutine of one.
        """
        try:
            if call.kind is BLOCKING:
                value = await request.run_in_executor(call.run, request, request.path_params)
            else:
                value = await call.run(request, request.path_params)
            return await prepared(request, coerce(value))
        except Exception as error:
            answer = self._failed(request, error)
            return answer if isinstance(answer, Response) else await answer

    def _failed(self, request: Request, error: Exception) -> Any:
        """What the client gets for an exception: a Response, or a coroutine of one."""
        try:
            answer = answer_for(self.error_handlers, request, error)
            waits = not isinstance(answer, Response) or needs_preparation(answer)
            return ready_later(request, answer) if waits else answer
        except Exception as second:
            return last_answer(request, second)

    def run(self, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> None:
        """Serve until Ctrl-C; the options are those of `launch.serve`."""
        from groundup.launch import serve  # the one arrow that points up: engines know no App

        serve(self.handle, host, port, **{"limits": self.limits, **options})


async def prepared(request: Request, response: Response) -> Response:
    """A response with what it needs from the disk, which a thread fetches."""
    if needs_preparation(response):
        await request.run_in_executor(response.prepare, request)
    return response
