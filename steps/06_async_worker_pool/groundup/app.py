"""The application: a request in, a response out.

Apart from the engines because it knows no socket, and from the router because it decides
what to answer. The engines know one callable, `handle`. The rule: `handle` never raises;
whatever a handler does, the client gets an answer, and a crash says nothing but 500 to the
client and everything to the log.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from groundup.calling import AWAITED, BLOCKING, Call
from groundup.errors import HTTPException, reason_phrase
from groundup.handlers import AnyHandler, ErrorCall, Handler, compile_error_handler, compile_handler
from groundup.limits import Limits
from groundup.request import Request, on_loop
from groundup.response import Response, coerce
from groundup.routing import Match, Router
from groundup.suggest import refuse_unknown

logger = logging.getLogger("groundup")

ErrorKey = int | type[BaseException]


class App:
    """Routes, error handlers and a default handler. `App(router)` takes a router made before."""

    def __init__(
        self, router: Router | None = None, *, limits: Limits | None = None, **unknown: Any
    ) -> None:
        refuse_unknown("App()", unknown, ("router", "limits"))
        self.router = Router() if router is None else router
        self.limits = Limits() if limits is None else limits
        self.error_handlers: dict[ErrorKey, ErrorCall] = {}
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

    def handle(self, request: Request) -> Any:
        """The Response to a request; on an event loop, an awaitable of it if it takes time.

        Whatever happens on the way, there is an answer. Only what is no Exception, like
        KeyboardInterrupt or a cancellation, passes through.
        """
        request.app = self
        try:
            answer = self.dispatch(request)
        except Exception as error:
            answer = self._failed(request, error)
        if isinstance(answer, Response) or on_loop(request):
            return answer
        return asyncio.run(answer)  # this engine waits anyhow: a loop for this one request

    def dispatch(self, request: Request) -> Response | Coroutine[Any, Any, Response]:
        """Find the route and call its handler; exceptions pass through."""
        found = self.router.match(request.method, request.raw_path)
        if isinstance(found, Match):
            request.path_params = found.params
            return self._called(request, found.route.call)
        if request.target == "*" and request.method == "OPTIONS":
            return Response(b"", 204)
        if found.allow and request.method == "OPTIONS":
            return Response(b"", 204, {"allow": ", ".join(found.allow)})
        if found.allow:
            raise HTTPException(405, headers={"allow": ", ".join(found.allow)})
        if self._default is None:
            raise HTTPException(404)
        return self._called(request, self._default)

    def _called(self, request: Request, call: Call) -> Response | Coroutine[Any, Any, Response]:
        """A handler's answer at once, where that keeps nobody waiting; else a coroutine of it."""
        if call.kind is AWAITED or (call.kind is BLOCKING and on_loop(request)):
            return self.answer_later(request, call)
        return coerce(call.run(request, request.path_params))

    async def answer_later(self, request: Request, call: Call) -> Response:
        """The Response of a handler that may wait, while the event loop goes on.

        `call.run(request, request.path_params)` calls the handler. If it is BLOCKING, that is done
        by `request.run_in_executor`; if it is AWAITED, it gives a coroutine. The value is coerced.
        An exception is `_failed`, which gives a Response or a coroutine of one.
        """
        raise NotImplementedError("Task 6.3: call a handler where it may wait")

    def _failed(
        self, request: Request, error: Exception
    ) -> Response | Coroutine[Any, Any, Response]:
        """What `answer_error` says; if that raises too, the error handler is broken."""
        try:
            answer = self.answer_error(request, error)
            return answer if isinstance(answer, Response) else settled(request, answer)
        except Exception as second:
            return last_answer(request, second)

    def answer_error(
        self, request: Request, error: Exception
    ) -> Response | Coroutine[Any, Any, Response]:
        """What the client gets for an exception: its error handler's answer, or a plain one.

        `find_handler` finds the handler. An error that has none and is no HTTPException is a
        crash: it is logged with its traceback, and from then on it is an `HTTPException(500)`,
        which may have a handler of its own. An async handler gives a coroutine.
        """
        handler = find_handler(self.error_handlers, error)
        if handler is None and not isinstance(error, HTTPException):
            logger.error("%s %r crashed", request.method, request.target, exc_info=error)
            error = HTTPException(500)
            handler = find_handler(self.error_handlers, error)
        if handler is None:
            return last_answer(request, error)
        value = handler(request, error)
        return coerced_later(value, error) if inspect.isawaitable(value) else coerced(value, error)

    def run(self, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> None:
        """Serve until Ctrl-C; the options are those of `launch.serve`."""
        from groundup.launch import serve  # the one arrow that points up: engines know no App

        serve(self.handle, host, port, **{"limits": self.limits, **options})


def coerced(value: Any, error: Exception) -> Response:
    """What an error handler returned, as a Response with the error's status code and fields."""
    if not isinstance(error, HTTPException):
        return coerce(value, 500)
    response = coerce(value, error.status_code)
    for name, field in error.headers.items():
        response.headers[name] = field
    return response


async def coerced_later(value: Awaitable[Any], error: Exception) -> Response:
    """The same for an async error handler."""
    return coerced(await value, error)


async def settled(request: Request, answer: Awaitable[Response]) -> Response:
    """What is awaited; a plain answer if it fails."""
    try:
        return await answer
    except Exception as second:
        return last_answer(request, second)


def last_answer(request: Request, error: Exception) -> Response:
    """What remains when an error handler itself fails: a plain answer."""
    if isinstance(error, HTTPException):
        return plain_answer(error)
    logger.error("%s %r crashed its handler", request.method, request.target, exc_info=error)
    return plain_answer(HTTPException(500))


def find_handler(handlers: Mapping[ErrorKey, ErrorCall], error: Exception) -> ErrorCall | None:
    """The error handler for `error`, or None.

    The status code of an HTTPException comes first, then the classes of the error from the
    nearest to the farthest: `type(error).__mro__`.
    """
    if isinstance(error, HTTPException) and error.status_code in handlers:
        return handlers[error.status_code]
    for kind in type(error).__mro__:
        if kind in handlers:
            return handlers[kind]
    return None


def plain_answer(error: HTTPException) -> Response:
    """An error as plain text: '404 Not Found', or '400 Bad Request: the body is not JSON'."""
    reason = reason_phrase(error.status_code)
    line = f"{error.status_code} {reason}".rstrip()
    if error.message not in ("", reason):
        line = f"{line}: {error.message}"
    return Response.text(line + "\n", error.status_code, error.headers)
