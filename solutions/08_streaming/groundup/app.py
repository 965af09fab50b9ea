"""The application: a request in, a response out.

Apart from the engines because it knows no socket, and from the router because it decides
what to answer. The engines know one callable, `handle`. The rule: `handle` never raises, and
neither does what it returns; whatever a handler does, the client gets an answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from groundup.answers import answer_error, find_handler, preparation
from groundup.calling import AWAITED, BLOCKING, INSTANT, Call
from groundup.errors import HTTPException
from groundup.handlers import Handler, compile_handler
from groundup.hooks import Surroundings
from groundup.limits import Limits
from groundup.request import Request, WantBody, on_loop
from groundup.response import Response, coerce
from groundup.routing import Match, Router, route_options
from groundup.static import add_static
from groundup.suggest import refuse_unknown

route_options.add("stream_body")


class App(Surroundings):
    """Routes, error handlers and a default handler. `App(router)` takes a router made before.

    `clock` is for layers that measure: seconds, from any beginning. In a test it is yours.
    """

    def __init__(
        self,
        router: Router | None = None,
        *,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        **unknown: Any,
    ) -> None:
        refuse_unknown("App()", unknown, ("router", "limits", "clock"))
        super().__init__()
        self.router = Router() if router is None else router
        self.limits = Limits() if limits is None else limits
        self.clock = clock
        self._default: Call | None = None
        # The decorators are the router's own.
        self.route, self.add_route = self.router.route, self.router.add_route
        self.get, self.post, self.put = self.router.get, self.router.post, self.router.put
        self.patch, self.delete = self.router.patch, self.router.delete
        self.include, self.url_for = self.router.include, self.router.url_for

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
        answer = self._heart(request) if self._onion is None else self._onion(request)
        if isinstance(answer, Response | WantBody) or on_loop(request):
            return answer
        return asyncio.run(answer)  # this engine waits anyhow: a loop for this one request

    def _heart(self, request: Request) -> Any:
        """The same without what is around it: the innermost stage of the onion."""
        try:
            return self.dispatch(request)
        except Exception as error:
            return self._failed(request, error, self._caught)

    def dispatch(self, request: Request) -> Any:
        """Find the route and call its handler; exceptions pass through."""
        found = self.router.match(request.method, request.raw_path)
        if isinstance(found, Match):
            request.path_params = found.params
            whole = not found.route.options.get("stream_body")
            return self._begin(request, found.route.call, whole=whole)
        if request.target == "*" and request.method == "OPTIONS":
            return Response(b"", 204)
        if found.allow and request.method == "OPTIONS":
            return Response(b"", 204, {"allow": ", ".join(found.allow)})
        if found.allow:
            raise HTTPException(405, headers={"allow": ", ".join(found.allow)})
        if self._default is None:
            raise HTTPException(404)
        return self._begin(request, self._default, whole=True)

    def _begin(self, request: Request, call: Call, *, whole: bool) -> Any:
        """What a handler answers; it may want the body whole, and then that comes first."""
        if whole and request.source is not None:
            return WantBody(lambda complete: self._answer(complete, call))
        return self._called(request, call)

    def _answer(self, request: Request, call: Call) -> Any:
        """What a handler answers, now that the body is whole; whatever happens on the way."""
        try:
            return self._called(request, call)
        except Exception as error:
            return self._failed(request, error, self._caught)

    def _called(self, request: Request, call: Call) -> Any:
        """A handler's answer at once, where that keeps nobody waiting; else a coroutine of it."""
        if call.kind is AWAITED or (call.kind is BLOCKING and on_loop(request)):
            return self.answer_later(request, call)
        response = coerce(call.run(request, request.path_params))
        prepare = preparation(response)
        if prepare is None:
            return response
        if on_loop(request):
            return self.answer_later(request, Call(lambda *_: response, INSTANT))
        prepare(request)
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
                value = call.run(request, request.path_params)
            response = coerce(await value if call.kind is AWAITED else value)
            prepare = preparation(response)
            if prepare is not None:
                await request.run_in_executor(prepare, request)
            return response
        except Exception as error:
            answer = self._failed(request, error, self._caught)
            return answer if isinstance(answer, Response) else await answer

    def _failed(
        self, request: Request, error: Exception, caught: tuple[type[Exception], ...]
    ) -> Any:
        """What the client gets for an exception: a Response, or a coroutine of one.

        The error handlers come first; then it is raised, if it is one of `caught`.
        """
        if caught and isinstance(error, caught) and not find_handler(self.error_handlers, error):
            raise error
        return answer_error(self.error_handlers, request, error)

    def run(self, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> None:
        """Serve until Ctrl-C; the options are those of `launch.serve`."""
        from groundup.launch import serve  # the one arrow that points up: engines know no App

        serve(self.handle, host, port, **{"limits": self.limits, **options})
