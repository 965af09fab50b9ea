"""The application: a request in, a response out.

Apart from the engines because it knows no socket, and from the router because it decides
what to answer. The engines know one callable, `handle`. The rule: `handle` never raises, and
neither does what it returns; whatever a handler does, the client gets an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from groundup.answers import answer_error, find_handler
from groundup.calling import AWAITED, BLOCKING, INSTANT, Call
from groundup.connection import Connection
from groundup.errors import HTTPException
from groundup.finding import Finder
from groundup.handlers import Handler, compile_handler
from groundup.hooks import Surroundings
from groundup.limits import Limits
from groundup.request import Request, WantBody, on_loop
from groundup.response import Response, coerce
from groundup.routing import Miss, Router, route_options
from groundup.startup import Life
from groundup.static import add_static
from groundup.streaming import needs_preparation
from groundup.suggest import refuse_unknown
from groundup.timeouts import Timeouts
from groundup.tree import Route

OPTIONS = ("router", "config", "limits", "timeouts", "max_body_size", "read_timeout", "clock",
           "parser")  # fmt: skip
# Objects of their own, equal to what everybody writes: `run` knows whether anybody has said them.
HOST, PORT = str(b"127.0.0.1", "ascii"), int("8000")
route_options.add("stream_body")


class App(Life, Surroundings):
    """Routes, error handlers and a default handler. `App(router)` takes a router made before.

    `limits` and `timeouts` are the server's; `max_body_size` is `Limits.body` alone, and
    `read_timeout` caps a head and its body together. `config`, a dict or a file, is for `run`.
    `clock` is for layers that look at one; `parser` makes what reads and writes a connection's
    bytes where that is not an engine's: for `start_server` and the test client.
    """

    start_server: ClassVar[Callable[..., Any]]  # `httpserver` gives it

    def __init__(
        self,
        router: Router | None = None,
        *,
        config: Any = None,
        limits: Limits | None = None,
        timeouts: Timeouts | None = None,
        max_body_size: int | None = None,
        read_timeout: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        parser: Callable[..., Connection] = Connection,
        **unknown: Any,
    ) -> None:
        refuse_unknown("App()", unknown, OPTIONS)
        super().__init__()
        self.router = Router() if router is None else router
        self.config, self.clock, self.parser = config, clock, parser
        self.limits = limits or Limits()
        self.timeouts = timeouts or Timeouts()
        if max_body_size is not None:
            self.limits = replace(self.limits, body=max_body_size)
        if read_timeout is not None:
            self.timeouts = replace(self.timeouts, request=read_timeout)
        self._default: Call | None = None
        self._borrow()

    def _borrow(self) -> None:
        """The decorators are the router's own."""
        self._finder = Finder(self.router)
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
        """The Response to a request; or an awaitable of one, or a WantBody (`request` tells of it).

        Whatever happens on the way, there is an answer. Only what is no Exception, like
        KeyboardInterrupt, passes through.
        """
        request.app = self
        if self._onion is not None:
            return self._onion(request)
        try:
            found = self._finder.quick(request.head.method, request.raw_path)
            if found is None:
                return self._routed(request)
            route, params = found
            if request.source is not None or route.call.kind is not INSTANT:
                return self._begin(request, route, params)
            request.path_params = params
            response = coerce(route.call.run(request, params))
            if type(response) is Response:
                return response
            return self._answer(request, Call(lambda *_: response, INSTANT))
        except Exception as error:
            return self._failed(request, error, self._caught)

    def _heart(self, request: Request) -> Any:
        """The same without what is around it: the innermost stage of the onion."""
        try:
            found = self._finder.quick(request.head.method, request.raw_path)
            return self._routed(request) if found is None else self._begin(request, *found)
        except Exception as error:
            return self._failed(request, error, self._caught)

    def _routed(self, request: Request) -> Any:
        """The same by the router's long way, which knows every route and why there is none."""
        found = self.router.match(request.method, request.raw_path)
        if isinstance(found, Miss):
            return self._unrouted(request, found)
        return self._begin(request, found.route, found.params)

    def _begin(self, request: Request, route: Route, params: dict[str, Any]) -> Any:
        """What a route answers, if need be once the body is here."""
        request.path_params = params
        call = route.call
        if request.source is not None and not route.options.get("stream_body"):
            return WantBody(lambda complete: self._answer(complete, call))
        return self._answer(request, call)

    def _unrouted(self, request: Request, miss: Miss) -> Any:
        """The answer to a request that no route fits; HTTPException 404 or 405."""
        if request.method == "OPTIONS" and (miss.allow or request.target == "*"):
            return Response(b"", 204, {"allow": ", ".join(miss.allow)} if miss.allow else None)
        if miss.allow:
            raise HTTPException(405, headers={"allow": ", ".join(miss.allow)})
        default = self._default
        if default is None:
            raise HTTPException(404)
        if request.source is not None:
            return WantBody(lambda complete: self._answer(complete, default))
        return self._answer(request, default)

    def _answer(self, request: Request, call: Call) -> Any:
        """The handler's Response, or a coroutine of it where it cannot be had at once."""
        try:
            if call.kind is not INSTANT and (call.kind is AWAITED or on_loop(request)):
                return self._answer_later(request, call)
            response = coerce(call.run(request, request.path_params))
            if type(response) is Response or not needs_preparation(response):
                return response
            if on_loop(request):
                return self._answer_later(request, Call(lambda *_: response, INSTANT))
            response.prepare(request)
            return response
        except Exception as error:
            return self._failed(request, error, self._caught)

    async def _answer_later(self, request: Request, call: Call) -> Response:
        """The Response of a handler that is awaited or runs in a thread, or that needs the disk."""
        try:
            if call.kind is BLOCKING:
                value = await request.run_in_executor(call.run, request, request.path_params)
            else:
                value = call.run(request, request.path_params)
            response = coerce(await value if call.kind is AWAITED else value)
            if needs_preparation(response):
                await request.run_in_executor(response.prepare, request)
            return response
        except Exception as error:
            failed = self._failed(request, error, self._caught)
            return failed if isinstance(failed, Response) else await failed

    def _failed(
        self, request: Request, error: Exception, caught: tuple[type[Exception], ...]
    ) -> Any:
        """What the client gets for an exception: a Response, or a coroutine of one.

        The error handlers come first; then it is raised, if it is one of `caught`.
        """
        if caught and isinstance(error, caught) and not find_handler(self.error_handlers, error):
            raise error
        return answer_error(self.error_handlers, request, error)

    def run(self, host: str = HOST, port: int = PORT, **options: Any) -> int:
        """Serve until Ctrl-C, SIGTERM or `shutdown`; the options are those of `launch.serve`.

        Returns an exit status: 0, or 1 if requests had to be cut off.
        """
        from groundup.launch import serve  # the one arrow that points up: engines know no App

        said = (None if host is HOST else host), (None if port is PORT else port)
        return serve(self, *said, **options)
