"""Runs the tables in wire/*.toml: bytes in, events out, however the bytes arrive.

Every case is fed whole, cut in two at every place, and byte by byte.  The events and the refusal
must be the same each time, and what came out after the first part of a cut must be what had come
out after that many single bytes.  Kept apart from the tests so that a table needs one line there,
and so that the index of MUSTs (rfc9112.toml) can name its cases.  Rule kept here: only public
names of groundup are used, and nothing is reported but through the kit.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundup.errors import ProtocolError
from groundup.events import EOF, NEED_DATA, Data, EndOfMessage
from groundup.limits import Limits
from groundup.parser import RequestParser
from workshop import kit

WIRE = Path(__file__).parent / "wire"
Event = tuple[Any, ...]


@dataclass(frozen=True)
class Case:
    """One row of a table: the bytes, and the requests in them or the status of the refusal."""

    id: str
    wire: bytes
    requests: tuple[dict[str, Any], ...]
    refuse: tuple[int, ...]
    sections: tuple[str, ...]
    why: str
    until: str  # "head": stop at the first head; "end": read every message
    eof: bool  # the peer closes after the bytes

    @property
    def clause(self) -> str | None:
        """The first section of the row, as a person writes it: RFC 9112 §5.1."""
        return rfc(self.sections[0]) if self.sections else None


def rfc(short: str) -> str:
    """ "9112 5.1" → "RFC 9112 §5.1"."""
    number, section = short.split(" ")
    return f"RFC {number} §{section}"


def clause(section: str) -> str:
    """ "RFC 9112 §6.3 rule 4" → "RFC 9112 §6.3"."""
    return section.partition(" rule ")[0]


def load(name: str) -> list[Case]:
    """The cases of wire/<name>.toml, in their order."""
    table = tomllib.loads((WIRE / f"{name}.toml").read_text(encoding="ascii"))
    prefix = table.get("prefix", "")
    return [_case(row, prefix, table["until"], table.get("eof", False)) for row in table["case"]]


def _case(row: dict[str, Any], prefix: str, until: str, eof: bool) -> Case:
    refuse = row.get("refuse", ())
    return Case(
        id=row["id"],
        wire=(prefix + row["wire"]).encode("latin-1"),
        requests=tuple(row.get("requests", ())),
        refuse=(refuse,) if isinstance(refuse, int) else tuple(refuse),
        sections=tuple(row.get("sections", ())),
        why=row["why"],
        until=until,
        eof=eof,
    )


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
            self._take_data(bytes(event.data))
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
        if data:
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


def check_table(name: str) -> None:
    """Every case of the table: the right events, and the same ones at every split."""
    for case in load(name):
        check_case(case)


def check_case(case: Case) -> None:
    """One case: whole, byte by byte, and cut in two at every place."""
    whole = read([case.wire], case.until, eof=case.eof)
    (check_refusal if case.refuse else check_requests)(case, whole)
    check_splits(case.id, case.wire, whole, case.until, eof=case.eof, why=case.why)


def check_refusal(case: Case, got: list[Event]) -> None:
    """The last event is a refusal with a status of the row, a reason, and a clause of the row."""
    last = got[-1] if got else ("nothing",)
    clauses = [rfc(section) for section in case.sections]
    if last[0] == "refused" and last[1] in case.refuse and last[2] and clause(last[3]) in clauses:
        return
    kit.did(f"feed {shown(case.wire)}" + (", then the end" if case.eof else ""))
    wanted = " or ".join(map(str, case.refuse))
    if last[0] != "refused":
        kit.expect_that(
            False,
            want=f"a refusal with status {wanted}  [{case.id}]",
            got=told(got),
            why=case.why,
            section=case.clause,
        )
    kit.expect_that(
        last[1] in case.refuse,
        want=f"status {wanted}  [{case.id}]",
        got=f"{last[1]} {last[2]}",
        why=case.why,
        section=case.clause,
    )
    kit.expect_that(
        bool(last[2]),
        want=f"a refusal that carries a reason  [{case.id}]",
        got=repr(last[2]),
        why="a person who reads the answer must learn what was wrong",
    )
    kit.expect_that(
        False,
        want=f"a refusal that names the clause {' or '.join(clauses)}  [{case.id}]",
        got=repr(last[3]),
        why=case.why,
        section=case.clause,
    )


def check_error(case: Case, error: ProtocolError) -> None:
    """A refusal raised by one function: judged like one that came out of the parser."""
    check_refusal(case, [("refused", error.status_code, error.reason, error.section)])


def check_requests(case: Case, got: list[Event]) -> None:
    """The events are those of the row's requests; what a row leaves out is not compared."""
    want = list(expected(case, got))
    if got == want:
        return
    kit.did(f"feed {shown(case.wire)}" + (", then the end" if case.eof else ""))
    kit.expect(
        told(got),
        told(want),
        f"the events of a good request  [{case.id}]",
        why=case.why,
        section=case.clause,
    )


