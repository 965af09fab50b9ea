"""Ids and lines, another design: the line is put together from pairs."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Final

from groundup.request import Request
from groundup.response import Response

HARMLESS: Final = re.compile(r"[0-9A-Za-z._-]{1,64}")
logger = logging.getLogger("groundup.requests")


def new_id() -> str:
    """An id that nobody else has: 32 hexadecimal digits."""
    return uuid.uuid4().hex


class RequestId:
    """Gives each request an id, in `request.state["id"]` and in the response's `X-Request-Id`.

    With `trust=True`, for a server behind a proxy that sends one, the request's own is kept.
    """

    def __init__(
        self, *, trust: bool = False, field: str = "x-request-id", make: Callable[[], str] = new_id
    ) -> None:
        self._trust = trust
        self._field = field
        self._make = make

    def pre(self, request):
        number = request.headers.get(self._field, "") if self._trust else ""
        if not HARMLESS.fullmatch(number or ""):
            number = self._make()
        request.state["id"] = number

    def post(self, request: Request, response: Response) -> None:
        """Tell it."""
        response.headers[self._field] = request.state["id"]


class RequestLog:
    """Writes one JSON object for each response, by `write(line)`: to the log, if not told else.

    {"id": …, "client": …, "method": …, "target": …, "status": …, "bytes": …, "ms": …}; `bytes` is
    None for a stream, `id` if no RequestId stands around. `ms`: until the response is there, which
    for a stream is not its end.
    """

    def __init__(
        self,
        write: Callable[[str], object] = logger.info,
        *,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self._write = write
        self._clock = clock

    def pre(self, request: Request) -> None:
        """Note when it began."""
        request.state["log.began"] = self._now(request)

    def post(self, request, response):
        seconds = 0.0
        if "log.began" in request.state:
            seconds = self._now(request) - request.state["log.began"]
        size = len(response.body)
        pairs = [
            ("id", request.state.get("id")),
            ("client", (request.client_addr or (None,))[0]),
            ("method", request.method),
            ("target", request.target),
            ("status", response.status_code),
            ("bytes", size if getattr(response, "chunks", None) is None else None),
            ("ms", round(1000 * seconds, 3)),
        ]
        self._write(json.dumps(dict(pairs)))

    def _now(self, request: Request) -> float:
        """By the clock given here, else the application's."""
        clock = getattr(request.app, "clock", time.monotonic)
        return float(clock() if self._clock is None else self._clock())
