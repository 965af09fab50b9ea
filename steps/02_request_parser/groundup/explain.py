r"""Show how a request is read: each byte, each decision, and the rule that it comes from.

    printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' | python -m groundup.explain

Apart, because it is for people: no server needs it. It holds no opinion of its own: the bytes go
line by line through the real parser, and what is printed is what came out. The rule: where the
parser refuses, explain shows the line at which it did, and the bytes that nobody will read.
"""

import sys
from collections.abc import Iterator

from groundup.connection import wants_keep_alive
from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, Data, EndOfMessage, Event, RequestHead
from groundup.grammar import CHUNK_LINE
from groundup.limits import Limits
from groundup.parser import RequestParser

WIDTH = 44  # characters of the column with the bytes

FIELD_RULES = {
    "host": "whom the request is for: RFC 9110 §7.2",
    "content-length": "how long the body is: RFC 9110 §8.6",
    "transfer-encoding": "how the body is wrapped: RFC 9112 §6.1",
    "connection": "whether the connection stays: RFC 9112 §9.3",
    "expect": "what must be said before the body comes: RFC 9110 §10.1.1",
}


def explain(data: bytes, limits: Limits = Limits()) -> str:  # noqa: B008  (frozen)
    """The bytes of a connection, one line each, with what the parser made of them."""
    return "\n".join(Explanation(limits).lines(data)) + "\n"


class Explanation:
    """Feeds a parser line by line and puts its decisions into words."""

    def __init__(self, limits: Limits) -> None:
        self._parser = RequestParser(limits)
        self._head: RequestHead | None = None  # of the request whose body is being read
        self._left = 0  # bytes of its body still to come, where its length is known
        self._first = True  # the next line is a request line

    def lines(self, data: bytes) -> Iterator[str]:
        """Each portion of `data` with its offset, and below it what was decided there."""
        offset = 0
        try:
            while portion := self._portion(data[offset:]):
                yield from self._explained(offset, portion)
                offset += len(portion)
            self._parser.feed_eof()
            list(self._events())
            yield row(offset, b"", "the stream ends between two requests: RFC 9112 §9.6")
        except ProtocolError as error:
            yield decided(f"REFUSED: {error.status_code} {error.reason}", error.section)
            left = len(data) - offset - len(portion)
            unread = f"; {left} bytes after this are never read" if left else ""
            yield decided(f"one answer, then close{unread}", "RFC 9112 §9.6")

    def _portion(self, rest: bytes) -> bytes:
        """Up to the next LF, but no further than a body of known length goes."""
        end = rest.find(b"\n") + 1 or len(rest)
        return rest[: min(end, self._left) if self._left else end]

    def _explained(self, offset: int, portion: bytes) -> Iterator[str]:
        self._parser.feed(portion)
        events = self._events()
        try:
            event = next(events, None)
        except ProtocolError:
            yield row(offset, portion, "")
            raise
        self._left -= min(self._left, len(portion))
        yield row(offset, portion, self._meaning(portion, event))
        while event is not None:
            yield from self._decisions(event)
            event = next(events, None)

    def _events(self) -> Iterator[Event]:
        while (event := self._parser.next_event()) not in (NEED_DATA, EOF):
            yield event

    def _meaning(self, portion: bytes, event: Event | None) -> str:
        """What this portion is, by where it stands and what first came of it."""
        if self._head is not None:
            return body_meaning(self._head, portion, event)
        if self._first:
            if not portion.strip(b"\r\n"):
                return "an empty line before a request is ignored: RFC 9112 §2.2"
            self._first = False
            return "request line: RFC 9112 §3"
        if portion == b"\r\n":
            return "the end of the fields: RFC 9112 §2.1"
        name = portion.partition(b":")[0].decode("latin-1").lower()
        return FIELD_RULES.get(name, "field: RFC 9112 §5")

    def _decisions(self, event: Event) -> Iterator[str]:
        """What an event says, one decision a line."""
        if isinstance(event, RequestHead):
            self._head, self._left = event, event.framing.length
            yield from head_decisions(event)
        elif isinstance(event, EndOfMessage):
            for name, value in event.trailers:
                yield decided(f"trailer {name}: {value}, kept apart", "RFC 9110 §6.5")
            yield decided("the request is complete", "RFC 9112 §2.1")
            stays = self._head is not None and wants_keep_alive(self._head)
            then = "stays open" if stays else "closes"
            yield decided(f"after the response the connection {then}", "RFC 9112 §9.3")
            self._head, self._first = None, True


def head_decisions(head: RequestHead) -> Iterator[str]:
    """What is known once the fields are read."""
    yield decided(f"{head.method} {head.origin_form}, HTTP/{head.version}", "RFC 9112 §3")
    yield decided(f"for host {head.host!r}", "RFC 9112 §3.3")
    framing = head.framing
    known = f"a body of {framing.length} bytes" if framing.length else "no body"
    yield decided("a body in chunks" if framing.chunked else known, framing.clause)
    if head.expect_continue:
        yield decided("the peer waits for 100 Continue", "RFC 9110 §10.1.1")


def body_meaning(head: RequestHead, portion: bytes, event: Event | None) -> str:
    """What a portion of a body is; `event` is the first that came of it."""
    size = len(event.data) if isinstance(event, Data) else 0
    if not head.framing.chunked:
        return f"{size} bytes of the body: RFC 9112 §6.2"
    if size:
        return f"{size} bytes of chunk data: RFC 9112 §7.1"
    if portion == b"\r\n":
        return "the end of the trailers: RFC 9112 §7.1.2" if event else "the end of the data"
    if (match := CHUNK_LINE.match(portion)) and portion[match.end() :] == b"\r\n":
        size = int(match[1], 16)
        return f"{f'a chunk of {size} bytes' if size else 'the last chunk'}: RFC 9112 §7.1"
    return "trailer: RFC 9112 §7.1.2"


def row(offset: int, portion: bytes, meaning: str) -> str:
    """One line: where, which bytes, what they are."""
    shown = repr(portion)[2:-1]
    if len(shown) > WIDTH:
        shown = shown[: WIDTH - 1] + "…"
    return f"{offset:7}  {shown:{WIDTH}}  {meaning}".rstrip()


def decided(what: str, section: str) -> str:
    """A decision, below the bytes that brought it about."""
    return f"{'':7}    → {what}: {section}"


def main() -> None:
    """Read bytes from the standard input and explain them, each line as soon as it is known."""
    encoding = sys.stdout.encoding  # a console that has no arrow shows a question mark
    for line in Explanation(Limits()).lines(sys.stdin.buffer.read()):
        sys.stdout.buffer.write(f"{line}\n".encode(encoding, "replace"))


if __name__ == "__main__":
    main()
