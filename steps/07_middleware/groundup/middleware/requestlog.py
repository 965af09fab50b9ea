"""A line of JSON for each request: what was asked, what was answered, how long it took, which id.

Apart from the engine's access log (step 9), which counts bytes: this one stands in the onion, sees
what the application sees, and passes an id on to whoever writes other lines about this request.
The rule: no byte of a client ends a line, and an id of a client's is taken only if it is harmless.
"""

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

    def pre(self, request: Request) -> None:
        """Note the id."""
        raise NotImplementedError("Task 7.6: write a line for each request")

    def post(self, request: Request, response: Response) -> None:
        """Tell it."""
        response.headers[self._field] = request.state["id"]


class RequestLog:
    """Writes one JSON object for each response, by `write(line)`: to the log, if not told else.

    {"id": …, "client": …, "method": …, "target": …, "status": …, "bytes": …, "ms": …}; `client` is
    an address without its port; `bytes` is None for a stream, `id` if no RequestId stands around.
    `ms`, to three places: until the response is there, which for a stream is not its end.
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

    def post(self, request: Request, response: Response) -> None:
        """Write the line: of 0 ms if `pre` was not called. No byte of a target ends a line."""
        raise NotImplementedError("Task 7.6: write a line for each request")

    def _now(self, request: Request) -> float:
        """By the clock given here, else the application's."""
        clock = getattr(request.app, "clock", time.monotonic)
        return float(clock() if self._clock is None else self._clock())
