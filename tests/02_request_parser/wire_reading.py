"""A parser under test, reading segments: its events, in a form that tests can compare and show.

Apart from the tables, because limits and splits are tested without one.  Rule kept: only public
names of groundup are used here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, Data, EndOfMessage
from groundup.limits import Limits
from groundup.parser import RequestParser
from workshop import kit

Event = tuple[Any, ...]


def some(data: bytes) -> bytes:
    """The data of an event, which has at least one byte: else the caller would ask for ever."""
    kit.expect_that(
        data != b"",
        want="Data with at least one byte; NEED_DATA when nothing is there",
        got='Data(data=b"")',
        why="whoever asks until NEED_DATA would go on asking for ever",
    )
    return data


class Reading:
    """A parser reading segments: the `events` so far, body data joined, a refusal as the last."""

    def __init__(self, until: str = "end", limits: Limits | None = None) -> None:
        self.parser = RequestParser(limits or Limits())
        self.until = until
        self.events: list[Event] = []
        self.over = False

    def feed(self, segment: bytes) -> None:
        """Hand over one segment and take every event that is ready."""
        if not self.over:
            self.parser.feed(segment)
            self._drain()

    def feed_eof(self) -> None:
        """Say that the peer closed, and take what follows from it."""
        if not self.over:
            self.parser.feed_eof()
            self._drain()

    def _drain(self) -> None:
        try:
            while not self.over and self._take(self.parser.next_event()):
                pass
        except ProtocolError as error:
            self.over = True
            self.events.append(("refused", error.status_code, error.reason, error.section))

    def _take(self, event: Any) -> bool:
        """Note one event; False when the parser wants more bytes."""
        if event is NEED_DATA:
            return False
        if event is EOF:
            self.over = True
            self.events.append(("eof",))
        elif isinstance(event, Data):
            self._take_data(some(bytes(event.data)))
        elif isinstance(event, EndOfMessage):
            self.events.append(("end", pairs(event.trailers)))
        else:
            self.events.append(
                (
                    "head",
                    event.method,
                    event.target,
                    event.version,
                    event.host,
                    pairs(event.headers),
                )
            )
            self.over = self.until == "head"
        return True

    def _take_data(self, data: bytes) -> None:
        if self.events[-1][0] == "data":
            data = self.events.pop()[1] + data
        self.events.append(("data", data))


def pairs(headers: Any) -> list[tuple[str, str]]:
    """Headers, or a tuple of pairs, as a list of pairs."""
    return [
        (name, value) for name, value in (headers.items() if hasattr(headers, "items") else headers)
    ]


def read(
    segments: Iterable[bytes], until: str = "end", limits: Limits | None = None, eof: bool = False
) -> list[Event]:
    """The events that a fresh parser makes of the segments."""
    reading = Reading(until, limits)
    for segment in segments:
        reading.feed(segment)
    if eof:
        reading.feed_eof()
    return reading.events


def shown(data: bytes) -> str:
    """Bytes for a failure text: long ones with their middle left out."""
    return repr(data) if len(data) <= 160 else f"{data[:90]!r} … {data[-40:]!r} ({len(data)} bytes)"


def told(events: list[Event]) -> list[str]:
    """Events as one short line each, for a person."""
    return [_told(event) for event in events]


def _told(event: Event) -> str:
    if event[0] == "head":
        method, target, version, host, fields = event[1:]
        return f"head {method} {target} {version} host={host!r} fields={fields}"
    if event[0] == "refused":
        return f"refused {event[1]} {event[2]} ({event[3]})"
    return " ".join([event[0], *(repr(part) for part in event[1:] if part)])
