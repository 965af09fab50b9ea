"""Bytes in, events out: the life of a connection as one generator that waits at each NEED_DATA.

Apart from all I/O. There is no fast path and no table of readers: the story of a request is told
from its first line to its last byte. The rule: the same bytes give the same events and the same
refusal, however they are split.
"""

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import TypeVar

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, EndOfMessage, Event, RequestHead
from groundup.fields import FieldSection
from groundup.framing import ChunkedDecoder, LengthDecoder, request_framing
from groundup.grammar import TARGET_CHARS, is_number, is_token, only
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.target import check_target, effective_host

Found = TypeVar("Found")
LONG_LINE = (414, "the request line is too long", "RFC 9112 §3")
CUT_OFF = (400, "the stream ends inside a request", "RFC 9112 §8")


def parse_request_line(line: bytes) -> tuple[str, str, str]:
    """`b"GET /a HTTP/1.1"` → `("GET", "/a", "1.1")`."""
    if line.count(b" ") != 2:
        raise ProtocolError(400, "not three parts with one space between", "RFC 9112 §3")
    method, target, protocol = line.split(b" ")
    name, slash, version = protocol[:4], protocol[4:5], protocol[5:]
    major, dot, minor = version[:1], version[1:2], version[2:]
    if not is_token(method):
        raise ProtocolError(400, "the method is no token", "RFC 9112 §3.1")
    if not target or not only(target, TARGET_CHARS):
        raise ProtocolError(400, "a character that no target has", "RFC 9112 §3.2")
    if (name, slash, dot) != (b"HTTP", b"/", b".") or not is_number(major + minor):
        raise ProtocolError(400, "not a version of HTTP", "RFC 9112 §2.3")
    if len(major + minor) != 2:
        raise ProtocolError(400, "not a version of HTTP", "RFC 9112 §2.3")
    if major != b"1":
        raise ProtocolError(505, "another major version", "RFC 9110 §15.6.6")
    return method.decode(), target.decode(), "1.0" if minor == b"0" else "1.1"


def judge_head(line: tuple[str, str, str], headers: Headers, limits: Limits) -> RequestHead:
    """What a well-formed head means."""
    host = effective_host(check_target(*line[:2]), line[2], headers)
    head = RequestHead(*line, headers, host)
    if "content-length" in headers or "transfer-encoding" in headers:
        head = replace(head, framing=request_framing(head))
    if head.framing.length > limits.body:
        raise ProtocolError(413, "the body is above the limit", "RFC 9110 §15.5.14")
    expected = {value.lower() for value in headers.get_all("expect")}
    if head.version == "1.0" or not expected:
        return head
    if expected != {"100-continue"}:
        raise ProtocolError(417, "an expectation that nobody knows", "RFC 9110 §10.1.1")
    return replace(head, expect_continue=True)


class RequestParser:
    """`feed` bytes, ask for `next_event` until NEED_DATA."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008  (frozen)
        self._limits = limits
        self._buffer = ReceiveBuffer()
        self._ended = False
        self._error: ProtocolError | None = None
        self._events = self._requests()
        self.began = False  # a part of a request is here, and not all of it

    def feed(self, data: bytes) -> None:
        self._buffer.feed(data)

    def feed_eof(self) -> None:
        self._ended = True

    def next_event(self) -> Event:
        """RequestHead, Data …, EndOfMessage, the next RequestHead …; NEED_DATA; at the end EOF."""
        if self._error is not None:
            raise self._error
        try:
            return next(self._events)
        except ProtocolError as error:
            self._error = error
            raise

    def _requests(self) -> Generator[Event, None, None]:
        blank_lines = 0
        while True:
            self.began = False
            while not len(self._buffer):
                yield EOF if self._ended else NEED_DATA
            self.began = True
            line = yield from self._whole(self._first_line)
            if line == b"" and not blank_lines:
                blank_lines = 1
                continue
            blank_lines = 0
            head = yield from self._head(line)
            yield head
            yield from self._body(head)

    def _first_line(self) -> bytes | None:
        return self._buffer.take_line(self._limits.request_line, LONG_LINE)

    def _head(self, first_line: bytes) -> Generator[Event, None, RequestHead]:
        line = parse_request_line(first_line)
        check_target(*line[:2])
        limits = self._limits
        section = FieldSection(self._buffer, limits.header_bytes, limits.header_count)
        block = yield from self._whole(section.read)
        return judge_head(line, Headers.from_block(block), limits)

    def _body(self, head: RequestHead) -> Generator[Event, None, None]:
        decoder: ChunkedDecoder | LengthDecoder
        if head.framing.chunked:
            decoder = ChunkedDecoder(self._buffer, self._limits)
        else:
            decoder = LengthDecoder(self._buffer, head.framing.length)
        event: Event = NEED_DATA
        while not isinstance(event, EndOfMessage):
            event = decoder.next_event()
            if event is NEED_DATA and self._ended:
                raise ProtocolError(*CUT_OFF)
            yield event

    def _whole(self, read: Callable[[], Found | None]) -> Generator[Event, None, Found]:
        """What `read` gives once it is all here; NEED_DATA until then."""
        while (found := read()) is None:
            if self._ended:
                raise ProtocolError(*CUT_OFF)
            yield NEED_DATA
        return found
