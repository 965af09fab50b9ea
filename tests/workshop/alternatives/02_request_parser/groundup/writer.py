"""A response as bytes (RFC 9112 §4 and §6), gathered in one bytearray.

Apart, because it must be as strict with us as the parser is with the peer. The rule: what would
be misread is never written; it is a ResponseError.
"""

from collections.abc import Iterable, Mapping

from groundup.errors import ResponseError, reason_phrase
from groundup.grammar import VALUE_CHARS, is_number, is_token, only
from groundup.headers import Headers, Pair

Fields = Headers | Mapping[str, str] | Iterable[Pair]
BODILESS = (204, 205, 304)  # RFC 9110 §§15.3.5, 15.3.6, 15.4.5, and every 1xx


def response_bytes(
    status_code: int,
    headers: Fields = (),
    body: bytes = b"",
    *,
    method: str = "GET",
    version: str = "1.1",
    close: bool = False,
) -> bytes:
    """`(200, [("A", "b")], b"hi")` → status line, `a: b`, content-length, empty line, `hi`."""
    fields = Headers(headers)
    fault = response_fault(status_code, fields, body, method)
    if fault is not None:
        raise ResponseError(fault)
    if wants_length(status_code, body, method):
        fields.setdefault("content-length", str(len(body)))
    if close or version == "1.0":
        fields["connection"] = "close" if close else "keep-alive"
    written = bytearray(f"HTTP/1.1 {status_code} {reason_phrase(status_code)}\r\n".encode())
    for name, value in fields.items():
        written += field_line(name, value)
    written += b"\r\n"
    if method != "HEAD":
        written += body
    return bytes(written)


def field_line(name: str, value: str) -> bytes:
    """`("a", "b")` → a line with CRLF; ResponseError for a name or a value that may not be."""
    try:
        raw_name, raw_value = name.encode("ascii"), value.encode("latin-1")
    except UnicodeEncodeError:
        raise ResponseError(f"{name!r}: {value!r} cannot be written as latin-1") from None
    if not is_token(raw_name) or not only(raw_value, VALUE_CHARS):
        raise ResponseError(f"{name!r}: {value!r} would be misread")
    return raw_name + b": " + raw_value + b"\r\n"


def may_have_body(status_code: int) -> bool:
    """Whether a response with this status has content."""
    return status_code // 100 != 1 and status_code not in BODILESS


def wants_length(status_code: int, body: bytes, method: str) -> bool:
    """Whether Content-Length is ours to add. HEAD without a body: nobody knows the length."""
    if status_code // 100 == 1 or status_code in (204, 304):
        return False
    return method != "HEAD" or body != b""


def response_fault(status_code: int, fields: Headers, body: bytes, method: str) -> str | None:
    """Why this response may not be written, or None."""
    if not 100 <= status_code <= 599:
        return f"{status_code} is no status code"
    if method == "CONNECT" and status_code // 100 == 2:
        return "a 2xx to CONNECT opens a tunnel, and there is none"
    if "transfer-encoding" in fields:
        return "Transfer-Encoding is for the server to set"
    if body and not may_have_body(status_code):
        return f"a {status_code} has no body"
    return length_fault(status_code, fields.get_all("content-length"), body, method)


def length_fault(status_code: int, lengths: list[str], body: bytes, method: str) -> str | None:
    """What is wrong with a Content-Length that the caller gave."""
    if not lengths:
        return None
    if status_code // 100 == 1 or status_code == 204:
        return f"a {status_code} has no Content-Length (RFC 9110 §8.6)"
    if len(lengths) > 1 or not is_number(lengths[0].encode("latin-1", "replace")):
        return f"{lengths} is no Content-Length"
    told_for_another = body == b"" and (method == "HEAD" or status_code == 304)
    if int(lengths[0][:20]) != len(body) and not told_for_another:
        return f"Content-Length says {lengths[0]}, the body has {len(body)} bytes"
    return None
