r"""Bytes in, events out: the HTTP/1.1 request parser, with no socket in sight.

Apart from all I/O, so that it runs the same under a blocking socket, a thread, an event loop or a
test. There are three readers: one for the head, two for bodies. Each returns an event, or
NEED_DATA. The rule: the same bytes give the same events and the same refusal, however they are
split. So a head that is here whole is read by one regular expression (fast), any other line by
line (patient), and the patient reader alone decides what is wrong.
"""

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, EndOfMessage, Event, Framing, RequestHead
from groundup.fields import FieldSection
from groundup.framing import ChunkedDecoder, LengthDecoder, request_framing
from groundup.grammar import HEAD, PLAIN_HEAD, TARGET, TOKEN, VERSION
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.target import check_target, effective_host

LINE_TOO_LONG = (414, "the request line is longer than its limit", "RFC 9112 §3")


def parse_request_line(line: bytes) -> tuple[str, str, str]:
    r"""`b"GET /a HTTP/1.1"` → `("GET", "/a", "1.1")`; anything else raises ProtocolError.

    HTTP/1.2 and above are read as 1.1 (RFC 9110 §2.5), another major version is 505.
    """
    parts = line.split(b" ")
    if len(parts) != 3:
        raise ProtocolError(400, "a request line is method SP target SP version", "RFC 9112 §3")
    method, target, version = parts
    if not TOKEN.fullmatch(method):
        raise ProtocolError(400, "the method is not a token", "RFC 9110 §9.1")
    if not TARGET.fullmatch(target):
        raise ProtocolError(400, "the target has a character it may not have", "RFC 9112 §3.2")
    if not VERSION.fullmatch(version):
        raise ProtocolError(400, "the version is not HTTP/digit.digit", "RFC 9112 §2.3")
    if not version.startswith(b"HTTP/1."):
        raise ProtocolError(505, "only HTTP/1 is spoken here", "RFC 9110 §15.6.6")
    return method.decode(), target.decode(), "1.0" if version == b"HTTP/1.0" else "1.1"


class HeadReader:
    """Reads request lines and their fields; one reader serves all requests of a connection."""

    def __init__(self, buffer: ReceiveBuffer, limits: Limits) -> None:
        self._buffer = buffer
        self._limits = limits
        self._start()

    def _start(self) -> None:
        self._patient = False  # the regular expression has been tried on this head
        self._blank_line = False  # an empty line before this head has been ignored
        self._line: tuple[str, str, str] | None = None
        self._fields = FieldSection(
            self._buffer, self._limits.header_bytes, self._limits.header_count
        )

    @property
    def began(self) -> bool:
        """Whether a part of a head is here: an end of the stream would cut it off."""
        return self._line is not None or len(self._buffer) > 0

    def next_event(self) -> Event:
        """RequestHead, or NEED_DATA while it is not all here."""
        if not self._patient:
            if not self._buffer.data:
                return NEED_DATA
            head = self._read_whole()
            if head is not None:
                return head
            self._patient = True
        return self._read_lines()

    def _read_whole(self) -> RequestHead | None:
        """The fast path: a head that is here whole, well formed and within its limits; else None.

        It is tried once for each head, on its first bytes, so its cost stays linear.
        """
        host = None
        match = PLAIN_HEAD.match(self._buffer.data)
        if match is not None:
            method, target, version, block, host = match.groups()
        else:
            match = HEAD.match(self._buffer.data)
            if match is None:
                return None
            method, target, version, block = match.groups()
        end, section, limits = match.end(), len(block) + 2, self._limits
        if (
            end - section - 2 > limits.request_line
            or section > limits.header_bytes
            or block.count(b"\n") > limits.header_count
        ):
            return None
        self._buffer.skip(end)
        line = method.decode(), target.decode(), version.decode()
        if host is not None:
            return RequestHead(*line, Headers.from_block(block), host.decode())
        return judge_head(line, block, limits)

    def _read_lines(self) -> Event:
        """The patient path: each line is judged when it is complete; the first fault is found."""
        if self._line is None:
            line = self._buffer.take_line(self._limits.request_line, LINE_TOO_LONG)
            if line == b"" and not self._blank_line:
                self._blank_line = True  # RFC 9112 §2.2: ignore at least one
                return self._read_lines()
            if line is None:
                return NEED_DATA
            self._line = parse_request_line(line)
            check_target(*self._line[:2])
        block = self._fields.read()
        if block is None:
            return NEED_DATA
        request_line = self._line
        self._start()
        return judge_head(request_line, block, self._limits)


