"""The request's side of a connection: which event is next, and when a request is complete.

Apart from `connection`, which answers, because reading is a story of its own: a request that is
here whole is read in one go, any other by the parser, event by event. It reads no socket: bytes
go in by `receive`. The rule: one request at a time; the next one is not even parsed before the
response to this one was given.
"""

from groundup.errors import ProtocolError
from groundup.events import EOF, PAUSED, Data, EndOfMessage, Event, RequestHead
from groundup.limits import Limits
from groundup.outgoing import OutgoingBody
from groundup.parser import RequestParser
from groundup.persistence import wants_keep_alive
from groundup.states import BODY, CLOSED, IDLE, MOVES, OWED, READING, REFUSED, UNREAD, Move
from groundup.whole import read_whole


class Incoming:
    """What a peer sends, turned into one request after another.

    `drain`: so many bytes of a body that nobody read are thrown away after the response, so that
    the connection can stay. 0: it closes. `streamed`: the limits for requests that are not here
    whole, where they differ: whoever reads a body piece by piece may want a larger one.
    """

    __slots__ = (
        "_body", "_continue_due", "_drain", "_ended", "_head", "_keep_alive", "_limits", "_parser",
        "_peer_stays", "_served", "_start", "_streamed", "_undrained", "_unread", "ahead", "state",
    )  # fmt: skip

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        *,
        drain: int = 0,
        streamed: Limits | None = None,
    ) -> None:
        self.state = IDLE
        self._limits = limits
        self._streamed = streamed or limits
        self._drain = drain
        self._parser: RequestParser | None = None  # made when it is needed: most never need it
        self.ahead = b""  # what came in one piece, while there is no parser,
        self._start = 0  # and where in it the next request begins
        self._ended = False  # the peer will send no more
        self._served = 0  # requests so far
        self._head: RequestHead | None = None  # of the request whose turn it is
        self._peer_stays = True  # whether its peer would send another
        self._keep_alive = False  # whether we shall let it
        self._continue_due = False
        self._unread: int | None = 0  # bytes of its body still to come; None: nobody knows
        self._undrained = 0  # how many more may be thrown away
        self._body: OutgoingBody | None = None  # of the response that is being sent

    @property
    def must_close(self) -> bool:
        """Whether the socket is to be closed once everything has been sent."""
        return self.state is CLOSED

    @property
    def awaiting_continue(self) -> bool:
        """Whether the peer waits for a 100 and has sent nothing of its body (RFC 9110 §10.1.1).

        Not once a response has begun: that tells it enough, and a 100 would stand in its midst.
        """
        return self._continue_due and self.state is BODY

    @property
    def buffered(self) -> int:
        """How many bytes have come that are not used yet."""
        return len(self.ahead) - self._start if self._parser is None else self._parser.buffered

    @property
    def began(self) -> bool:
        """Whether a request is under way: its head has begun to arrive, or more."""
        if self.state is not IDLE:
            return self.state is not CLOSED
        return self._parser.began if self._parser is not None else self.buffered > 0

    def limit_body(self, most: int) -> None:
        """The body that is to be read now may have `most` bytes; ProtocolError 413 if it has more.

        Of a body in chunks that is known when too large a one is announced, in `next_event`.
        """
        if self._unread is not None and self._unread > most:
            raise ProtocolError(413, "the body is above the limit", "RFC 9110 §15.5.14")
        self._patient().limit_chunks(most)

    @property
    def pending(self) -> bool:
        """Whether `next_event` may have something to tell without receiving more."""
        return self.buffered > 0 or self._ended or self.state is UNREAD

    @property
    def peer_may_send(self) -> bool:
        """Whether the peer has sent, or may be sending, what nobody will read any more."""
        return not self._ended and (self._peer_stays or self._unread != 0 or self.buffered > 0)

    def receive(self, data: bytes) -> None:
        """Bytes from the peer; b"" when it will send no more."""
        if self.state is CLOSED:
            return
        if not data:
            self._ended = True
            if self._parser is not None:
                self._parser.feed_eof()
        elif self._parser is None and not self.ahead:
            self.ahead = data
        else:
            self._patient().feed(data)

    def next_whole(self, data: bytes = b"") -> tuple[RequestHead, bytes] | None:
        """`receive(data)`, and then the next request if it is here whole, head and body.

        Its response is then owed. None: it is not, or something about it is unusual; `next_event`
        tells.
        """
        if data:
            if self.ahead or self._parser is not None or self.state is not IDLE:
                self.receive(data)
            else:
                self.ahead = data
        if self.state is not IDLE or not self.ahead:
            return None
        whole = read_whole(self.ahead, self._start, self._limits)
        if whole is None:
            return None
        head, body, end, keep_alive = whole
        if end == len(self.ahead):
            self.ahead, self._start = b"", 0
        else:
            self._start = end
        self._served += 1
        self._peer_stays = keep_alive
        self._keep_alive = keep_alive and self._served < self._limits.requests_per_connection
        self._head = head
        self.state = OWED  # the moves HEAD and END in one
        return head, body

    def next_event(self) -> Event:
        """What has happened: RequestHead, Data …, EndOfMessage; or what to do now.

        NEED_DATA: `receive` more. PAUSED: the response is owed first, whatever else has arrived.
        EOF: the peer has left, or we are closing. Raises ProtocolError: answer by `refuse`.
        What is left of an unread body is thrown away on the way.
        """
        while self.state in READING or self.state is REFUSED:  # which is told again
            unread = self.state is UNREAD
            try:
                event = self._patient().next_event()
            except ProtocolError:
                self._move(Move.FAULT)
                raise
            self._account(event)
            if not unread or not isinstance(event, Data | EndOfMessage):
                return event
        return EOF if self.state is CLOSED else PAUSED

    def _patient(self) -> RequestParser:
        """The parser; a new one is given everything that has come and is not used yet."""
        if self._parser is None:
            self._parser = RequestParser(self._streamed)
            self._parser.feed(self.ahead[self._start :])
            self.ahead, self._start = b"", 0
            if self._ended:
                self._parser.feed_eof()
        return self._parser

    def _account(self, event: Event) -> None:
        """The move that goes with an event, and the bytes that are still to come after it."""
        if isinstance(event, RequestHead):
            self._begin(event)
        elif isinstance(event, Data):
            self._continue_due = False
            if self._unread is not None:
                self._unread -= len(event.data)
            if self.state is UNREAD:
                self._throw_away(len(event.data))
        elif isinstance(event, EndOfMessage):
            self._continue_due, self._unread = False, 0
            self._move(Move.END)
            if self.state is IDLE:
                self._rest()
        elif event is EOF:
            self._move(Move.LEFT)

    def _begin(self, head: RequestHead) -> None:
        self._move(Move.HEAD)
        self._head = head
        self._served += 1
        self._peer_stays = wants_keep_alive(head)
        stays = self._served < self._limits.requests_per_connection
        self._keep_alive = stays and self._peer_stays
        self._unread = None if head.framing.chunked else head.framing.length
        self._continue_due = head.expect_continue and self._unread != 0

    def _throw_away(self, size: int) -> None:
        """`size` bytes of a body that nobody wants have come: there is a limit to that."""
        self._undrained -= size
        if self._undrained < 0:
            self._move(Move.FAULT)

    def _rest(self) -> None:
        """Between two requests: what the parser holds may be a whole request, and it is not."""
        if self._parser is not None and not self._ended:
            self.ahead, self._start = self._parser.take_rest(), 0
            self._parser = None

    def _move(self, move: Move) -> None:
        self.state = MOVES[self.state, move]
