"""A request as a handler sees it.

Apart from the parser because a head is what came over the wire, and this is what it means:
a path, a query, a body as text or JSON. The rule: nothing is decoded before somebody asks,
and what was decoded once is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Protocol

from groundup.errors import HTTPException
from groundup.events import RequestHead
from groundup.headers import Headers
from groundup.jsontext import from_json
from groundup.streaming import BodySource, RequestStream
from groundup.urls import parse_query, percent_decode


class Worker(Protocol):
    """What runs a request: an engine's thread or event loop."""

    is_async: bool
    """Whether an event loop runs the handlers, so that none may block it."""

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop: a long answer should come to an end."""

    def run(self, function: Callable[..., Any], *arguments: Any) -> Awaitable[Any]:
        """Call a function that may wait in a thread. HTTPException 503 if none is free."""


def on_loop(request: Request) -> bool:
    """Whether an event loop runs this request, so that nothing may wait where it is called."""
    return request.worker is not None and request.worker.is_async


class WantBody:
    """A handler's wish, before it is called, to have the request's whole body first.

    The engine collects the body and calls `then(request)`.
    """

    __slots__ = ("then",)

    def __init__(self, then: Callable[[Request], Any]) -> None:
        self.then = then


def buffered(handle: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """`handle`, called only once the body is whole: for functions that know no streams."""

    def begin(request: Request) -> Any:
        return handle(request) if request.source is None else WantBody(handle)

    return begin


class Request:
    """One request: `method`, `target`, `version`, `headers`, `host`, `body`, and what they mean.

    `raw_path` is the path as it came, still encoded, and is what the router wants; `path` is
    decoded, for people. `client_addr` is (host, port) of the peer, or None. `app` is the App.
    `source` is where the body still comes from, None once it is all in `body`; `worker` is what
    runs this request. `began`, in seconds of a monotonic clock, is there only if somebody logs.
    """

    __slots__ = (
        "_body", "_json", "_path", "_query_params", "_state", "app", "began", "client_addr", "head",
        "path_params", "query_string", "raw_path", "source", "worker",
    )  # fmt: skip
    began: float

    def __init__(
        self,
        head: RequestHead,
        body: bytes = b"",
        client_addr: tuple[str, int] | None = None,
        worker: Worker | None = None,
        *,
        app: Any = None,
        source: BodySource | None = None,
    ) -> None:
        self.head = head
        self._body = body
        self.client_addr = client_addr
        self.app = app
        self.source = source
        self.worker = worker
        self.path_params: dict[str, Any] = {}
        target = head.target if head.target.startswith("/") else head.origin_form
        # By hand, at the first "?": urlsplit would read "//host/path" as a host.
        self.raw_path, _, self.query_string = target.partition("?")
        self._path: str | None = None
        self._query_params: dict[str, list[str]] | None = None
        self._json: tuple[Any] | None = None

    @classmethod
    def build(
        cls,
        method: str = "GET",
        target: str = "/",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Request:
        """A request made by hand, for tests and notebooks: no socket, no parser."""
        fields = Headers(headers)
        return cls(RequestHead(method, target, "1.1", fields, fields.get("host") or ""), body)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.target!r}>"

    @property
    def method(self) -> str:
        """The method, as it was written: methods are case-sensitive (RFC 9110 §9.1)."""
        return self.head.method

    @property
    def target(self) -> str:
        """The request target, as it was written."""
        return self.head.target

    @property
    def version(self) -> str:
        """'1.1' or '1.0'."""
        return self.head.version

    @property
    def headers(self) -> Headers:
        """The header fields."""
        return self.head.headers

    @property
    def host(self) -> str:
        """The effective host: of an absolute target, else of the Host field (RFC 9112 §3.3)."""
        return self.head.host

    @property
    def path(self) -> str:
        """The path, percent-decoded once: '/a%2Fb' → '/a/b'. HTTPException 400 if it cannot be."""
        if self._path is None:
            self._path = percent_decode(self.raw_path)
        return self._path

    @property
    def query_params(self) -> dict[str, list[str]]:
        """Every query field with its values: '?a=1&a=2' → {'a': ['1', '2']}."""
        if self._query_params is None:
            self._query_params = parse_query(self.query_string)
        return self._query_params

    @property
    def query(self) -> dict[str, str]:
        """Every query field with its first value: '?a=1&a=2' → {'a': '1'}."""
        return {name: values[0] for name, values in self.query_params.items()}

    @property
    def body(self) -> bytes:
        """The whole body. RuntimeError where the route reads it as a stream."""
        if self.source is not None:
            raise RuntimeError("this body comes as a stream: read request.stream()")
        return self._body

    def complete(self, body: bytes) -> None:
        """The whole body is here now."""
        self._body, self.source = body, None

    def stream(self) -> RequestStream:
        """The body part by part, with `for` or `async for`; in one part if it is here whole."""
        return RequestStream(self._body, self.source)

    @property
    def state(self) -> dict[str, Any]:
        """What hooks, layers and handlers leave for each other on this request."""
        if not hasattr(self, "_state"):
            self._state: dict[str, Any] = {}
        return self._state

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop, so that a long answer should come to an end."""
        return self.worker is not None and self.worker.stopping

    async def run_in_executor(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function that computes or waits in a thread, so that the event loop goes on."""
        if self.worker is not None and self.worker.is_async:
            return await self.worker.run(function, *arguments)
        return function(*arguments)

    def text(self) -> str:
        """The body as UTF-8 text; HTTPException 400 when it is not."""
        try:
            return self.body.decode("utf-8")
        except UnicodeDecodeError:
            raise HTTPException(400, "the body is not UTF-8") from None

    def json(self) -> Any:
        """The body read as JSON, once; HTTPException 400 when it is not JSON."""
        if self._json is None:
            try:
                self._json = (from_json(self.text()),)
            except (ValueError, RecursionError):
                raise HTTPException(400, "the body is not JSON") from None
        return self._json[0]
