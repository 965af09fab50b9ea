"""The readers under test, each as a function from bytes to what it says, in a form to compare.

Apart from the judging so that tests and the million use the same eyes. There are four readers: the
parser, the short cut `read_whole`, and a Connection that answers, patient or quick. Rule: whatever
one of them raises beside ProtocolError is not caught here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from groundup.connection import Connection
from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, PAUSED, Data, EndOfMessage, RequestHead
from groundup.limits import Limits
from groundup.parser import RequestParser
from groundup.persistence import wants_keep_alive

Said = list[tuple[Any, ...]]


def most_buffered(limits: Limits) -> int:
    """So many bytes may wait in a parser that has nothing more to tell: one unfinished line."""
    line = max(limits.request_line, limits.header_bytes, limits.trailer_bytes)
    return max(line, limits.chunk_extensions + 16) + 2


class Reading:
    """A parser and what it has said: heads, data joined, ends with their places, a refusal."""

    def __init__(self, limits: Limits) -> None:
        self.parser = RequestParser(limits)
        self.said: Said = []
        self.fed = 0
        self.waiting = 0  # the most bytes that were left when it had nothing more to tell

    def feed(self, piece: bytes) -> None:
        """Feed, and take every event."""
        self.parser.feed(piece)
        self.fed += len(piece)
        while self.take(self.parser.next_event()):
            pass
        self.waiting = max(self.waiting, self.parser.buffered)

    def take(self, event: Any) -> bool:
        """Note one event; False where there is none."""
        if event is NEED_DATA or event is EOF:
            return False
        if isinstance(event, Data):
            if not event.data:
                raise AssertionError("Data without data")
            joined = self.said.pop()[1] if self.said[-1][0] == "data" else b""
            self.said.append(("data", joined + event.data))
        elif isinstance(event, EndOfMessage):
            self.said.append(("end", event.trailers, self.fed - self.parser.buffered))
        else:
            self.said.append(("head", seen(event)))
        return True


def seen(head: RequestHead) -> tuple[Any, ...]:
    """All that a head says, by value."""
    line = head.method, head.target, head.version, head.host
    return *line, head.headers.items(), head.framing, head.expect_continue, wants_keep_alive(head)


def parsed(pieces: Iterable[bytes], limits: Limits) -> Reading:
    """What the parser says of a stream that comes in these pieces and then ends."""
    reading = Reading(limits)
    try:
        for piece in pieces:
            reading.feed(piece)
        reading.parser.feed_eof()
        while reading.take(reading.parser.next_event()):
            pass
        reading.said.append(("eof",))
    except ProtocolError as error:
        reading.said.append(("refused", error.status_code, error.reason, error.section))
    return reading


def singly(data: bytes) -> Iterator[bytes]:
    """Byte by byte."""
    return (data[at : at + 1] for at in range(len(data)))


def cut(rng: Random, data: bytes) -> list[bytes]:
    """In one to five pieces, anywhere."""
    places = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randint(0, 4)))
    pairs = zip([0, *places], [*places, len(data)], strict=True)
    return [data[start:end] for start, end in pairs if start < end]


class Talk:
    """A Connection that answers each request when it is complete, and what came of it."""

    def __init__(self, limits: Limits, *, quick: bool, early: bool = False) -> None:
        self.connection = Connection(limits, drain=16 if early else 0)
        self.quick = quick  # ask for whole requests first
        self.early = early  # answer at the head, whatever is still to come of the body
        self.said: Said = []
        self.short_cuts = 0
        self.trailers: tuple[Any, ...] = ()
        self.body: list[bytes] = []
        self.head: RequestHead | None = None

    def receive(self, piece: bytes) -> None:
        """Take the bytes, and answer what can be answered."""
        self.connection.receive(piece)
        try:
            while self.step():
                pass
        except ProtocolError as error:
            answer = self.connection.refuse(error)
            self.said.append(("refused", error.status_code, error.section, answer))

    def step(self) -> bool:
        """Do what is next; False when that is to wait for more."""
        whole = self.connection.next_whole() if self.quick else None
        if whole is not None:
            self.short_cuts += 1
            self.answer(whole[0], whole[1], ())
            return True
        event = self.connection.next_event()
        if isinstance(event, RequestHead):
            self.head, self.body = event, []
            if self.early:
                self.answer(event, b"", ())
        elif isinstance(event, Data):
            self.body.append(event.data)
        elif isinstance(event, EndOfMessage) and self.head is not None and not self.early:
            self.answer(self.head, b"".join(self.body), event.trailers)
        return event not in (NEED_DATA, EOF, PAUSED)

    def answer(self, head: RequestHead, body: bytes, trailers: tuple[Any, ...]) -> None:
        """One response; a 2xx to CONNECT may not be written."""
        status = 400 if head.method == "CONNECT" else 200
        sent = self.connection.send_response(status, [("x", "y")], b"hi")
        self.said.append((seen(head), body, trailers, sent, self.connection.must_close))


def talked(pieces: Iterable[bytes], limits: Limits, *, quick: bool, early: bool = False) -> Talk:
    """The conversation over these pieces and the end of the stream."""
    talk = Talk(limits, quick=quick, early=early)
    for piece in pieces:
        talk.receive(piece)
    talk.receive(b"")
    talk.said.append(("closed", talk.connection.must_close))
    return talk
