"""Where a request ends (RFC 9112 §6), and the two ways to get there.

Apart, because request smuggling is two programs that answer this question differently. The rule:
`request_framing` alone decides; what can be read in two ways is refused.
"""

from collections.abc import Iterator

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA, NO_BODY, Data, EndOfMessage, Event, Framing, RequestHead
from groundup.fields import FieldSection
from groundup.grammar import HEX_DIGITS, is_extensions, is_number
from groundup.headers import Headers
from groundup.limits import Limits

LONG_EXTENSIONS = (413, "too many bytes of chunk extensions", "RFC 9112 §7.1.1")
NO_CRLF = (400, "no CRLF after a chunk's data", "RFC 9112 §7.1")
SIZE_DIGITS = 16

# What must be known before the content is read (RFC 9110 §6.5.1).
TOO_LATE = {
    *("transfer-encoding", "content-length", "host", "connection", "te", "trailer", "upgrade"),
    *("expect", "max-forwards", "authorization", "proxy-authorization", "cookie", "range"),
    *("content-encoding", "content-type", "content-range", "if-match", "if-none-match"),
    *("if-modified-since", "if-unmodified-since", "if-range"),
}


def request_framing(head: RequestHead) -> Framing:
    """How the request's body is delimited, by RFC 9112 §6.3."""
    codings = head.headers.get("transfer-encoding")
    match codings, head.headers.get_all("content-length"):
        case str(), [_, *_]:
            raise ProtocolError(400, "two ways to find the end", "RFC 9112 §6.3 rule 3")
        case str(), _:
            check_codings(head.version, codings or "")
            return Framing(True, 0, "RFC 9112 §6.3 rule 4")
        case _, [_, _, *_]:
            raise ProtocolError(400, "more than one Content-Length", "RFC 9112 §6.3 rule 5")
        case _, [length]:
            return Framing(False, content_length(length), "RFC 9112 §6.3 rule 6")
    return NO_BODY


def content_length(value: str) -> int:
    """`"42"` → 42."""
    if not is_number(value.encode("latin-1", "replace")):
        raise ProtocolError(400, "Content-Length is no number", "RFC 9110 §8.6")
    if len(value) > 19:
        raise ProtocolError(413, "Content-Length has more than 19 digits", "RFC 9110 §8.6")
    return int(value)


def check_codings(version: str, value: str) -> None:
    """Raise ProtocolError unless `value` is "chunked" alone."""
    if version == "1.0":
        raise ProtocolError(400, "HTTP/1.0 has no transfer codings", "RFC 9112 §6.1")
    *others, last = [c for c in map(clean, value.split(",")) if c] or [""]
    if last != "chunked":
        raise ProtocolError(400, "the last coding is not chunked", "RFC 9112 §6.3 rule 4")
    if "chunked" in others:
        raise ProtocolError(400, "chunked twice", "RFC 9112 §7.1")
    if others:
        raise ProtocolError(501, "a coding that nobody knows here", "RFC 9112 §6.1")


def clean(word: str) -> str:
    """A word of a list, as it is compared."""
    return word.strip("\t ").lower()


class LengthDecoder:
    """Reads a body of `length` bytes."""

    def __init__(self, buffer: ReceiveBuffer, length: int) -> None:
        self._buffer = buffer
        self._left = length

    def next_event(self) -> Event:
        """Data, NEED_DATA, at last EndOfMessage."""
        if self._left and not len(self._buffer):
            return NEED_DATA
        data = self._buffer.take(self._left)
        self._left -= len(data)
        return Data(data) if data else EndOfMessage()


class ChunkedDecoder:
    """Reads a body in chunks (RFC 9112 §7.1); `_story` tells in which order."""

    def __init__(self, buffer: ReceiveBuffer, limits: Limits) -> None:
        self._buffer = buffer
        self._body_room = limits.body
        self._extension_room = limits.chunk_extensions
        self._trailers = FieldSection(buffer, limits.trailer_bytes, limits.header_count)
        self._left = 0
        self._events = self._story()

    def next_event(self) -> Event:
        """Data, NEED_DATA, at last EndOfMessage with the trailers."""
        return next(self._events)

    def _story(self) -> Iterator[Event]:
        while True:
            while self.read_size() is NEED_DATA:
                yield NEED_DATA
            if not self._left:
                break
            while self._left:
                yield self.read_data() or NEED_DATA
            while self.read_data_end() is NEED_DATA:
                yield NEED_DATA
        while True:
            yield self.read_trailers()

    def read_size(self) -> Event | None:
        """Sets how many bytes of data follow."""
        longest = SIZE_DIGITS + self._extension_room
        line = self._buffer.take_line(longest, LONG_EXTENSIONS)
        if line is None:
            return NEED_DATA
        extensions = line.lstrip(HEX_DIGITS)
        size = line[: len(line) - len(extensions)]
        if not 1 <= len(size) <= SIZE_DIGITS or not is_extensions(extensions):
            raise ProtocolError(400, "a malformed chunk size", "RFC 9112 §7.1")
        self._extension_room -= len(extensions)
        if self._extension_room < 0:
            raise ProtocolError(*LONG_EXTENSIONS)
        self._left = int(size, 16)
        self._body_room -= self._left
        if self._body_room < 0:
            raise ProtocolError(413, "the chunks are above the limit", "RFC 9110 §15.5.14")
        return None

    def read_data(self) -> Event | None:
        """As much of this chunk as is there."""
        data = self._buffer.take(self._left)
        self._left -= len(data)
        return Data(data) if data else NEED_DATA

    def read_data_end(self) -> Event | None:
        """The CRLF after a chunk's data."""
        return NEED_DATA if self._buffer.take_line(0, NO_CRLF) is None else None

    def read_trailers(self) -> Event:
        """The fields at the end."""
        block = self._trailers.read()
        if block is None:
            return NEED_DATA
        trailers = Headers.from_block(block)
        if TOO_LATE.intersection(trailers):
            raise ProtocolError(400, "a field that may not be a trailer", "RFC 9110 §6.5.1")
        return EndOfMessage(tuple(trailers.items()))
