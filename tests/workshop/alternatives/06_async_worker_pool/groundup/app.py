"""An application that is one coroutine: where no loop runs, a loop is run for each request.

Another design than the solution's, which takes the short way where it can.
"""

import asyncio
import inspect
import logging

from groundup.calling import AWAITED, BLOCKING
from groundup.errors import HTTPException, reason_phrase
from groundup.handlers import compile_error_handler, compile_handler
from groundup.limits import Limits
from groundup.request import on_loop
from groundup.response import Response, coerce
from groundup.routing import Match, Router
from groundup.suggest import refuse_unknown

logger = logging.getLogger("groundup")
BORROWED = ["route", "add_route", "get", "post", "put", "patch", "delete", "include", "url_for"]


class App:
    def __init__(self, router=None, *, limits=None, **unknown):
        refuse_unknown("App()", unknown, ("router", "limits"))
        self.router = Router() if router is None else router
        self.limits = limits or Limits()
        self.error_handlers = {}
        self._default = None
        for name in BORROWED:
            setattr(self, name, getattr(self.router, name))

    def errorhandler(self, key):
        if not isinstance(key, int | type):
            raise TypeError(f"errorhandler() wants a status code or a class, not {key!r}")

        def register(handler):
            self.error_handlers[key] = compile_error_handler(handler)
            return handler

        return register

    def set_default_handler(self, handler):
        self._default = compile_handler(handler, ())
        return handler

    def handle(self, request):
        request.app = self
        answer = self._answer(request)
        return answer if on_loop(request) else asyncio.run(answer)

    async def _answer(self, request):
        try:
            found = self.router.match(request.method, request.raw_path)
            if isinstance(found, Match):
                request.path_params = found.params
                return await self.answer_later(request, found.route.call)
            return await self._missed(request, found.allow)
        except Exception as error:
            try:
                return await self.answer_error(request, error)
            except HTTPException as second:
                return plain_answer(second)
            except Exception:
                logger.exception("%s %r crashed its handler", request.method, request.target)
                return plain_answer(HTTPException(500))

    async def _missed(self, request, allow):
        if request.method == "OPTIONS" and (allow or request.target == "*"):
            return Response(b"", 204, {"allow": ", ".join(allow)} if allow else {})
        if allow:
            raise HTTPException(405, headers={"allow": ", ".join(allow)})
        if self._default is None:
            raise HTTPException(404)
        return await self.answer_later(request, self._default)

    async def answer_later(self, request, call):
        arguments = (request, request.path_params)
        if call.kind == BLOCKING:
            return coerce(await request.run_in_executor(call.run, *arguments))
        value = call.run(*arguments)
        return coerce(await value if call.kind == AWAITED else value)

    async def answer_error(self, request, error):
        handler = find_handler(self.error_handlers, error)
        if handler is None and not isinstance(error, HTTPException):
            logger.error("%s %r crashed", request.method, request.target, exc_info=error)
            error = HTTPException(500)
            handler = find_handler(self.error_handlers, error)
        if handler is None:
            return plain_answer(error)
        value = handler(request, error)
        if inspect.isawaitable(value):
            value = await value
        known = isinstance(error, HTTPException)
        response = coerce(value, error.status_code if known else 500)
        for name, field in error.headers.items() if known else ():
            response.headers[name] = field
        return response

    def run(self, host="127.0.0.1", port=8000, **options):
        from groundup.launch import serve

        serve(self.handle, host, port, **{"limits": self.limits, **options})


def find_handler(handlers, error):
    keys = [getattr(error, "status_code", None)] if isinstance(error, HTTPException) else []
    found = [handlers[key] for key in [*keys, *type(error).__mro__] if key in handlers]
    return found[0] if found else None


def plain_answer(error):
    reason = reason_phrase(error.status_code)
    line = f"{error.status_code} {reason}".rstrip()
    if error.message not in ("", reason):
        line = f"{line}: {error.message}"
    return Response.text(line + "\n", error.status_code, error.headers)