def judge_head(line: tuple[str, str, str], block: bytes, limits: Limits) -> RequestHead:
    """Decide what a well-formed head means: whose it is, where it ends, what it expects."""
    method, target, version = line
    headers = Headers.from_block(block)
    host = effective_host(check_target(method, target), version, headers)
    head = RequestHead(method, target, version, headers, host)
    if "content-length" in headers or "transfer-encoding" in headers:
        head.framing = request_framing(head)  # without them it stays NO_BODY: rule 7
    if head.framing.length > limits.body:
        raise ProtocolError(413, "Content-Length is above the limit", "RFC 9110 §15.5.14")
    head.expect_continue = expects_continue(head)
    return head


def expects_continue(head: RequestHead) -> bool:
    """Whether the peer waits for a 100; any other expectation is 417 (RFC 9110 §10.1.1)."""
    expectations = head.headers.get_all("expect")
    if not expectations or head.version == "1.0":
        return False
    if any(value.lower() != "100-continue" for value in expectations):
        raise ProtocolError(417, "an expectation is not 100-continue", "RFC 9110 §10.1.1")
    return True


class RequestParser:
    """`feed` bytes, ask for `next_event` until NEED_DATA. One parser serves one connection."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008  (frozen)
        self._limits = limits
        self._buffer = ReceiveBuffer()
        self._head_reader = HeadReader(self._buffer, limits)
        self._no_body = LengthDecoder(self._buffer, 0)
        self._reader: HeadReader | LengthDecoder | ChunkedDecoder = self._head_reader
        self._ended = False
        self._error: ProtocolError | None = None

    def feed(self, data: bytes) -> None:
        """Bytes from the peer, in any portions."""
        self._buffer.feed(data)

    def feed_eof(self) -> None:
        """The peer will send no more."""
        self._ended = True

    @property
    def buffered(self) -> int:
        """How many bytes have been fed that are not used yet."""
        return len(self._buffer)

    @property
    def began(self) -> bool:
        """Whether a request is under way: an end of the stream would cut it off."""
        return self._reader is not self._head_reader or self._head_reader.began

    def take_rest(self) -> bytes:
        """The bytes that are not used yet; the parser is empty then. Only between two requests."""
        return self._buffer.take(len(self._buffer))

    def limit_chunks(self, most: int) -> None:
        """A chunked body that is being read may have at most `most` bytes more."""
        if isinstance(self._reader, ChunkedDecoder):
            self._reader.limit(most)

    def next_event(self) -> Event:
        """RequestHead, Data …, EndOfMessage, the next RequestHead …; NEED_DATA; at the end EOF.

        Raises ProtocolError, and from then on always the same one: after bytes that cannot be
        understood nobody knows where the next request begins.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)
        try:
            event = self._reader.next_event()
            if isinstance(event, RequestHead):
                self._reader = self._body_reader(event.framing)
            elif isinstance(event, EndOfMessage):
                self._reader = self._head_reader
            elif event is NEED_DATA and self._ended:
                return self._end_of_stream()
            return event
        except ProtocolError as error:
            self._error = error
            raise

    def _end_of_stream(self) -> Event:
        """Between two requests the peer may leave; in one it has cut it off (RFC 9112 §8)."""
        if not self.began:
            return EOF
        raise ProtocolError(400, "the stream ends inside a request", "RFC 9112 §8")

    def _body_reader(self, framing: Framing) -> LengthDecoder | ChunkedDecoder:
        if framing.chunked:
            return ChunkedDecoder(self._buffer, self._limits)
        if framing.length:
            return LengthDecoder(self._buffer, framing.length)
        return self._no_body
