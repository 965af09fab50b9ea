"""What the bytes of a connection turn into: tuples with names, and three signs.

Apart from the parser, because connection and server speak of them too. The rule: an event is
plain data that nobody changes.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from groundup.headers import Headers


class Sign:
    """What `next_event` gives when there is no event to give."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


NEED_DATA: Final = Sign("NEED_DATA")
PAUSED: Final = Sign("PAUSED")
EOF: Final = Sign("EOF")


class Framing(NamedTuple):
    """How a body is delimited: in chunks or by `length`; `clause` is the rule that says so."""

    chunked: bool
    length: int
    clause: str


NO_BODY: Final = Framing(False, 0, "RFC 9112 §6.3 rule 7")


@dataclass(frozen=True)
class RequestHead:
    """A request line and its fields, and what they mean."""

    method: str
    target: str
    version: str
    headers: Headers
    host: str = ""
    expect_continue: bool = False
    framing: Framing = NO_BODY

    @property
    def origin_form(self) -> str:
        """The target as path and query; "*" and host:port stay as they are."""
        scheme, _, rest = self.target.partition("://")
        if scheme.lower() not in ("http", "https") or not rest:
            return self.target
        ends = [place for place in (rest.find("/"), rest.find("?")) if place >= 0]
        path = rest[min(ends) :] if ends else ""
        return path if path.startswith("/") else "/" + path


class Data(NamedTuple):
    """A part of the body."""

    data: bytes


class EndOfMessage(NamedTuple):
    """The request is complete."""

    trailers: tuple[tuple[str, str], ...] = ()


Event = RequestHead | Data | EndOfMessage | Sign
