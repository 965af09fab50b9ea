"""The size line of a chunk: hexadecimal digits, extensions to be ignored, and two limits."""

from __future__ import annotations

from wire_tables import Case, check_error, load

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA
from groundup.framing import ChunkedDecoder
from groundup.limits import Limits
from workshop import kit


def size_line(segments: list[bytes], limits: Limits | None = None) -> str:
    """What read_size() says at last: a chunk may follow, more bytes are wanted, or a refusal."""
    buffer = ReceiveBuffer()
    decoder = ChunkedDecoder(buffer, limits or Limits())
    said = "NEED_DATA"
    for segment in segments:
        buffer.feed(segment)
        if said == "NEED_DATA":
            try:
                said = "NEED_DATA" if decoder.read_size() is NEED_DATA else "taken"
            except ProtocolError as error:
                return f"refused {error.status_code}"
    return said


@kit.task("2.10")
def test_a_size_is_hexadecimal() -> None:
    """The limit shows what number was read: a body of exactly that many bytes is allowed."""
    kit.did("a new ChunkedDecoder each time: feed a piece, read_size()")
    for line, size in (
        (b"5", 5),
        (b"a", 10),
        (b"A", 10),
        (b"1f", 31),
        (b"1F", 31),
        (b"0010", 16),
        (b"100000", 1 << 20),
    ):
        for _, segments in kit.splits(line + b"\r\n"):
            kit.expect(
                size_line(segments, Limits(body=size)),
                "taken",
                f"a chunk of {size} bytes, allowed by a limit of {size}",
                section="RFC 9112 §7.1",
            )
            kit.expect(
                size_line(segments, Limits(body=size - 1)),
                "refused 413",
                f"413 with a limit of {size - 1}",
                why="the limit is held against the size, before a byte of data is stored",
                section="RFC 9110 §15.5.14",
            )


def body(case: Case) -> bytes:
    """The bytes of a case behind its head."""
    return case.wire.partition(b"\r\n\r\n")[2]


@kit.task("2.10")
def test_what_int_takes_and_http_does_not() -> None:
    refused = [
        case
        for case in load("chunked")
        if case.refuse and "chunk-size-" in case.id and "limit" not in case.id
    ]
    for _, case in kit.cases((f"read_size() of {body(case)!r}", case) for case in refused):
        buffer = ReceiveBuffer()
        buffer.feed(body(case))
        error = kit.expect_raises(
            ProtocolError,
            ChunkedDecoder(buffer, Limits()).read_size,
            want=f"a refusal with status {case.refuse[0]}  [{case.id}]",
            why=case.why,
            section=case.clause,
        )
        check_error(case, error)


@kit.task("2.10")
def test_no_size_before_the_line_is_complete() -> None:
    for _, wire in kit.cases(
        (f"read_size() of {wire!r}", wire) for wire in (b"", b"5", b"5;a", b"5\r")
    ):
        kit.expect(
            size_line([wire]), "NEED_DATA", "NEED_DATA: another digit, or an extension, may follow"
        )


@kit.task("2.10")
def test_extensions_are_ignored() -> None:
    kit.did("a new ChunkedDecoder each time: feed a piece, read_size()")
    for line in (b"3;a", b"3;a=b", b'3;a="b;c\\"d"', b"3;a;b=c", b"3 ; a = b"):
        for _, segments in kit.splits(line + b"\r\n"):
            kit.expect(
                size_line(segments, Limits(body=3)),
                "taken",
                "a chunk of 3 bytes: nobody here knows the extension",
                section="RFC 9112 §7.1.1",
            )


@kit.task("2.10")
def test_broken_extensions_are_refused() -> None:
    kit.did("a new ChunkedDecoder each time: feed a piece, read_size()")
    for line in (b"3;a\x00", b"3;\x7f", b"3;a\nb", b"3;a\rb"):
        for _, segments in kit.splits(line + b"\r\n"):
            kit.expect(
                size_line(segments),
                "refused 400",
                "a refusal",
                why="a line end hidden in an extension moves the next chunk for one reader only",
                section="RFC 9112 §7.1.1",
            )


@kit.task("2.10")
def test_chunk_extensions_have_a_limit() -> None:
    kit.did("a new ChunkedDecoder each time: feed a piece, read_size()")
    why = "extensions are ignored, so nothing else would stop an endless one"
    for extra, want in ((9, "taken"), (10, "refused 413")):
        wire = b"3;" + b"e" * extra + b"\r\n"
        for _, segments in kit.splits(wire):
            kit.expect(
                size_line(segments, Limits(chunk_extensions=10)),
                want,
                f"{extra + 1} bytes of extension with a limit of 10",
                why=why,
                section="RFC 9112 §7.1.1",
            )
    endless = b"3;" + b"e" * 60
    for _, segments in kit.splits(endless):
        kit.expect(
            size_line(segments, Limits(chunk_extensions=10)),
            "refused 413",
            "413 for an extension without end",
            why=why,
            section="RFC 9112 §7.1.1",
        )


@kit.task("2.10")
def test_the_last_chunk_leads_to_the_trailers() -> None:
    buffer = ReceiveBuffer()
    decoder = ChunkedDecoder(buffer, Limits())
    buffer.feed(b"0\r\n")
    kit.did("feed b'0\\r\\n'")
    kit.expect(
        decoder.next_event(),
        NEED_DATA,
        "NEED_DATA: trailers may follow",
        why="a body ends with the empty line behind its trailers, not with the size 0",
        section="RFC 9112 §7.1.2",
    )
    buffer.feed(b"\r\n")
    kit.did("feed b'\\r\\n'")
    kit.expect(
        type(decoder.next_event()).__name__,
        "EndOfMessage",
        "the end of the message",
        section="RFC 9112 §7.1",
    )