def expected(case: Case, got: list[Event]) -> Iterator[Event]:
    """The events a row asks for, holes filled in from `got` (a row says only what it is about)."""
    heads = iter([event for event in got if event[0] == "head"])
    for row in case.requests:
        seen = next(heads, ("head", "", "", "", "", []))
        fields = [(name, value) for name, value in row["fields"]] if "fields" in row else seen[5]
        yield (
            "head",
            row.get("method", "GET"),
            row.get("target", "/"),
            row.get("version", "1.1"),
            row.get("host", seen[4]),
            fields,
        )
        if case.until == "head":
            return
        if row.get("body"):
            yield ("data", row["body"].encode("latin-1"))
        yield ("end", [(name, value) for name, value in row.get("trailers", ())])
    if case.eof:
        yield ("eof",)


def within(label: str, wire: bytes, limits: Limits, why: str = "") -> None:
    """This is within the limits, whole and at every split."""
    got = read([wire], limits=limits)
    kit.did(f"feed {shown(wire)} with {limits}")
    kit.expect_that(
        got and got[-1][0] == "end",
        want=f"a request: {label}",
        got=str(told(got)),
        why=why or "a limit is the last value that is still allowed",
    )
    check_splits(label, wire, got, limits=limits)


def beyond(
    label: str, wire: bytes, limits: Limits, status: int, section: str, why: str = ""
) -> None:
    """This is over a limit, whole and at every split."""
    got = read([wire], limits=limits)
    kit.did(f"feed {shown(wire)} with {limits}")
    kit.expect_that(
        got and got[-1][:2] == ("refused", status),
        want=f"{status}: {label}",
        got=str(told(got)),
        why=why or "one more than the limit is too much, however the bytes arrive",
        section=section,
    )
    check_splits(label, wire, got, limits=limits)


def check_splits(
    label: str,
    wire: bytes,
    whole: list[Event],
    until: str = "end",
    *,
    limits: Limits | None = None,
    eof: bool = False,
    why: str = "",
) -> None:
    """Byte by byte and at every cut the events are those of the whole, also half-way."""
    single = Reading(until, limits)
    after: list[list[Event]] = [[]]
    for index in range(len(wire)):
        single.feed(wire[index : index + 1])
        after.append(list(single.events))
    if eof:
        single.feed_eof()
    if single.events != whole:
        blame_split(label, wire, "one byte at a time", single.events, whole, why)
    for cut in range(1, len(wire)):
        reading = Reading(until, limits)
        reading.feed(wire[:cut])
        if reading.events != after[cut]:
            blame_split(
                label,
                wire[:cut],
                f"only its first {cut} bytes, in one piece",
                reading.events,
                after[cut],
                why,
            )
        reading.feed(wire[cut:])
        if eof:
            reading.feed_eof()
        if reading.events != whole:
            blame_split(
                label,
                wire,
                f"cut in two after byte {cut}: {shown(wire[:cut])} then {shown(wire[cut:])}",
                reading.events,
                whole,
                why,
            )


def blame_split(
    label: str, wire: bytes, how: str, got: list[Event], want: list[Event], why: str
) -> None:
    """Say which case, which split and which byte made the difference."""
    kit.did(f"feed {shown(wire)} whole")
    kit.did(f"feed the same to a new parser, {how}")
    kit.expect(
        told(got),
        told(want),
        f"the same events however the bytes arrive  [{label}]",
        why=f"the network cuts a stream anywhere; the answer may not depend on it ({why})"
        if why
        else "the network cuts a stream anywhere; the answer may not depend on it",
        section="RFC 9112 §2.2",
    )


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
