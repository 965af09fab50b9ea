"""take_line: a line ends with CRLF, and with nothing else, wherever the network cuts it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wire_cost import check_cost

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from workshop import kit

TOO_LONG = (414, "too long for this test", "RFC 9112 §3")
BAD_END = "refused 400 (RFC 9112 §2.2)"


def lines(segments: list[bytes], limit: int = 20) -> list[Any]:
    """Every line that can be taken after each segment; a refusal in words, at the end."""
    buffer = ReceiveBuffer()
    taken: list[Any] = []
    for segment in segments:
        buffer.feed(segment)
        try:
            while (line := buffer.take_line(limit, TOO_LONG)) is not None:
                taken.append(line)
        except ProtocolError as error:
            return [*taken, f"refused {error.status_code} ({error.section})"]
    return taken


@kit.task("2.1")
def test_a_line_comes_without_its_crlf() -> None:
    kit.did("a new ReceiveBuffer each time: feed a piece, take lines while there are any")
    for _, segments in kit.splits(b"GET /\r\nA: b\r\n\r\nrest"):
        kit.expect(
            lines(segments),
            [b"GET /", b"A: b", b""],
            "three lines, the last of them empty, and no fourth",
            why="a line is what stands before CRLF, never what one recv returns",
            section="RFC 9112 §2.2",
        )


@kit.task("2.1")
def test_no_line_before_its_lf() -> None:
    buffer = ReceiveBuffer()
    for segment in (b"", b"G", b"ET /", b"\r"):
        buffer.feed(segment)
        kit.did(f"feed {segment!r}")
        kit.expect(buffer.take_line(20, TOO_LONG), None, "None: the line is not all here")
    buffer.feed(b"\n")
    kit.did("feed b'\\n'")
    kit.expect(buffer.take_line(20, TOO_LONG), b"GET /", "the line, once its LF has come")


@kit.task("2.1")
def test_what_follows_the_line_stays() -> None:
    buffer = ReceiveBuffer()
    buffer.feed(b"one\r\ntwo")
    kit.did("feed b'one\\r\\ntwo', take a line")
    buffer.take_line(20, TOO_LONG)
    kit.expect(
        len(buffer),
        3,
        "the bytes behind the line stay in the buffer",
        why="they may be the body, or the next request",
    )
    kit.expect(buffer.take(10), b"two", "take() gives them")


@kit.task("2.1")
def test_a_lf_alone_is_refused() -> None:
    kit.did("a new ReceiveBuffer each time: feed a piece, take lines while there are any")
    why = "take LF for a line end, and you see other lines than the proxy did: smuggling"
    for wire in (b"a\n", b"\n", b"a\nb\r\n", b"a\r\nb\n\r\n", b"\r\n\n"):
        good = wire.partition(b"\r\n")[0]
        want = [good] if b"\n" not in good else []
        for _, segments in kit.splits(wire):
            kit.expect(
                lines(segments),
                [*want, BAD_END],
                "400 for the LF without CR",
                why=why,
                section="RFC 9112 §2.2",
            )


@kit.task("2.1")
def test_a_lf_alone_is_refused_as_soon_as_it_is_seen() -> None:
    buffer = ReceiveBuffer()
    buffer.feed(b"GET / HTTP/1.1\n")
    kit.did("feed b'GET / HTTP/1.1\\n', and no more")
    kit.expect_raises(
        ProtocolError,
        buffer.take_line,
        20,
        TOO_LONG,
        want="the refusal at once",
        why="the client waits for an answer: it has sent all that it wanted to",
        section="RFC 9112 §2.2",
        status_code=400,
    )


@kit.task("2.1")
def test_a_cr_alone_is_refused() -> None:
    kit.did("a new ReceiveBuffer each time: feed a piece, take lines while there are any")
    why = "some programs take a CR for a line end, others do not: two readings of one line"
    for wire in (b"a\rb\r\n", b"\ra\r\n", b"a\r\r\n", b"\r\r\n"):
        for _, segments in kit.splits(wire):
            kit.expect(
                lines(segments),
                [BAD_END],
                "400 for the CR without LF",
                why=why,
                section="RFC 9112 §2.2",
            )


@kit.task("2.1")
def test_the_limit_counts_the_line_without_its_crlf() -> None:
    kit.did("a new ReceiveBuffer each time: feed a piece, take lines while there are any")
    for size, want in ((9, [b"x" * 9]), (10, [b"x" * 10]), (11, ["refused 414 (RFC 9112 §3)"])):
        for _, segments in kit.splits(b"x" * size + b"\r\n"):
            kit.expect(
                lines(segments, limit=10),
                want,
                f"a line of {size} bytes with a limit of 10",
                why="a limit is the last value that is still allowed",
            )


@kit.task("2.1")
def test_a_line_without_an_end_is_refused_at_the_limit() -> None:
    for tail in (b"x", b"\n"):
        buffer = ReceiveBuffer()
        for count in range(12):
            kit.expect(
                buffer.take_line(10, TOO_LONG),
                None,
                f"None after {count} bytes: the line may still end in time",
            )
            buffer.feed(b"x")
        if tail == b"\n":
            buffer.feed(tail)
        kit.did("feed 12 bytes without LF, limit 10" + (", then LF" if tail == b"\n" else ""))
        kit.expect_raises(
            ProtocolError,
            buffer.take_line,
            10,
            TOO_LONG,
            want="the caller's refusal: 10 bytes, CR and LF can no longer be",
            why="an endless line must not eat the memory, and a late LF changes nothing",
            status_code=414,
            reason="too long for this test",
        )


@kit.task("2.1")
def test_the_limit_is_of_this_line_only() -> None:
    kit.did("feed two lines of 8 bytes at once, limit 10")
    kit.expect(
        lines([b"x" * 8 + b"\r\n" + b"y" * 8 + b"\r\n"], limit=10),
        [b"x" * 8, b"y" * 8],
        "both lines",
        why="what has arrived behind a line does not make the line longer",
    )


@kit.task("2.1")
def test_no_byte_is_searched_twice() -> None:
    def prepare(amount: int) -> Callable[[], object]:
        buffer = ReceiveBuffer()
        buffer.feed(b"x" * amount)
        buffer.take_line(1 << 30, TOO_LONG)

        def one_more_byte() -> object:
            buffer.feed(b"x")
            return buffer.take_line(1 << 30, TOO_LONG)

        return one_more_byte

    check_cost(
        "feed one more byte of a line, and ask for the line",
        prepare,
        "of it there",
        why="search on from where you stopped, or a slow client makes you search all again",
    )


@kit.task("2.1")
def test_a_line_costs_nothing_for_what_lies_behind_it() -> None:
    def prepare(amount: int) -> Callable[[], object]:
        buffer = ReceiveBuffer()
        buffer.feed(b"x\r\n" * 300 + b"y" * amount)
        return lambda: buffer.take_line(100, TOO_LONG)

    check_cost(
        "take a short line",
        prepare,
        "behind it",
        why="copy the rest of the buffer at every line, and a long head costs its square",
    )
