"""One way to write a handler in a test, whatever shape the step's engine wants.

Apart because the shape changes from step to step (`[serve] handler` in step.toml) and
the suites must not. Rule: a test's handler takes a `Seen` and gives
`(status, headers, body)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from workshop.kit.recording import current

Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass(frozen=True)
class Seen:
    """The request as the handler was given it; header names in lower case."""

    method: str
    target: str
    version: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first field of that name."""
        return next((value for key, value in self.headers if key == name.lower()), None)


Handler = Callable[[Seen], Answer]


def hello(seen: Seen) -> Answer:
    """The handler of a test that cares for none: 200 and `hello`."""
    return 200, [("content-type", "text/plain")], b"hello"


def adapted(handler: Callable[..., Any] | None, shape: str) -> Callable[..., Any] | None:
    """The handler in the shape this step's engine calls."""
    if shape == "stream":
        return handler
    if shape == "message":
        return _for_messages(_overheard(handler or hello))
    return _for_requests(_overheard(handler or hello))


def _overheard(handler: Handler) -> Handler:
    """What a test asserts inside its handler counts, though the server catches it."""

    def handle(seen: Seen) -> Answer:
        try:
            return handler(seen)
        except AssertionError as error:
            current().verdicts.append(error)
            raise

    return handle


def _for_messages(handler: Handler) -> Callable[..., Any]:
    def handle(head: Any, body: bytes) -> Answer:
        return handler(_seen(head, body))

    return handle


def _for_requests(handler: Handler) -> Callable[..., Any]:
    def handle(request: Any) -> Any:
        if getattr(request, "source", None) is not None:  # its body is still on its way
            return import_module("groundup.request").WantBody(handle)
        status, headers, body = handler(_seen(request, request.body))
        return import_module("groundup.response").Response(body, status, headers)

    return handle


def _seen(head: Any, body: bytes) -> Seen:
    pairs = [(name.lower(), value) for name, value in head.headers.items()]
    return Seen(head.method, head.target, head.version, pairs, bytes(body))
