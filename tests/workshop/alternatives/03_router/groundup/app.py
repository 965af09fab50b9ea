"""The application: a request in, a response out.

Apart from the engines because it knows no socket. All that can go wrong goes one way: it becomes
an exception, and each exception is answered, if need be by one that cannot fail. The rule:
`handle` never raises.
"""

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

logger = logging.getLogger("groundup.app")

ErrorKey = int | type[BaseException]
OF_THE_ROUTER = ("route", "add_route", "get", "post", "put", "patch", "delete", "include")


class App:
    """Routes, error handlers and a default handler."""

    def __init__(
        self, router: Router | None = None, *, limits: Limits | None = None, **unknown: Any
    ) -> None:
        refuse_unknown("App()", unknown, ("router", "limits"))
        self.router = router if router is not None else Router()
        self.limits = limits or Limits()
        self.error_handlers: dict[ErrorKey, ErrorCall] = {}
        self.set_default_handler(not_found)

    def __getattr__(self, name: str) -> Any:
        if name in (*OF_THE_ROUTER, "url_for"):
            return getattr(self.router, name)
        raise AttributeError(f"App has no {name!r}")

    def errorhandler(self, key: ErrorKey) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate `handler(request, error)` for a status code or a class of exceptions."""
        if not isinstance(key, int | type):
            raise TypeError(f"errorhandler() wants a status code or a class, not {key!r}")

        def register(handler: AnyHandler) -> AnyHandler:
            self.error_handlers[key] = compile_error_handler(handler)
            return handler

        return register

    def set_default_handler(self, handler: Handler) -> Handler:
        """`handler` takes every request whose path no route matches."""
        self._default = compile_handler(handler, ())
        return handler

    def handle(self, request: Request) -> Response:
        """The answer to a request; whatever happens on the way, there is one."""
        request.app = self
        try:
            return self.dispatch(request)
        except Exception as error:
            first = error
        try:
            return self.answer_error(request, first)
        except HTTPException as second:
            return plain_answer(second)
        except Exception:
            logger.exception("an error handler crashed on %s %r", request.method, request.target)
            return plain_answer(HTTPException(500))

    def dispatch(self, request: Request) -> Response:
        """Find the route and call its handler; exceptions pass through."""
        found = self.router.match(request.method, request.raw_path)
        if isinstance(found, Match):
            request.path_params = found.params
            return coerce(found.route.call(request, found.params))
        options = request.method == "OPTIONS"
        fields = {"allow": ", ".join(found.allow)} if found.allow else {}
        if options and (fields or request.target == "*"):
            return Response(b"", 204, fields)
        if fields:
            raise HTTPException(405, headers=fields)
        return coerce(self._default(request, {}))

    def answer_error(self, request: Request, error: Exception) -> Response:
        """The answer of the error's handler, or a plain one; a crash is logged."""
        handler = find_handler(self.error_handlers, error)
        if handler is None and not isinstance(error, HTTPException):
            place = f"{request.method} {request.target!r}"
            logger.error("%s crashed", place, exc_info=error)
            return self.answer_error(request, HTTPException(500))
        known = error if isinstance(error, HTTPException) else HTTPException(500)
        if handler is None:
            return plain_answer(known)
        response = coerce(handler(request, error), known.status_code)
        for name, value in known.headers.items():
            response.headers[name] = value
        return response

    def run(self, host: str = "127.0.0.1", port: int = 8000, **unknown: Any) -> None:
        """Serve until Ctrl-C."""
        refuse_unknown("run()", unknown, ("host", "port"))
        from groundup.launch import serve

        serve(self.handle, host, port, limits=self.limits)


def not_found() -> None:
    """The default handler of an App that was given none."""
    raise HTTPException(404)


def find_handler(handlers: Mapping[ErrorKey, ErrorCall], error: Exception) -> ErrorCall | None:
    """The error handler for `error`: by its status code, else by its nearest class."""
    keys: list[ErrorKey] = list(type(error).__mro__[:-1])
    if isinstance(error, HTTPException):
        keys.insert(0, error.status_code)
    return next((handlers[key] for key in keys if key in handlers), None)


def plain_answer(error: HTTPException) -> Response:
    """An error as plain text."""
    reason = reason_phrase(error.status_code)
    more = f": {error.message}" if error.message not in ("", reason) else ""
    line = f"{error.status_code} {reason}".rstrip()
    return Response.text(f"{line}{more}\n", error.status_code, error.headers)
