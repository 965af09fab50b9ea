"""What the bytes of a connection turn into.

Apart from the parser, because readers, connection and server all speak of them. The rule: an
event is plain data. It knows no socket, no buffer and no parser, and nobody changes it.
"""

from dataclasses import dataclass
from enum import Enum

from groundup.grammar import ABSOLUTE
from groundup.headers import Headers


class Signal(Enum):
    """What `next_event` gives when there is no event to give."""

    NEED_DATA = "feed me more bytes"
    PAUSED = "a response is owed first"
    EOF = "the peer has closed, and nothing is left to read"


NEED_DATA, PAUSED, EOF = Signal.NEED_DATA, Signal.PAUSED, Signal.EOF


@dataclass(frozen=True, slots=True)
class Framing:
    """How a body is delimited: in chunks, or by `length` bytes; `clause`: the rule for it."""

    chunked: bool
    length: int
    clause: str


NO_BODY = Framing(chunked=False, length=0, clause="RFC 9112 §6.3 rule 7")


@dataclass(slots=True)
class RequestHead:
    """A request line and its fields (not frozen: that would cost 0.7 µs a request).

    `target` is as the peer sent it; `version` is "1.1" or "1.0"; `host` is the effective host
    (RFC 9112 §3.3), "" where there is none; `expect_continue` says that the peer waits for a
    100 before it sends the body (RFC 9110 §10.1.1); `framing` says how that body is delimited.
    """

    method: str
    target: str
    version: str
    headers: Headers
    host: str = ""
    expect_continue: bool = False
    framing: Framing = NO_BODY

    @property
    def origin_form(self) -> str:
        """The target as path and query: `"http://a/b?c"` → `"/b?c"`; `"*"` stays as it is."""
        match = None if self.method == "CONNECT" else ABSOLUTE.fullmatch(self.target)
        if match is None:
            return self.target
        rest = match[2]
        return rest if rest.startswith("/") else "/" + rest


@dataclass(frozen=True, slots=True)
class Data:
    """A part of the body, decoded. Where one part ends and the next begins means nothing."""

    data: bytes


@dataclass(frozen=True, slots=True)
class EndOfMessage:
    """The request is complete. `trailers`: (lower-case name, value) pairs of RFC 9112 §7.1.2."""

    trailers: tuple[tuple[str, str], ...] = ()


Event = RequestHead | Data | EndOfMessage | Signal
