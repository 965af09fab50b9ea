"""One connection's share of HTTP: whose turn it is, and whether it may go on (RFC 9112 §9).

Apart from the engines, so that none decides this again. It reads and writes no socket: bytes go
in by `receive`, events come out of `next_event`, and what is to be sent is returned. The rule:
one response for one request, in order, and after a refusal nothing is read any more. All states
and moves stand in one table, in `states`.
"""

from groundup.errors import HTTPException, ProtocolError, ResponseError, reason_phrase
from groundup.events import RequestHead
from groundup.headers import Headers
from groundup.incoming import Incoming
from groundup.outgoing import OutgoingBody
from groundup.persistence import connection_options
from groundup.persistence import wants_keep_alive as wants_keep_alive  # asked for by this name
from groundup.states import BODY, CLOSED, DUPLEX, IDLE, MOVES, OWED, RESPONDING, Move
from groundup.writer import CONTINUE, Fields, may_have_body, plain_bytes, response_bytes

# Methods whose responses have the body that is given, and nothing else about them (not so HEAD).
PLAIN_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE"))


class Connection(Incoming):
    """The server's end of one connection: what comes in is `Incoming`'s, the answers are here."""

    __slots__ = ()

    def send_continue(self) -> bytes:
        """The interim response 100, once, if the peer waits for it; else b""."""
        if not self.awaiting_continue:
            return b""
        self._continue_due = False
        return CONTINUE

    def close_next(self) -> None:
        """The response that is owed will be the last one: it says so."""
        self._keep_alive = False

    def send_response(
        self, status_code: int, headers: Fields = (), body: bytes = b"", *, date: bytes = b""
    ) -> bytes:
        """The bytes of the final response. Afterwards look at `must_close`.

        The connection stays when the request was read to its end or can be drained, its peer
        would keep it, and the response's own fields do not say `Connection: close`. `date` is the
        line that goes out where the fields have no Date. Raises ResponseError, and changes
        nothing, when no response is owed, or when this one may not be written.
        """
        head = self._head
        if (
            self._keep_alive
            and self.state is OWED
            and (type(headers) is tuple or type(headers) is Headers)
            and head is not None
            and head.method in PLAIN_METHODS
            and head.version == "1.1"
        ):
            data = plain_bytes(status_code, headers, body, date)
            if data is not None:
                self.state, self._head = IDLE, None  # the move RESPONSE
                if self._parser is not None:
                    self._rest()
                return data
        head, fields, close = self._respond(status_code, headers)
        data = response_bytes(
            status_code, fields, body, method=head.method, version=head.version, close=close,
            date=date,
        )  # fmt: skip
        self._finish(close)
        return data

    def start_response(
        self,
        status_code: int,
        headers: Fields = (),
        length: int | None = None,
        *,
        date: bytes = b"",
    ) -> OutgoingBody:
        """Begin a response of `length` bytes (None: nobody knows) whose body comes in pieces.

        Send the `head` of what is returned, each piece through its `data`, and at last what
        `end_response` gives. Raises ResponseError like `send_response`.
        """
        head, fields, close = self._respond(status_code, headers)
        body = OutgoingBody(head, status_code, fields, length, close=close, date=date)
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

    @property
    def can_refuse(self) -> bool:
        """Whether a refusal may still be sent: no response has begun."""
        return (self.state, Move.REFUSAL) in MOVES

    def abort(self) -> None:
        """Give up: nothing more is read or sent. What was begun stays visibly unfinished."""
        self.state = CLOSED
        self._body = None

    def refuse(self, error: HTTPException, *, date: bytes = b"") -> bytes:
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
        return response_bytes(
            error.status_code, fields, body, method=method, close=True, date=date
        )  # fmt: skip

    def _respond(self, status_code: int, headers: Fields) -> tuple[RequestHead, Headers, bool]:
        """The request that is answered, the fields as a copy, and whether it is the last."""
        if self._head is None or self.state not in (BODY, OWED):
            raise ResponseError("there is no request to respond to")
        if status_code < 200:
            raise ResponseError(f"a {status_code} response is not final")
        fields = Headers(headers)
        close = (
            not self._keep_alive
            or (self.state is BODY and not self._can_drain())
            or "close" in connection_options(fields)
        )
        return self._head, fields, close

    def _can_drain(self) -> bool:
        """Whether what is left of the body may be thrown away in place of closing.

        Not where the peer waits for a 100: it may send the body, or not, and nobody could tell.
        """
        if not self._drain or self._continue_due:
            return False
        return self._unread is None or self._unread <= self._drain

    def _finish(self, close: bool) -> None:
        """The response is complete."""
        unread = self.state in (BODY, DUPLEX)
        self._move(
            Move.LAST_RESPONSE if close or (unread and not self._can_drain()) else Move.RESPONSE
        )
        self._head = self._body = None
        self._continue_due = False
        self._undrained = self._drain
        if self.state is IDLE:
            self._rest()


def error_text(error: HTTPException) -> str:
    """What the client may read of an error: `"400 Host is missing (RFC 9112 §3.2)"`."""
    code = error.status_code
    if isinstance(error, ProtocolError):
        return f"{error}\n"
    return f"{code} {reason_phrase(code) if isinstance(error, ResponseError) else error.message}\n"
