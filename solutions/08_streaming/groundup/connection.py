"""One connection's share of HTTP: whose turn it is, and whether it may go on (RFC 9112 §9).

Apart from the engines, so that none of them decides this again. It reads no socket: bytes go in by
`receive`, events come out of `next_event`, and what is to be sent is returned, whole or piece by
piece. The rule: one request at a time. The next one is not even parsed before the response to this
one was given to its end, and after a refusal nothing is read any more.
"""

from __future__ import annotations

from groundup.errors import HTTPException, ProtocolError, ResponseError, reason_phrase
from groundup.events import EOF, PAUSED, Data, EndOfMessage, Event, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.outgoing import OutgoingBody
from groundup.parser import RequestParser
from groundup.persistence import connection_options
from groundup.persistence import wants_keep_alive as wants_keep_alive  # asked for by this name
from groundup.states import MOVES, READING, RESPONDING, Move, State
from groundup.writer import CONTINUE, Fields, may_have_body, response_bytes


class Connection:
    """The server's end of one connection.

    `drain`: so many bytes of a body that nobody read are thrown away after the response, so that
    the connection can stay. `streamed`: other limits, for whoever reads bodies piece by piece.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        *,
        drain: int = 0,
        streamed: Limits | None = None,
    ) -> None:
        self.state = State.IDLE
        self._parser = RequestParser(streamed or limits)
        self._drain = drain
        self._undrained = 0  # how many more bytes may be thrown away
        self._head: RequestHead | None = None  # of the request whose turn it is
        self._continue_due = False
        self._body: OutgoingBody | None = None  # of the response that is being sent

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
        """Whether the peer waits for a 100: no byte of its body, nor of a response, has come."""
        return self._continue_due and self.state is State.BODY

    @property
    def can_refuse(self) -> bool:
        """Whether a refusal may still be sent: no response has begun."""
        return (self.state, Move.REFUSAL) in MOVES

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
        What is left of an unread body is thrown away on the way.
        """
        while self.state in READING or self.state is State.REFUSED:  # which is told again
            unread = self.state is State.UNREAD
            try:
                event = self._parser.next_event()
            except ProtocolError:
                self._move(Move.FAULT)
                raise
            self._account(event)
            if not unread or not isinstance(event, Data | EndOfMessage):
                return event
        return EOF if self.state is State.CLOSED else PAUSED

    def limit_body(self, most: int) -> None:
        """The body to be read now may have `most` bytes; ProtocolError 413 if it says more."""
        framing = None if self._head is None else self._head.framing
        if framing is not None and not framing.chunked and framing.length > most:
            raise ProtocolError(413, "the body is above the limit", "RFC 9110 §15.5.14")
        self._parser.limit_chunks(most)

    def send_continue(self) -> bytes:
        """The interim response 100, once, if the peer waits for it; else b""."""
        if not self.awaiting_continue:
            return b""
        self._continue_due = False
        return CONTINUE

    def send_response(self, status_code: int, headers: Fields = (), body: bytes = b"") -> bytes:
        """The bytes of the final response. Afterwards look at `must_close`.

        The connection stays when the request was read to its end or can be drained, its peer
        would keep it, and the response does not say `Connection: close`. Raises ResponseError, and
        changes nothing, when no response is owed, or when this one may not be written.
        """
        head, fields, close = self._respond(status_code, headers)
        data = response_bytes(
            status_code, fields, body, method=head.method, version=head.version, close=close
        )
        self._finish(close)
        return data

    def start_response(
        self, status_code: int, headers: Fields = (), length: int | None = None
    ) -> OutgoingBody:
        """Begin a response of `length` bytes (None: nobody knows) whose body comes in pieces.

        Send the `head` of what is returned, each piece through its `data`, and at last what
        `end_response` gives. Raises ResponseError like `send_response`.
        """
        head, fields, close = self._respond(status_code, headers)
        body = OutgoingBody(head, status_code, fields, length, close=close)
        self._move(Move.BEGIN)
        self._body = body
        return body

    def end_response(self) -> bytes:
        """What ends the body that was started. ResponseError when it is not what was declared."""
        if self._body is None or self.state not in RESPONDING:
            raise ResponseError("no response has begun")
        data = self._body.end()
        self._finish(self._body.close)
        return data

    def abort(self) -> None:
        """Give up: nothing more is read or sent. What was begun stays visibly unfinished."""
        self.state = State.CLOSED
        self._body = None

    def refuse(self, error: HTTPException) -> bytes:
        """The answer to a fault, as plain text. It is the last: then `must_close`, in any state.

        The body is `error_text`, where the status may have one; `error.headers` go out as well.
        b"" when the connection is closed, or when a response has begun: it is too late then.
        """
        if not self.can_refuse:
            self.abort()
            return b""
        method = self._head.method if self._head is not None else "GET"
        self._move(Move.REFUSAL)
        fields = {"content-type": "text/plain; charset=utf-8"} | error.headers
        body = error_text(error).encode() if may_have_body(error.status_code) else b""
        return response_bytes(error.status_code, fields, body, method=method, close=True)

    def _respond(self, status_code: int, headers: Fields) -> tuple[RequestHead, Headers, bool]:
        """The request that is answered, the fields as a copy, and whether it is the last."""
        if self._head is None or self.state not in (State.BODY, State.OWED):
            raise ResponseError("there is no request to respond to")
        if status_code < 200:
            raise ResponseError(f"a {status_code} response is not final")
        fields = Headers(headers)
        close = (
            (self.state is State.BODY and not self._can_drain)
            or not wants_keep_alive(self._head)
            or "close" in connection_options(fields)
        )
        return self._head, fields, close

    @property
    def _can_drain(self) -> bool:
        """Whether what is left of the body may be thrown away in place of closing.

        Not where the peer waits for a 100: whether it will send the body, nobody could tell.
        """
        return self._drain > 0 and not self._continue_due

    def _finish(self, close: bool) -> None:
        """The response is complete."""
        self._move(Move.LAST_RESPONSE if close else Move.RESPONSE)
        self._head = self._body = None
        self._continue_due = False
        self._undrained = self._drain

    def _account(self, event: Event) -> None:
        """The move that goes with an event."""
        if isinstance(event, RequestHead):
            self._move(Move.HEAD)
            self._head = event
            has_body = event.framing.chunked or event.framing.length > 0
            self._continue_due = event.expect_continue and has_body
        elif isinstance(event, Data):
            self._continue_due = False
            if self.state is State.UNREAD:
                self._undrained -= len(event.data)
                if self._undrained < 0:
                    self._move(Move.FAULT)
        elif isinstance(event, EndOfMessage):
            self._continue_due = False
            self._move(Move.END)
        elif event is EOF:
            self._move(Move.LEFT)

    def _move(self, move: Move) -> None:
        self.state = MOVES[self.state, move]


def error_text(error: HTTPException) -> str:
    """What the client may read of an error: `"400 Host is missing (RFC 9112 §3.2)"`."""
    code = error.status_code
    if isinstance(error, ProtocolError):
        return f"{error}\n"
    return f"{code} {reason_phrase(code) if isinstance(error, ResponseError) else error.message}\n"
