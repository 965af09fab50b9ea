"""A request as a handler sees it: a plain object whose attributes are all there from the start.

Apart from the parser because a head is what came over the wire, and this is what it means. Only
what may fail, a path or a body that cannot be read, waits until somebody asks.
"""

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from groundup.errors import HTTPException
from groundup.events import RequestHead
from groundup.headers import Headers
from groundup.urls import parse_query, percent_decode


class Request:
    """One request."""

    def __init__(
        self,
        head: RequestHead,
        body: bytes = b"",
        *,
        client_addr: tuple[str, int] | None = None,
        app: Any = None,
    ) -> None:
        self.head = head
        self.method, self.target, self.version = head.method, head.target, head.version
        self.headers, self.host = head.headers, head.host
        self.body, self.client_addr, self.app = body, client_addr, app
        self.raw_path, _, self.query_string = head.origin_form.partition("?")
        self.query_params = parse_query(self.query_string)
        self.query = {name: values[0] for name, values in self.query_params.items()}
        self.path_params: dict[str, Any] = {}

    @classmethod
    def build(
        cls,
        method: str = "GET",
        target: str = "/",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> "Request":
        """A request made by hand."""
        fields = Headers(headers)
        return cls(RequestHead(method, target, "1.1", fields, fields.get("host", "") or ""), body)

    @cached_property
    def path(self) -> str:
        """The path, decoded."""
        return percent_decode(self.raw_path)

    def text(self) -> str:
        """The body as UTF-8 text; HTTPException 400 when it is not."""
        try:
            return str(self.body, "utf-8")
        except UnicodeDecodeError:
            raise HTTPException(400, "the body is not UTF-8") from None

    def json(self) -> Any:
        """The body read as JSON, once; HTTPException 400 when it is not JSON."""
        return self._json

    @cached_property
    def _json(self) -> Any:
        try:
            return json.loads(self.text())
        except (ValueError, RecursionError):
            raise HTTPException(400, "the body is not JSON") from None
