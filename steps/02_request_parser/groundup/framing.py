"""Where a request ends: the one decision that must never be made twice (RFC 9112 §6).

Apart, because every request smuggling attack is two programs that answer this question
differently. The rule: `request_framing` alone decides, in the order of RFC 9112 §6.3, and the
decoders do what it said. What can be read in two ways is refused.
"""

from collections.abc import Callable

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA, NO_BODY, Data, EndOfMessage, Event, Framing, RequestHead
from groundup.fields import FieldSection
from groundup.grammar import CHUNK_LINE, DIGITS
from groundup.limits import Limits

CHUNKED = Framing(True, 0, "RFC 9112 §6.3 rule 4")


def request_framing(head: RequestHead) -> Framing:
    """Decide how the request's body is delimited; ProtocolError where it cannot be known.

    Numbered like RFC 9112 §6.3. Rules 1, 2 and 8 are about responses.
    """
    raise NotImplementedError("Task 2.8: decide where the request ends")


def content_length(value: str) -> int:
    """`"42"` → 42; anything but ASCII digits is 400, more than 19 of them 413 (RFC 9110 §8.6)."""
    raise NotImplementedError("Task 2.7: read the two fields that say where a body ends")


def check_codings(version: str, value: str) -> None:
    """Raise ProtocolError unless `value` is "chunked" alone, in any case (RFC 9112 §6.1).

    It is a list: empty elements, and space or tab around one, count for nothing. In HTTP/1.0 any
    coding is 400, since a 1.0 program on the way does not know the field. So is a list whose last
    is not chunked, or that has chunked twice (§7.1). Another coding before it is 501.
    """
    raise NotImplementedError("Task 2.7: read the two fields that say where a body ends")


END = EndOfMessage()  # the same for every message without trailers


class LengthDecoder:
    """Reads a body of `length` bytes."""

    def __init__(self, buffer: ReceiveBuffer, length: int) -> None:
        self._buffer = buffer
        self._left = length

    def next_event(self) -> Event:
        """Data with what is there, at most what is left; END when nothing is left to come.

        NEED_DATA while something is left and nothing is there.
        """
        raise NotImplementedError("Task 2.9: read a body of known length")


# Fields that must be known before the body is read (RFC 9110 §6.5.1): how the message is framed
# and routed, who sent it, what the content is. In a trailer they come too late to be believed.
NOT_IN_TRAILERS = frozenset(
    b"transfer-encoding content-length host connection te trailer upgrade expect max-forwards "
    b"authorization proxy-authorization cookie content-encoding content-type content-range "
    b"range if-match if-none-match if-modified-since if-unmodified-since if-range".split()
)

CHUNK_DATA_END = (400, "a chunk's data does not end with CRLF", "RFC 9112 §7.1")
CHUNK_LINE_LONG = (413, "the chunk extensions are longer than their limit", "RFC 9112 §7.1.1")
SIZE_DIGITS = 16  # what CHUNK_LINE allows: 64 bits


class ChunkedDecoder:
    """Reads a body in chunks: size line, data, CRLF, … until size 0, then trailers (RFC 9112 §7.1).

    Each step below does one of these. It returns an event, or None when the next step can go on.
    """

    def __init__(self, buffer: ReceiveBuffer, limits: Limits) -> None:
        self._buffer = buffer
        self._body_room = limits.body
        self._extension_room = limits.chunk_extensions
        self._trailers = FieldSection(buffer, limits.trailer_bytes, limits.header_count)
        self._left = 0  # bytes of this chunk still to come
        self._step: Callable[[], Event | None] = self.read_size

    def limit(self, most: int) -> None:
        """From here on, at most `most` bytes: who wants this body may want less than the limit."""
        self._body_room = min(self._body_room, most)

    def next_event(self) -> Event:
        """Data, at the end EndOfMessage with the trailers; NEED_DATA while a step cannot go on."""
        while (event := self._step()) is None:
            pass
        return event

    def read_size(self) -> Event | None:
        r"""`1a;name=value` → 26 bytes of data follow; `0` → the trailers do.

        At most 16 digits, no sign, no "0x". The sum of all sizes is held against `limits.body`
        (413) before any data is taken, the sum of all extensions against `chunk_extensions`.
        """
        raise NotImplementedError("Task 2.10: read the size of a chunk")

    def read_data(self) -> Event | None:
        """Data with as much of this chunk as is there, or NEED_DATA; after its last byte, its end.

        The next step is then `read_data_end`.
        """
        raise NotImplementedError("Task 2.11: read a chunk's data, and the CRLF after it")

    def read_data_end(self) -> Event | None:
        """The CRLF after a chunk's data; anything else is CHUNK_DATA_END. Then comes the next size.

        It is a line that may have no byte: read with a limit of 0, any other is too long.
        """
        raise NotImplementedError("Task 2.11: read a chunk's data, and the CRLF after it")

    def read_trailers(self) -> Event | None:
        """The trailer section; each field is read, and refused where it comes too late."""
        block = self._trailers.read()
        if block is None:
            return NEED_DATA
        return EndOfMessage(tuple(trailer_pair(line) for line in block.split(b"\r\n")[:-1]))


def trailer_pair(line: bytes) -> tuple[str, str]:
    """`b"X-Sum:  9 "` → `("x-sum", "9")`; ProtocolError(400) for a field that is no trailer."""
    name, _, value = line.partition(b":")
    if name.lower() in NOT_IN_TRAILERS:
        raise ProtocolError(400, "a field that may not be a trailer", "RFC 9110 §6.5.1")
    return name.lower().decode("ascii"), value.decode("latin-1").strip(" \t")
