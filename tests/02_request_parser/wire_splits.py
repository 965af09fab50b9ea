"""The same bytes, the same events: whole, byte by byte, and cut in two at every place.

Apart from the tables, because limits are held to the byte in the same way.  What came out after
the first part of a cut must also be what had come out after that many single bytes.
"""

from __future__ import annotations

from wire_reading import Event, Reading, read, shown, told

from groundup.limits import Limits
from workshop import kit


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


def check_bytewise(label: str, wire: bytes, until: str = "end") -> None:
    """Whole and byte by byte give the same events: cheap enough for thousands of wires."""
    whole = read([wire], until)
    single = Reading(until)
    for index in range(len(wire)):
        single.feed(wire[index : index + 1])
    if single.events != whole:
        blame_split(label, wire, "one byte at a time", single.events, whole, "")


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


def within(label: str, wire: bytes, limits: Limits, until: str = "end") -> None:
    """This is within the limits, whole and at every split."""
    got = read([wire], until, limits)
    kit.did(f"feed {shown(wire)} with {limits}")
    kit.expect_that(
        bool(got) and got[-1][0] == until,
        want=f"a request: {label}",
        got=str(told(got)),
        why="a limit is the last value that is still allowed",
    )
    check_splits(label, wire, got, until, limits=limits)


def beyond(
    label: str, wire: bytes, limits: Limits, status: int, section: str, why: str = ""
) -> None:
    """This is over a limit, whole and at every split."""
    got = read([wire], limits=limits)
    kit.did(f"feed {shown(wire)} with {limits}")
    kit.expect_that(
        bool(got) and got[-1][:2] == ("refused", status),
        want=f"{status}: {label}",
        got=str(told(got)),
        why=why or "one more than the limit is too much, however the bytes arrive",
        section=section,
    )
    check_splits(label, wire, got, limits=limits)
