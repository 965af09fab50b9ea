"""The answer to a request, and what a handler may return instead of one.

Apart from the writer because nothing is framed here. The rule: one table says what a value of
which type becomes, and everything that is not in it is an error.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from groundup.headers import Headers

HeaderSource = Mapping[str, str] | Iterable[tuple[str, str]] | None
PLAIN, HTML = "text/plain; charset=utf-8", "text/html; charset=utf-8"


class Response:
    """A status code, header fields and a body of bytes."""

    def __init__(
        self,
        body: bytes | str = b"",
        status_code: int = 200,
        headers: HeaderSource = None,
        content_type: str | None = None,
    ) -> None:
        if not isinstance(body, str | bytes | bytearray | memoryview):
            raise TypeError(f"a body is bytes or str, not {type(body).__name__}")
        self.headers = Headers(headers)
        self.status_code = check_status(status_code)
        self.body = body.encode() if isinstance(body, str) else bytes(body)
        if content_type is not None:
            self.headers["content-type"] = content_type
        elif isinstance(body, str) or self.body:
            kind = PLAIN if isinstance(body, str) else "application/octet-stream"
            self.headers.setdefault("content-type", kind)

    @classmethod
    def json(cls, data: Any, status_code: int = 200, headers: HeaderSource = None) -> "Response":
        """`data` as JSON; ValueError for what JSON cannot write."""
        body = json.dumps(data, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        return cls(body, status_code, headers, "application/json")

    @classmethod
    def text(cls, text: str, status_code: int = 200, headers: HeaderSource = None) -> "Response":
        """Plain text."""
        return cls(text, status_code, headers, PLAIN)

    @classmethod
    def html(cls, html: str, status_code: int = 200, headers: HeaderSource = None) -> "Response":
        """A page of HTML."""
        return cls(html, status_code, headers, HTML)

    @classmethod
    def redirect(
        cls, location: str, status_code: int = 302, headers: HeaderSource = None
    ) -> "Response":
        """Send the client elsewhere."""
        if status_code not in (301, 302, 303, 307, 308):
            raise ValueError(f"{status_code} does not redirect")
        response = cls(b"", status_code, headers)
        response.headers["location"] = quote(location, safe=":/?#[]@!$&'()*+,;=%~")
        return response


def check_status(status_code: int) -> int:
    """`status_code` itself, if a final response may have it."""
    if isinstance(status_code, bool) or not isinstance(status_code, int):
        raise TypeError(f"a status code is an int, not {status_code!r}")
    if status_code not in range(200, 600):
        raise ValueError(f"{status_code} is no final status code")
    return int(status_code)


def nothing(_: None, status_code: int) -> Response:
    """204, unless another status was meant."""
    return Response(status_code=204 if status_code == 200 else status_code)


coercions: dict[type, Callable[[Any, int], Response]] = {
    **dict.fromkeys((dict, list), Response.json),
    **dict.fromkeys((str, bytes, bytearray, memoryview), Response),
    type(None): nothing,
}


def coerce(value: Any, status_code: int = 200) -> Response:
    """The Response that a handler's return value stands for."""
    match value:
        case Response():
            return value
        case (_, _) | (_, _, _) if isinstance(value, tuple):
            return with_status(*value)
    born = type(value).__mro__
    kinds = sorted((kind for kind in coercions if kind in born), key=born.index)
    if not kinds:
        raise TypeError(f"a handler may not return {type(value).__name__}: {value!r}")
    return coercions[kinds[0]](value, status_code)


def with_status(value: Any, status_code: int, headers: HeaderSource = None) -> Response:
    """(value, status, headers) as a Response: the fields given replace those of the value."""
    response = coerce(value, check_status(status_code))
    response.status_code = status_code
    for name, field in Headers(headers).items():
        response.headers[name] = field
    return response
