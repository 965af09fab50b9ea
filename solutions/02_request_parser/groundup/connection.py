"""One connection's share of HTTP: whose turn it is, and whether it may go on (RFC 9112 §9).

Apart from the server, so that no engine decides this again. It reads no socket: bytes go in by
`receive`, events come out of `next_event`, and what is to be sent is returned. The rule: one
request at a time. The next one is not even parsed before the response to this one was given, and
after a refusal nothing is read any more. All states and moves stand in one table.
"""

from enum import Enum

from groundup.errors import HTTPException, ProtocolError, ResponseError, reason_phrase
from groundup.events import EOF, PAUSED, Data, EndOfMessage, Event, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.parser import RequestParser
from groundup.writer import CONTINUE, Fields, may_have_body, response_bytes


class State(Enum):
    """Where a connection stands."""

    IDLE = "no request has been given out; one may be arriving"
    BODY = "a head has been given out, its body is being read"
    OWED = "the request is complete, its response is owed"
    REFUSED = "the peer broke the rules: only a refusal may follow"
    CLOSED = "nothing more is read, nothing more is sent"


class Move(Enum):
    """What takes a connection from one state to the next."""

    HEAD = "a request head is given out"
    END = "the end of the request is given out"
    RESPONSE = "a response is sent, and the connection stays"
    LAST_RESPONSE = "a response is sent that says: close"
    FAULT = "the peer's bytes break the rules"
    REFUSAL = "a refusal is sent"
    LEFT = "the peer has closed between two requests"


MOVES = {
    (State.IDLE, Move.HEAD): State.BODY,
    (State.IDLE, Move.LEFT): State.CLOSED,
    (State.IDLE, Move.FAULT): State.REFUSED,
    (State.IDLE, Move.REFUSAL): State.CLOSED,
    (State.BODY, Move.END): State.OWED,
    (State.BODY, Move.FAULT): State.REFUSED,
    (State.BODY, Move.LAST_RESPONSE): State.CLOSED,  # its body is unread: it would poison the next
    (State.BODY, Move.REFUSAL): State.CLOSED,
    (State.OWED, Move.RESPONSE): State.IDLE,
    (State.OWED, Move.LAST_RESPONSE): State.CLOSED,
    (State.OWED, Move.REFUSAL): State.CLOSED,
    (State.REFUSED, Move.FAULT): State.REFUSED,
    (State.REFUSED, Move.REFUSAL): State.CLOSED,
}


class Connection:
    """The server's end of one connection."""

    def __init__(self, limits: Limits = Limits()) -> None:  # noqa: B008  (frozen)
        self.state = State.IDLE
        self._parser = RequestParser(limits)
        self._head: RequestHead | None = None  # of the request whose turn it is
        self._continue_due = False

    @property
    def must_close(self) -> bool:
        """Whether the socket is to be closed once everything has been sent."""
        return self.state is State.CLOSED

    @property
    def began(self) -> bool:
        """Whether a part of a request is here, and not all of it."""
        return self._parser.began

    @property
    def awaiting_continue(self) -> bool:
        """Whether the peer waits for a 100 and has sent nothing of its body (RFC 9110 §10.1.1)."""
        return self._continue_due

    def receive(self, data: bytes) -> None:
        """Bytes from the peer; b"" when it will send no more. Call it when NEED_DATA was given."""
        if self.state is State.CLOSED:
            return
        if data:
            self._parser.feed(data)
        else:
            self._parser.feed_eof()

    def next_event(self) -> Event:
        """What has happened: RequestHead, Data …, EndOfMessage; or what to do now.

        NEED_DATA: `receive` more. PAUSED: the response is owed first, whatever else has arrived.
        EOF: the peer has left, or we are closing. Raises ProtocolError: answer by `refuse`.
        Each event is also a move in the table above; a head's is in `_begin`.
        """
        if self.state is State.OWED:
            return PAUSED
        if self.state is State.CLOSED:
            return EOF
        try:
            event = self._parser.next_event()
        except ProtocolError:
            self._move(Move.FAULT)
            raise
        if isinstance(event, RequestHead):
            self._begin(event)
        elif isinstance(event, Data):
            self._continue_due = False
        elif isinstance(event, EndOfMessage):
            self._move(Move.END)
        elif event is EOF:
            self._move(Move.LEFT)
        return event

    def send_continue(self) -> bytes:
        """The interim response 100, once, if the peer waits for it; else b""."""
        if not self._continue_due:
            return b""
        self._continue_due = False
        return CONTINUE

    def send_response(self, status_code: int, headers: Fields = (), body: bytes = b"") -> bytes:
        """The bytes of the final response. Afterwards look at `must_close`.

        The connection stays when the request was read to its end, `wants_keep_alive`, and the
        response's own fields do not say `Connection: close`. Raises ResponseError, and changes
        nothing, when no response is owed, when it is an interim one (1xx), or when it may not
        be written.
        """
        if self._head is None or self.state not in (State.BODY, State.OWED):
            raise ResponseError("there is no request to respond to")
        if status_code < 200:
            raise ResponseError(f"a {status_code} response is not final")
        fields, head = Headers(headers), self._head
        close = (
            self.state is State.BODY
            or not wants_keep_alive(head)
            or "close" in connection_options(fields)
        )
        data = response_bytes(
            status_code, fields, body, method=head.method, version=head.version, close=close
        )
        self._move(Move.LAST_RESPONSE if close else Move.RESPONSE)
        self._head = None
        return data

    def refuse(self, error: HTTPException) -> bytes:
        """The answer to a fault, as plain text. It is the last: then `must_close`, in any state.

        The body is `error_text`, where the status may have one; `error.headers` go out as well.
        b"" when the connection is closed already.
        """
        if self.state is State.CLOSED:
            return b""
        method = self._head.method if self._head is not None else "GET"
        self._move(Move.REFUSAL)
        fields = {"content-type": "text/plain; charset=utf-8"} | error.headers
        body = error_text(error).encode() if may_have_body(error.status_code) else b""
        return response_bytes(error.status_code, fields, body, method=method, close=True)

    def _begin(self, head: RequestHead) -> None:
        self._move(Move.HEAD)
        self._head = head
        has_body = head.framing.chunked or head.framing.length > 0
        self._continue_due = head.expect_continue and has_body

    def _move(self, move: Move) -> None:
        self.state = MOVES[self.state, move]
        if self.state is not State.BODY:
            self._continue_due = False


def connection_options(headers: Headers) -> set[str]:
    """`Connection: Close, X` → `{"close", "x"}` (RFC 9110 §7.6.1)."""
    listed = ",".join(headers.get_all("connection")).split(",")
    return {option.strip(" \t").lower() for option in listed}


def wants_keep_alive(head: RequestHead) -> bool:
    """Whether the peer would send another request on this connection, by RFC 9112 §9.3.

    In this order: `close` in Connection → no; HTTP/1.1 → yes; `keep-alive` → yes; else no.
    """
    options = connection_options(head.headers)
    if "close" in options:
        return False
    return head.version == "1.1" or "keep-alive" in options


def error_text(error: HTTPException) -> str:
    """What the client may read of an error: `"400 Host is missing (RFC 9112 §3.2)"`."""
    code = error.status_code
    if isinstance(error, ProtocolError):
        return f"{error}\n"
    return f"{code} {reason_phrase(code) if isinstance(error, ResponseError) else error.message}\n"
