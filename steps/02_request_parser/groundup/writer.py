r"""A response as bytes (RFC 9112 §4 and §6).

Apart, because it must be as strict with us as the parser is with the peer: one CR LF in a field
value, and a visitor writes our next header; one wrong length, and the next response begins in the
middle of this one. The rule: what would be misread is never written; it is a ResponseError.
"""

from collections.abc import Iterable, Mapping

from groundup.errors import ResponseError, reason_phrase
from groundup.grammar import DIGITS, TOKEN, VALUE
from groundup.headers import Headers, Pair

Fields = Headers | Mapping[str, str] | Iterable[Pair]

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def response_bytes(
    status_code: int,
    headers: Fields = (),
    body: bytes = b"",
    *,
    method: str = "GET",
    version: str = "1.1",
    close: bool = False,
) -> bytes:
    r"""`(200, [("A", "b")], b"hi")` → `b"HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 2\r\n\r\nhi"`.

    `method` and `version` are the request's: a HEAD gets no body (RFC 9110 §9.3.2), HTTP/1.0 must
    be told when the connection stays. Raises ResponseError for what may not be written.
    """
    raise NotImplementedError("Task 2.12: write a response, and nothing that would be misread")


def field_line(name: str, value: str) -> bytes:
    r"""`("a", "b")` → `b"a: b\r\n"`; ResponseError for a name or a value that may not be.

    Text that latin-1 cannot say is refused as well: a field is bytes on the wire (RFC 9110 §5.5).
    """
    raise NotImplementedError("Task 2.12: write a response, and nothing that would be misread")


def check_status(status_code: int, method: str) -> None:
    """A code that exists (RFC 9110 §15), and no tunnel, which nobody here could serve."""
    if not 100 <= status_code <= 599:
        raise ResponseError(f"not a status code: {status_code!r}")
    if method == "CONNECT" and 200 <= status_code <= 299:
        raise ResponseError("a 2xx to CONNECT opens a tunnel (RFC 9110 §9.3.6): there is none")


def check_length(status_code: int, fields: Headers, body: bytes, method: str) -> None:
    """What frames the response is ours to say, and must be true (RFC 9112 §6, RFC 9110 §8.6)."""
    if "transfer-encoding" in fields:
        raise ResponseError("Transfer-Encoding is for the server to set, not for a response")
    if body and not may_have_body(status_code):
        raise ResponseError(f"a {status_code} response has no body; this one has {len(body)} bytes")
    lengths = fields.get_all("content-length")
    if not lengths:
        return
    if status_code < 200 or status_code == 204:
        raise ResponseError(f"a {status_code} response has no Content-Length (RFC 9110 §8.6)")
    if len(lengths) > 1 or not DIGITS.fullmatch(lengths[0]):
        raise ResponseError(f"not a Content-Length: {', '.join(lengths)!r}")
    stands_for_another = not body and (method == "HEAD" or status_code == 304)
    if lengths[0] != str(len(body)) and not stands_for_another:
        raise ResponseError(f"Content-Length is {lengths[0]}, the body has {len(body)} bytes")


def may_have_body(status_code: int) -> bool:
    """1xx, 204, 205 and 304 may not (RFC 9110 §§15.2, 15.3.5, 15.3.6, 15.4.5)."""
    return status_code >= 200 and status_code not in (204, 205, 304)


def needs_length(status_code: int, fields: Headers, body: bytes, method: str) -> bool:
    """Whether Content-Length must be added: not where there is one, or where none may be.

    A HEAD that came without a body leaves it out: the length that a GET would have is not known.
    """
    if "content-length" in fields or status_code < 200 or status_code in (204, 304):
        return False
    return bool(body) or method != "HEAD"
