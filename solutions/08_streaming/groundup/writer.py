r"""A response as bytes (RFC 9112 §4, §6 and §7.1).

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
LAST_CHUNK = b"0\r\n\r\n"
CHUNKED_LINE = b"transfer-encoding: chunked\r\n"

# Field lines that were checked and written before: a program sends the same few again and again.
# Bounded in number and in size, since values may come from anywhere.
KNOWN_LINES: dict[Pair, bytes] = {}
MOST_KNOWN, LONGEST_KNOWN = 512, 128

# Fields that a response's frame or its connection depends on: they are looked at each time.
FRAMING_FIELDS = frozenset({"content-length", "transfer-encoding", "connection", "date"})

MOST_DIGITS = 19  # of a Content-Length: more would be no 64 bits, and nobody reads them

STATUS_LINES: dict[int, bytes] = {}
"""`200` → `b"HTTP/1.1 200 OK\r\n"`, for the codes that have been sent before: at most 500."""
PLAIN_LINES: dict[int, bytes] = {}
"""The same, for those whose responses have a body."""

KNOWN_LENGTHS = 2048
LENGTH_LINES = [b"content-length: %d\r\n" % size for size in range(KNOWN_LENGTHS)]


def response_bytes(
    status_code: int,
    headers: Fields = (),
    body: bytes = b"",
    *,
    method: str = "GET",
    version: str = "1.1",
    close: bool = False,
    date: bytes = b"",
) -> bytes:
    r"""`(200, [("A", "b")], b"hi")` → `b"HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 2\r\n\r\nhi"`.

    `method` and `version` are the request's: a HEAD gets no body (RFC 9110 §9.3.2), HTTP/1.0 must
    be told when the connection stays. `date` is the Date line that goes out where the fields have
    none. Raises ResponseError for what may not be written.
    """
    fields = Headers(headers)
    check_status(status_code, method)
    check_length(status_code, fields, body, method)
    if needs_length(status_code, fields, body, method):
        fields["content-length"] = str(len(body))
    head = head_bytes(status_code, fields, version, close, date)
    return head if method == "HEAD" else head + body


def plain_bytes(status_code: int, fields: Fields, body: bytes, date: bytes) -> bytes | None:
    """What `response_bytes` gives for a GET of HTTP/1.1 that keeps its connection, quickly.

    None where anything needs a second look: a field that frames, one never written before, a
    status without a body.
    """
    pairs: Iterable[Pair] = fields.items() if isinstance(fields, Headers) else fields  # type: ignore[assignment]
    try:
        lines = b"".join(map(KNOWN_LINES.__getitem__, pairs))
        line = PLAIN_LINES[status_code]
    except KeyError:
        return None
    size = len(body)
    length = LENGTH_LINES[size] if size < KNOWN_LENGTHS else b"content-length: %d\r\n" % size
    return b"".join((line, lines, length, date, b"\r\n", body))


def stream_head(
    status_code: int,
    headers: Fields,
    *,
    length: int | None,
    method: str = "GET",
    version: str = "1.1",
    close: bool = False,
    date: bytes = b"",
) -> bytes:
    """The head of a response whose body follows in pieces.

    `length` is declared as Content-Length; without one, HTTP/1.1 gets chunks and HTTP/1.0 a body
    that ends with the connection. Raises ResponseError, also for a status that has no body.
    """
    fields = Headers(headers)
    check_status(status_code, method)
    if length is None and status_code == 205:
        length = 0  # no other frame says that there is nothing (RFC 9112 §6.3 names 204 and 304)
    if length is not None and "content-length" not in fields:
        fields["content-length"] = str(length)
    check_length(status_code, fields, b"", method, streamed=True)
    if length is not None and fields["content-length"] != str(length):
        raise ResponseError(f"Content-Length is {fields['content-length']}, {length} was declared")
    chunked = "content-length" not in fields and version == "1.1" and may_have_body(status_code)
    return head_bytes(status_code, fields, version, close, date, CHUNKED_LINE if chunked else b"")


def head_bytes(
    status_code: int, fields: Headers, version: str, close: bool, date: bytes, last: bytes = b""
) -> bytes:
    """Status line, fields, what is said about the connection, and the empty line."""
    if close:
        fields["connection"] = "close"
    elif version == "1.0":
        fields["connection"] = "keep-alive"
    lines = b"".join([known_line(pair) for pair in fields.items()])
    dated = b"" if "date" in fields else date
    return status_line(status_code) + lines + last + dated + b"\r\n"


def chunk(data: bytes) -> bytes:
    r"""`b"hello"` → `b"5\r\nhello\r\n"` (RFC 9112 §7.1); b"" would be the end: b""."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def status_line(status_code: int) -> bytes:
    r"""`404` → `b"HTTP/1.1 404 Not Found\r\n"`; an unregistered code has no phrase."""
    line = STATUS_LINES.get(status_code)
    if line is None:
        line = f"HTTP/1.1 {status_code} {reason_phrase(status_code)}\r\n".encode("ascii")
        STATUS_LINES[status_code] = line
        if may_have_body(status_code):
            PLAIN_LINES[status_code] = line
    return line


def known_line(pair: Pair) -> bytes:
    """The field line of a pair, from memory if it was written before."""
    line = KNOWN_LINES.get(pair)
    if line is None:
        line = field_line(*pair)
        if pair[0] not in FRAMING_FIELDS and len(line) <= LONGEST_KNOWN:
            if len(KNOWN_LINES) >= MOST_KNOWN:
                KNOWN_LINES.clear()
            KNOWN_LINES[pair] = line
    return line


def field_line(name: str, value: str) -> bytes:
    r"""`("a", "b")` → `b"a: b\r\n"`; ResponseError for a name or a value that may not be.

    Text that latin-1 cannot say is refused as well: a field is bytes on the wire (RFC 9110 §5.5).
    """
    try:
        name_bytes, value_bytes = name.encode("ascii"), value.encode("latin-1")
    except UnicodeEncodeError:
        raise ResponseError(f"field {name!r} cannot be encoded: {value!r}") from None
    if not TOKEN.fullmatch(name_bytes):
        raise ResponseError(f"not a field name: {name!r}")
    if not VALUE.fullmatch(value_bytes):
        raise ResponseError(f"field {name!r} has a control character in its value: {value!r}")
    return name_bytes + b": " + value_bytes + b"\r\n"


def check_status(status_code: int, method: str) -> None:
    """A code that exists (RFC 9110 §15), and no tunnel, which nobody here could serve."""
    if not 100 <= status_code <= 599:
        raise ResponseError(f"not a status code: {status_code!r}")
    if method == "CONNECT" and 200 <= status_code <= 299:
        raise ResponseError("a 2xx to CONNECT opens a tunnel (RFC 9110 §9.3.6): there is none")


def check_length(
    status_code: int, fields: Headers, body: bytes, method: str, *, streamed: bool = False
) -> None:
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
    if len(lengths) > 1 or len(lengths[0]) > MOST_DIGITS or not DIGITS.fullmatch(lengths[0]):
        raise ResponseError(f"not a Content-Length: {', '.join(lengths)[:80]!r}")
    another = not body and (method == "HEAD" or status_code == 304)  # which has that length
    later = streamed and status_code != 205
    if lengths[0] != str(len(body)) and not another and not later:
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
