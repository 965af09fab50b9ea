"""The application: a request in, a response out.

Apart from the engines because it knows no socket, and from the router because it decides
what to answer. The engines know one callable, `handle`. The rule: `handle` never raises;
whatever a handler does, the client gets an answer, and a crash says nothing but 500 to the
client and everything to the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from groundup.errors import HTTPException, reason_phrase
from groundup.handlers import AnyHandler, ErrorCall, Handler, compile_error_handler, compile_handler
from groundup.limits import Limits
from groundup.request import Request
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
        self._default: Callable[[Request, Mapping[str, Any]], Any] | None = None
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

    def handle(self, request: Request) -> Response:
        """The answer to a request. Whatever happens on the way, there is one.

        An exception goes to `answer_error`; if that raises too, the error handler is broken:
        log it, and answer `plain_answer(HTTPException(500))`. Only what is no Exception, like
        KeyboardInterrupt, passes through.
        """
        request.app = self
        try:
            return self.dispatch(request)
        except Exception as error:
            try:
                return self.answer_error(request, error)
            except HTTPException as second:
                return plain_answer(second)
            except Exception:
                logger.exception("%s %r crashed its handler", request.method, request.target)
                return plain_answer(HTTPException(500))

    def dispatch(self, request: Request) -> Response:
        """Find the route and call its handler; exceptions pass through."""
        found = self.router.match(request.method, request.raw_path)
        if isinstance(found, Match):
            request.path_params = found.params
            return coerce(found.route.call(request, found.params))
        if request.target == "*" and request.method == "OPTIONS":
            return Response(b"", 204)
        if found.allow and request.method == "OPTIONS":
            return Response(b"", 204, {"allow": ", ".join(found.allow)})
        if found.allow:
            raise HTTPException(405, headers={"allow": ", ".join(found.allow)})
        if self._default is None:
            raise HTTPException(404)
        return coerce(self._default(request, {}))

    def answer_error(self, request: Request, error: Exception) -> Response:
        """What the client gets for an exception: its error handler's answer, or a plain one.

        `find_handler` finds the handler. An error that has none and is no HTTPException is a
        crash: it is logged with its traceback, and from then on it is an `HTTPException(500)`,
        which may have a handler of its own. What a handler returns is coerced with the
        error's status code, 500 for one that has none. The fields in `error.headers`, a dict,
        always go out: each replaces what the response has under that name.
        """
        raise NotImplementedError("Task 3.8: answer whatever goes wrong")

    def run(self, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> None:
        """Serve until Ctrl-C; the options are those of `launch.serve`."""
        from groundup.launch import serve  # the one arrow that points up: engines know no App

        serve(self.handle, host, port, **{"limits": self.limits, **options})


def find_handler(handlers: Mapping[ErrorKey, ErrorCall], error: Exception) -> ErrorCall | None:
    """The error handler for `error`, or None.

    The status code of an HTTPException comes first, then the classes of the error from the
    nearest to the farthest: `type(error).__mro__`.
    """
    raise NotImplementedError("Task 3.8: answer whatever goes wrong")


def plain_answer(error: HTTPException) -> Response:
    """An error as plain text: '404 Not Found', or '400 Bad Request: the body is not JSON'."""
    reason = reason_phrase(error.status_code)
    line = f"{error.status_code} {reason}".rstrip()
    if error.message not in ("", reason):
        line = f"{line}: {error.message}"
    return Response.text(line + "\n", error.status_code, error.headers)
