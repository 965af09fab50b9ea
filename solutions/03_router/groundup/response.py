"""The answer to a request, and what a handler may return instead of one.

Apart from the writer because a response is values and no bytes on a wire: nothing is
framed here. The rule: what a handler returned is turned into a Response in one place,
`coerce`, by one table, and everything that is not in the table is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import quote

from groundup.headers import Headers, Pair
from groundup.jsontext import to_json

TEXT: Final = "text/plain; charset=utf-8"
TEXT_FIELDS: Final = (("content-type", TEXT),)
JSON_FIELDS: Final = (("content-type", "application/json"),)

HeaderSource = Mapping[str, str] | Iterable[tuple[str, str]] | None

# What a URL may hold as it is, "%" of its escapes included: RFC 3986 §2.2, §2.3
URL_SAFE: Final = ":/?#[]@!$&'()*+,;=%~"


class Response:
    """A status code, header fields and a body of bytes.

    `body`: bytes, or str, which goes out as UTF-8. `headers`: a mapping or pairs; they are
    copied. `content_type` defaults to "text/plain; charset=utf-8" for str and
    "application/octet-stream" for bytes; `b""` has none.
    """

    __slots__ = ("body", "fields", "status_code")

    fields: tuple[Pair, ...] | Headers
    """The header fields as they are kept: pairs, until somebody asks for `headers`."""

    set_cookie: ClassVar[Callable[..., None]]
    delete_cookie: ClassVar[Callable[..., None]]
    """What a module about cookies gives every response: it is not made here."""

    def __init__(
        self,
        body: bytes | str = b"",
        status_code: int = 200,
        headers: HeaderSource = None,
        content_type: str | None = None,
    ) -> None:
        default_type: str | None = None
        if isinstance(body, str):
            self.body, default_type = body.encode(), TEXT
        elif isinstance(body, bytes | bytearray | memoryview):
            self.body = bytes(body)
            default_type = "application/octet-stream" if self.body else None
        else:
            raise TypeError(f"a body is bytes or str, not {type(body).__name__}: body comes first")
        self.status_code = check_status(status_code)
        if headers is None:
            kind = content_type or default_type
            self.fields = (("content-type", kind),) if kind else ()
            return
        self.fields = Headers(headers)
        if content_type is not None:
            self.headers["content-type"] = content_type
        elif default_type is not None:
            self.headers.setdefault("content-type", default_type)

    @property
    def headers(self) -> Headers:
        """The header fields, yours to change."""
        if isinstance(self.fields, tuple):
            self.fields = Headers.of(list(self.fields))
        return self.fields

    def __repr__(self) -> str:
        return f"<Response {self.status_code}, {len(self.body)} bytes>"

    @classmethod
    def json(cls, data: Any, status_code: int = 200, headers: HeaderSource = None) -> Response:
        """`data` as compact JSON in UTF-8 (RFC 8259): `{"a": "é"}` → `{"a":"é"}`.

        ValueError for NaN and infinity, which JSON cannot write.
        """
        return cls(to_json(data).encode(), status_code, headers, "application/json")

    @classmethod
    def text(cls, text: str, status_code: int = 200, headers: HeaderSource = None) -> Response:
        """Plain text, as UTF-8."""
        return cls(text, status_code, headers, TEXT)

    @classmethod
    def html(cls, html: str, status_code: int = 200, headers: HeaderSource = None) -> Response:
        """A page of HTML, as UTF-8."""
        return cls(html, status_code, headers, "text/html; charset=utf-8")

    @classmethod
    def redirect(
        cls, location: str, status_code: int = 302, headers: HeaderSource = None
    ) -> Response:
        """Send the client elsewhere: `location` is a path or a URL (RFC 9110 §10.2.2).

        ValueError for a status code that does not redirect.
        """
        if status_code not in (301, 302, 303, 307, 308):
            raise ValueError(f"{status_code} does not redirect: 301, 302, 303, 307 and 308 do")
        response = cls(b"", status_code, headers)
        response.headers["location"] = quote(location, safe=URL_SAFE)
        return response


def check_status(status_code: int) -> int:
    """`status_code` itself, if a final response may have it: ValueError unless 200 to 599.

    TypeError for what is no int.
    """
    if type(status_code) is int and 200 <= status_code <= 599:
        return status_code
    if type(status_code) is bool or not isinstance(status_code, int):
        raise TypeError(f"a status code is an int, not {status_code!r}")
    if not 200 <= status_code <= 599:
        raise ValueError(f"{status_code} is no final status code: 200 to 599 are")
    return int(status_code)


def empty(value: None, status_code: int) -> Response:
    """The answer of a handler that returned None: 204, unless another status was meant."""
    return Response(b"", 204 if status_code == 200 else status_code)


def made(body: bytes, status_code: int, fields: tuple[Pair, ...]) -> Response:
    """A Response of parts that need no second look, past the questions of its constructor."""
    response = Response.__new__(Response)
    response.body = body
    response.status_code = status_code
    response.fields = fields
    return response


def text_value(value: str, status_code: int) -> Response:
    """The answer of a handler that returned text."""
    return made(value.encode(), status_code, TEXT_FIELDS)


def json_value(value: Any, status_code: int) -> Response:
    """The answer of a handler that returned a dict or a list."""
    return made(to_json(value).encode(), status_code, JSON_FIELDS)


# What a value of each type becomes: a function of (value, status_code). Yours to extend.
coercions: dict[type, Callable[[Any, int], Response]] = {
    dict: json_value,
    list: json_value,
    str: text_value,
    bytes: Response,
    bytearray: Response,
    memoryview: Response,
    type(None): empty,
}


def coerce(value: Any, status_code: int = 200) -> Response:
    """The Response that a handler's return value stands for.

    A Response            → itself
    (value, status)       → value, coerced with that status     (value, status, headers) → and these
    dict, list            → JSON        str → text/plain        bytes → application/octet-stream
    None                  → 204, no body
    A subclass is treated as its base: look in `coercions` along `type(value).__mro__`.
    Anything else, a tuple of another length too, is a TypeError that names the type.
    """
    maker = coercions.get(type(value))
    if maker is not None:
        return maker(value, status_code)
    if isinstance(value, Response):
        return value
    if isinstance(value, tuple) and len(value) in (2, 3):
        return coerce_tuple(*value)
    for kind in type(value).__mro__:
        if kind in coercions:
            return coercions[kind](value, status_code)
    raise TypeError(f"a handler returned {type(value).__name__}, which is no kind of answer")


def coerce_tuple(value: Any, status_code: int, headers: HeaderSource = None) -> Response:
    """(value, status, headers) as a Response: the fields given replace those of the value."""
    response = coerce(value, check_status(status_code))
    response.status_code = status_code
    for name, field in Headers(headers).items():
        response.headers[name] = field
    return response
