"""A Connection between a client and a server that do as they like, and what must hold meanwhile.

The client sends requests that are known beforehand, in pieces; it may stop, leave or send garbage.
The server asks, answers, streams, refuses and gives up in any order. Apart from the tests because
Hypothesis and a seeded chance both play it. Rule: each act checks what it alone can know, `check`
reads all output as a strict client does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

from wireanswers import Answer, check_answer, take

from groundup.connection import Connection
from groundup.errors import HTTPException, ProtocolError, ResponseError
from groundup.events import EOF, NEED_DATA, PAUSED, Data, EndOfMessage, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.outgoing import OutgoingBody
from groundup.states import CLOSED

LIMITS = Limits(body=64, requests_per_connection=4)
DRAIN = 12
FILLING = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n0123456789"
GARBAGE = (
    b"\r\n\r\n",
    b"\x00",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
)
FIELDS = (
    (), (), (), (), (("x", "y"),), (("connection", "close"),), (("set-cookie", "a=b"), ("x", "y")),
    (("x", "a\r\nb"),), (("connection", "x"), ("date", "d")), (("content-length", "2"),),
)  # fmt: skip
BODIES = (b"", b"hi", b"HTTP/1.1 200 OK\r\n\r\n", b"0\r\n\r\n")
STATUSES = (200, 200, 200, 200, 204, 205, 304, 404, 500, 100, 999)
LENGTHS = (None, None, 0, 2, 5)
Pairs = tuple[tuple[str, str], ...]


@dataclass
class Sent:
    """A request that the client sends, and what the server has seen and said of it."""

    method: str
    version: str
    body: bytes
    wire: bytes
    keep: bool  # the client would send another
    sized: bool  # it has Content-Length, or no body
    waits: bool  # for a 100, before it sends its body
    seen: bytes = b""  # of the body
    ended: bool = False
    answers: list[int] = field(default_factory=list)
    promised: bytes = b""  # the body of the answer
    closing: bool = False  # whether the answer has to say close


def a_request(rng: Random) -> Sent:
    """A well-formed request, its body full of what must not be taken for another."""
    method = rng.choice(("GET", "GET", "POST", "HEAD", "PUT"))
    version = rng.choice(("1.1", "1.1", "1.1", "1.0"))
    option = rng.choices(("", "close", "keep-alive", "Keep-Alive"), (6, 1, 2, 3))[0]
    kind = rng.choice(("none", "length", "chunked") if version == "1.1" else ("none", "length"))
    body = FILLING[: rng.choice((0, 3, DRAIN, DRAIN + 1, 45))] if kind != "none" else b""
    lines = [f"{method} / HTTP/{version}", "Host: a"]
    lines += [f"Connection: {option}"] if option else []
    waits = rng.random() < 0.2
    lines += ["Expect: 100-continue"] if waits else []
    lines += [f"Content-Length: {len(body)}"] if kind == "length" else []
    lines += ["Transfer-Encoding: chunked"] if kind == "chunked" else []
    coded = in_chunks(body, rng.randint(1, 45)) if kind == "chunked" else body
    keep = option in ("keep-alive", "Keep-Alive") or (version == "1.1" and option != "close")
    wire = "\r\n".join([*lines, "", ""]).encode() + coded
    waits = waits and version == "1.1" and (kind == "chunked" or body != b"")
    return Sent(method, version, body, wire, keep, kind != "chunked", waits)


def in_chunks(body: bytes, size: int) -> bytes:
    """A body as chunks of this size."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


