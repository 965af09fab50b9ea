"""A request as a handler sees it.

Apart from the parser because a head is what came over the wire, and this is what it means:
a path, a query, a body as text or JSON. The rule: nothing is decoded before somebody asks,
and what was decoded once is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from groundup.errors import HTTPException
from groundup.events import RequestHead
from groundup.headers import Headers
from groundup.jsontext import from_json
from groundup.urls import parse_query, percent_decode


class Request:
    """One request: `method`, `target`, `version`, `headers`, `host`, `body`, and what they mean.

    `raw_path` is the path as it came, still encoded, and is what the router wants; `path` is
    decoded, for people. `client_addr` is (host, port) of the peer, or None. `app` is the App.
    """

    __slots__ = (
        "_json", "_path", "_query_params", "app", "body", "client_addr",
        "head", "path_params", "query_string", "raw_path",
    )  # fmt: skip

    def __init__(
        self,
        head: RequestHead,
        body: bytes = b"",
        *,
        client_addr: tuple[str, int] | None = None,
        app: Any = None,
    ) -> None:
        self.head = head
        self.body = body
        self.client_addr = client_addr
        self.app = app
        self.path_params: dict[str, Any] = {}
        # By hand, at the first "?": urlsplit would read "//host/path" as a host.
        self.raw_path, _, self.query_string = head.origin_form.partition("?")
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
