"""A field section: its lines up to the empty one, with a limit on their number and their bytes."""

from __future__ import annotations

from typing import Any

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.fields import FieldSection
from workshop import kit

BLOCK = b"Host: a\r\nX: y\r\nX: z\r\n"


def section(segments: list[bytes], room: int = 100, count: int = 10) -> tuple[Any, bytes]:
    """What read() gave at last (or its refusal in words), and the bytes that it left."""
    buffer = ReceiveBuffer()
    fields = FieldSection(buffer, room, count)
    result: Any = None
    for segment in segments:
        buffer.feed(segment)
        if result is not None:
            continue
        try:
            result = fields.read()
        except ProtocolError as error:
            result = f"refused {error.status_code}"
    return result, buffer.take(len(buffer))


@kit.task("2.5")
def test_the_block_without_its_empty_line() -> None:
    kit.did("a new FieldSection each time: feed a piece, read()")
    for _, segments in kit.splits(BLOCK + b"\r\nbody"):
        kit.expect(
            section(segments),
            (BLOCK, b"body"),
            "the field lines as they came, and the body left in the buffer",
            why="the empty line ends the section: what follows belongs to the body",
            section="RFC 9112 §2.1",
        )


@kit.task("2.5")
def test_a_section_may_be_empty() -> None:
    kit.did("read a section that is only its empty line")
    kit.expect(section([b"\r\n"]), (b"", b""), "an empty block, not None: the section is complete")


@kit.task("2.5")
def test_no_block_before_the_empty_line() -> None:
    for cut in range(len(BLOCK) + 2):
        wire = (BLOCK + b"\r\n")[:cut]
        got = section([wire])[0]
        if got is not None:
            kit.did(f"feed {wire!r}")
            kit.expect(got, None, "None: the section is not all here", section="RFC 9110 §5.3")


@kit.task("2.5")
def test_a_bad_line_is_refused_before_the_section_ends() -> None:
    kit.did("a new FieldSection each time: feed a piece, read()")
    for _, segments in kit.splits(b"A: 1\r\nB : 2\r\n"):
        kit.expect(
            section(segments)[0],
            "refused 400",
            "the refusal, as soon as the bad line is complete",
            why="nothing that follows can make it good",
            section="RFC 9112 §5.1",
        )


@kit.task("2.5")
def test_the_first_fault_decides() -> None:
    kit.did("a new FieldSection each time: feed a piece, read()")
    for _, segments in kit.splits(b"A: 1\r\nB : 2\r\nC: 3\r\nD: 4\r\n\r\n"):
        kit.expect(
            section(segments, count=3)[0],
            "refused 400",
            "400 for the second line, not 431 for the fourth",
            why="the answer may not depend on how much has arrived",
        )


@kit.task("2.5")
def test_the_count_to_the_line() -> None:
    kit.did("a new FieldSection each time: feed a piece, read()")
    for count, want in ((3, BLOCK), (2, "refused 431")):
        for _, segments in kit.splits(BLOCK + b"\r\n"):
            kit.expect(
                section(segments, count=count)[0],
                want,
                f"three lines with a limit of {count}",
                why="a limit is the last value that is still allowed",
                section="RFC 9110 §5.4; RFC 6585 §5",
            )


@kit.task("2.5")
def test_the_room_to_the_byte() -> None:
    kit.did("a new FieldSection each time: feed a piece, read()")
    whole = len(BLOCK) + 2
    for room, want in ((whole, BLOCK), (whole - 1, "refused 431")):
        for _, segments in kit.splits(BLOCK + b"\r\n"):
            kit.expect(
                section(segments, room=room)[0],
                want,
                f"{whole} bytes with room for {room}, the empty line counted",
                why="a limit is the last value that is still allowed",
                section="RFC 9110 §5.4; RFC 6585 §5",
            )


@kit.task("2.5")
def test_an_endless_section_is_refused() -> None:
    kit.did("a new FieldSection each time: feed a piece, read()")
    for what, wire in (
        ("lines without end", b"A: b\r\n" * 30),
        ("a line without end", b"A: " + b"b" * 120),
    ):
        for _, segments in kit.splits(wire, limit=12):
            kit.expect(
                section(segments, room=60, count=100)[0],
                "refused 431",
                f"431 for {what}",
                why="a header bomb: without a limit on the whole, one client eats the memory",
                section="RFC 6585 §5",
            )