class World:
    """Both ends of one connection, and what has passed."""

    def __init__(self, plan: list[Sent], drain: int) -> None:
        self.plan = plan
        self.drain = drain
        self.wire = b"".join(sent.wire for sent in plan)
        self.connection = Connection(LIMITS, drain=drain)
        self.delivered = 0  # bytes of the wire
        self.spoilt = False  # the client has sent something else, or left
        self.given: list[Sent] = []  # the requests that the server has been told of
        self.output = b""
        self.streamed: OutgoingBody | None = None  # the body that is going out
        self.cut_off = False  # it was given up
        self.refused = False
        self.last_said = False  # the server wants to close after this one
        self.continued = 0

    @property
    def owed(self) -> Sent | None:
        """The request that has no answer yet."""
        return self.given[-1] if self.given and not self.given[-1].answers else None

    # what the client does

    def send(self, size: int) -> None:
        """The next bytes of its requests."""
        data = self.wire[self.delivered : self.delivered + size]
        self.delivered += len(data)
        if data and not self.spoilt:
            self.connection.receive(data)

    def spoil(self, data: bytes) -> None:
        """Garbage behind the last request; b"": leave at any time."""
        if not self.spoilt and (self.delivered == len(self.wire) or not data):
            self.connection.receive(data)
            self.spoilt = True

    # what the server does

    def ask_for_whole(self) -> None:
        """Take the next request, if it is whole."""
        whole = self.connection.next_whole()
        if whole is not None:
            self.told_of(whole[0])
            self.given[-1].seen, self.given[-1].ended = whole[1], True
            assert whole[1] == self.given[-1].body

    def ask(self) -> bool:
        """Take the next event; whether there may be another."""
        try:
            event = self.connection.next_event()
        except ProtocolError:
            assert self.spoilt, "the client has done nothing wrong"
            return False
        if isinstance(event, RequestHead):
            self.told_of(event)
        elif isinstance(event, Data):
            assert event.data
            self.given[-1].seen += event.data
            self.given[-1].waits = False
        elif isinstance(event, EndOfMessage):
            assert self.given[-1].seen == self.given[-1].body
            self.given[-1].ended = True
        else:
            assert event in (NEED_DATA, EOF, PAUSED)
            assert (event is EOF) == (self.connection.state is CLOSED)
            return False
        return True

    def told_of(self, head: RequestHead) -> None:
        """The next request: the one that the client has sent next, and never before its turn."""
        assert len(self.given) < len(self.plan), f"nobody has sent {head}"
        sent = self.plan[len(self.given)]
        assert (head.method, head.version, head.target) == (sent.method, sent.version, "/")
        if self.given:
            last = self.given[-1]
            assert len(last.answers) == 1, "the one before has its answer, and one"
            assert last.keep, "whoever said close sends no more"
            assert len(last.body) - len(last.seen) <= self.drain, "so much may be thrown away"
        assert len(self.given) < LIMITS.requests_per_connection
        self.given.append(sent)

    def invite(self) -> None:
        """100, where the client waits for it."""
        data = self.connection.send_continue()
        assert not data or (self.owed is not None and not self.owed.seen)
        if data:
            assert self.given[-1].waits
            self.given[-1].waits = False
            self.continued += 1
            self.output += data

    def respond(self, status: int, fields: Pairs, body: bytes) -> None:
        """A whole response, allowed or not."""
        before = self.connection.state
        try:
            data = self.connection.send_response(status, self.headers(fields), body)
        except ResponseError:
            assert self.connection.state is before
        else:
            self.answered(status, fields, data)
            self.given[-1].promised = body

    def start(self, status: int, fields: Pairs, length: int | None) -> None:
        """The head of a response in pieces, allowed or not."""
        before = self.connection.state
        try:
            body = self.connection.start_response(status, self.headers(fields), length)
        except ResponseError:
            assert self.connection.state is before
        else:
            self.answered(status, fields, body.head)
            self.streamed = body
            sent, framed = self.given[-1], length is not None or ("content-length", "2") in fields
            silent = sent.method == "HEAD" or status in (204, 205, 304)
            sent.closing = sent.closing or (sent.version == "1.0" and not framed and not silent)

    def headers(self, fields: Pairs) -> Headers:
        """As a response has them."""
        return Headers(fields)

    def answered(self, status: int, fields: Pairs, data: bytes) -> None:
        """A response has begun: the first to the request whose turn it is."""
        owed = self.owed
        assert owed is not None, "no second answer, and none unasked"
        assert not self.refused
        owed.answers.append(status)
        owed.closing = (
            self.last_said
            or not owed.keep
            or ("connection", "close") in fields
            or len(self.given) == LIMITS.requests_per_connection
            or (not owed.ended and not self.may_drain(owed))
        )
        self.output += data

    def may_drain(self, sent: Sent) -> bool:
        """Whether what is left of the body may be thrown away, so that the connection can stay."""
        left = len(sent.body) - len(sent.seen) if sent.sized else 0
        return self.drain > 0 and left <= self.drain and not sent.waits

    def send_part(self, data: bytes) -> None:
        """A part of the body that is going out."""
        if self.streamed is not None:
            with suppress(ResponseError):
                self.output += self.streamed.data(data)
                self.given[-1].promised += data

    def end(self) -> None:
        """The end of the body that is going out."""
        with suppress(ResponseError):
            self.output += self.connection.end_response()
            assert self.streamed is not None
            self.streamed = None

    def say_that_this_is_the_last(self) -> None:
        """As a server does that is about to stop."""
        if self.owed is not None:
            self.connection.close_next()
            self.last_said = True

    def refuse(self, status: int) -> None:
        """A refusal, of what came or of the client that is silent."""
        closed, owed = self.connection.must_close, self.owed
        data = self.connection.refuse(HTTPException(status))
        assert not data or (not closed and self.streamed is None)
        if data:
            self.refused = True
        if data and owed is not None:
            owed.answers.append(status)
            owed.promised = data.partition(b"\r\n\r\n")[2]
            owed.closing = True
        self.output += data
        self.given_up()

    def abort(self) -> None:
        """Give up."""
        self.connection.abort()
        self.given_up()

    def given_up(self) -> None:
        """Nothing more goes out."""
        self.cut_off = self.cut_off or self.streamed is not None
        self.streamed = None
        assert self.connection.must_close

    # what must hold

    def check(self) -> None:
        """The output is one answer for each request, in order; the last says what is to come."""
        assert self.connection.buffered <= self.delivered + max(map(len, GARBAGE))
        if self.streamed is not None:
            return
        answers = list(self.answers())
        final = [answer for answer in answers if answer.status >= 200]
        assert len(answers) - len(final) == self.continued
        asked = [sent for sent in self.given if sent.answers]
        stray = self.refused and len(final) == len(asked) + 1  # to what was no request at all
        assert len(final) == len(asked) + stray
        for sent, answer in zip(asked, final, strict=False):
            self.check_one(sent, answer, last=answer is final[-1])
        assert not any(answer.closing for answer in final[:-1]), "nothing follows a close"
        if final and final[-1].closing:
            assert self.connection.must_close

    def check_one(self, sent: Sent, answer: Answer, last: bool) -> None:
        """An answer is what was meant."""
        assert len(sent.answers) == 1
        assert answer.status == sent.answers[0]
        assert answer.closing == sent.closing
        silent = sent.method == "HEAD" or answer.status in (204, 205, 304)
        if not (last and self.cut_off):
            assert answer.body == (b"" if silent else sent.promised)
        check_answer(answer, sent.version, dated=False)

    def answers(self) -> Iterator[Answer]:
        """The output as a client reads it, that knows what it has asked."""
        rest, number = self.output, 0
        while rest:
            sent = self.given[number] if number < len(self.given) else None
            taken = take(rest, sent.method if sent else "GET", self.connection.must_close)
            assert taken is not None, "a client would wait for ever"
            assert taken[0].whole or self.cut_off
            yield taken[0]
            number += taken[0].status >= 200
            rest = taken[1]

    def finish(self) -> None:
        """Client and server do what is left as they should: no request is lost."""
        self.send(len(self.wire))
        while not self.connection.must_close and (self.ask() or self.settle()):
            pass
        assert self.spoilt or self.connection.must_close or len(self.given) == len(self.plan)
        self.check()

    def settle(self) -> bool:
        """Answer what is owed; whether there was anything."""
        if self.streamed is not None:
            self.abort()
        elif self.owed is not None and not self.connection.must_close:
            before = len(self.output)
            self.respond(200, (), b"hi")
            return len(self.output) > before
        return False
