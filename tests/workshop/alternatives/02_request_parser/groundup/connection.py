"""One connection's share of HTTP, decided by three questions in place of a table (RFC 9112 §9).

Apart from the server, so that no engine decides this again. The questions: which request is
being served, has it been read to its end, is the connection over? The rule: one request at a
time, and after a refusal nothing is read any more.
"""

from groundup.errors import HTTPException, ProtocolError, ResponseError, reason_phrase
from groundup.events import EOF, PAUSED, Data, EndOfMessage, Event, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.parser import RequestParser
from groundup.writer import Fields, may_have_body, response_bytes


class Connection:
    """The server's end of one connection."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008  (frozen)
        self._parser = RequestParser(limits)
        self._head: RequestHead | None = None
        self._whole = False
        self._broken = False
        self._over = False
        self._continue_due = False

    @property
    def state(self) -> str:
        """For people."""
        if self._over or self._broken:
            return "closed" if self._over else "refused"
        if self._head is None:
            return "idle"
        return "owed" if self._whole else "body"

    @property
    def must_close(self) -> bool:
        return self._over

    @property
    def began(self) -> bool:
        return self._parser.began

    @property
    def awaiting_continue(self) -> bool:
        return self._continue_due

    def receive(self, data: bytes) -> None:
        """Bytes from the peer; b"" when it will send no more."""
        if self._over:
            return
        if data == b"":
            self._parser.feed_eof()
        else:
            self._parser.feed(data)

    def next_event(self) -> Event:
        """What has happened, or NEED_DATA, PAUSED, EOF; raises ProtocolError."""
        if self._over:
            return EOF
        if self._whole:
            return PAUSED
        try:
            event = self._parser.next_event()
        except ProtocolError:
            self._broken, self._continue_due = True, False
            raise
        if isinstance(event, RequestHead):
            self._head = event
            has_body = event.framing.chunked or event.framing.length > 0
            self._continue_due = event.expect_continue and has_body
        elif isinstance(event, Data | EndOfMessage):
            self._continue_due = False
            self._whole = isinstance(event, EndOfMessage)
        elif event is EOF:
            self._over = True
        return event

    def send_continue(self) -> bytes:
        """The 100, once, if the peer waits for it."""
        due, self._continue_due = self._continue_due, False
        return b"HTTP/1.1 100 Continue\r\n\r\n" if due else b""

    def send_response(self, status_code: int, headers: Fields = (), body: bytes = b"") -> bytes:
        """The bytes of the final response; ResponseError, and nothing changed, if there is none."""
        head = self._head
        if head is None or self._over or self._broken:
            raise ResponseError("there is no request to respond to")
        if status_code < 200:
            raise ResponseError(f"{status_code} is no final status")
        fields = Headers(headers)
        close = "close" in connection_options(fields) or not wants_keep_alive(head)
        close = close or not self._whole
        data = response_bytes(
            status_code, fields, body, method=head.method, version=head.version, close=close
        )
        self._over = close
        self._head, self._whole, self._continue_due = None, False, False
        return data

    def refuse(self, error: HTTPException) -> bytes:
        """The answer to a fault, and the last word; b"" when the connection is over already."""
        if self._over:
            return b""
        self._over, self._continue_due = True, False
        fields, body = Headers(error.headers), b""
        if may_have_body(error.status_code):
            fields["content-type"] = "text/plain; charset=utf-8"
            body = error_text(error).encode()
        method = self._head.method if self._head else "GET"
        return response_bytes(error.status_code, fields, body, method=method, close=True)


def connection_options(headers: Headers) -> set[str]:
    """`Connection: Close, X` → `{"close", "x"}` (RFC 9110 §7.6.1)."""
    words = (headers.get("connection") or "").lower().split(",")
    return {word.strip("\t ") for word in words}


def wants_keep_alive(head: RequestHead) -> bool:
    """Whether the peer would send another request on this connection (RFC 9112 §9.3)."""
    options = connection_options(head.headers)
    return "close" not in options and (head.version != "1.0" or "keep-alive" in options)


def error_text(error: HTTPException) -> str:
    """What the client may read of an error."""
    if isinstance(error, ProtocolError):
        return f"{error}\n"
    secret = isinstance(error, ResponseError)
    told = reason_phrase(error.status_code) if secret else error.message
    return f"{error.status_code} {told}\n"
