"""What a client gets when something went wrong: its error handler's answer, or a plain one.

Apart from the app because it is a story of its own: which handler is asked, and what is said
when nobody is. The rule: a crash says nothing but 500 to the client and everything to the log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from groundup.errors import HTTPException, reason_phrase
from groundup.handlers import ErrorCall
from groundup.request import Request, on_loop
from groundup.response import Response, coerce

logger = logging.getLogger("groundup")

ErrorKey = int | type[BaseException]
ErrorHandlers = dict[ErrorKey, ErrorCall]


def answer_error(handlers: ErrorHandlers, request: Request, error: Exception) -> Any:
    """The Response for an exception, ready to be sent, or a coroutine of it. Never raises."""
    try:
        answer = answer_for(handlers, request, error)
        if not isinstance(answer, Response):
            return ready_later(request, answer)
        return made_ready(request, answer)
    except Exception as second:
        return last_answer(request, second)


def made_ready(request: Request, response: Response) -> Any:
    """A response with what it needs from the disk; on an event loop a coroutine of it."""
    prepare = preparation(response)
    if prepare is None:
        return response
    if on_loop(request):
        return ready_later(request, response)
    prepare(request)
    return response


def preparation(response: Response) -> Callable[[Request], None] | None:
    """What must be asked of the disk before this response can be sent; None for most of them."""
    if type(response) is Response or not getattr(response, "needs_preparation", False):
        return None
    prepare: Callable[[Request], None] = response.prepare  # type: ignore[attr-defined]
    return prepare


def answer_for(handlers: ErrorHandlers, request: Request, error: Exception) -> Any:
    """The Response for an exception, or a coroutine of what an async error handler returns.

    An error that has no handler and is no HTTPException is a crash: it is logged with its
    traceback, and from then on it is an `HTTPException(500)`, which may have a handler of its own.
    """
    handler = find_handler(handlers, error)
    if handler is None and not isinstance(error, HTTPException):
        if getattr(error, "is_fault", True):  # a client that leaves is none of the program's
            logger.error("%s %r crashed", request.method, request.target, exc_info=error)
        error = HTTPException(500)
        handler = find_handler(handlers, error)
    if handler is None:
        return last_answer(request, error)
    value = handler(request, error)
    return coerced_later(value, error) if hasattr(value, "__await__") else coerced(value, error)


def coerced(value: Any, error: Exception) -> Response:
    """What an error handler returned, as a Response with the error's status code and fields."""
    if not isinstance(error, HTTPException):
        return coerce(value, 500)
    response = coerce(value, error.status_code)
    for name, field in error.headers.items():
        response.headers[name] = field
    return response


async def coerced_later(value: Any, error: Exception) -> Response:
    """The same for an async error handler."""
    return coerced(await value, error)


async def ready_later(request: Request, answer: Any) -> Response:
    """An error handler's answer, awaited if need be, with what it needs from the disk."""
    try:
        response: Response = answer if isinstance(answer, Response) else await answer
        prepare = preparation(response)
        if prepare is not None:
            await request.run_in_executor(prepare, request)
        return response
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
