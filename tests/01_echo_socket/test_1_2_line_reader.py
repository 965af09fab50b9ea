"""Task 1.2: lines, however the bytes arrive (`server.LineReader.read_line`)."""

import pytest

from groundup import server
from groundup.server import LineReader, LineTooLong
from workshop import kit

pytestmark = kit.task("1.2")

LINES = [
    ("one line", b"hello\n", [b"hello\n"]),
    ("two lines", b"one\ntwo\n", [b"one\n", b"two\n"]),
    ("empty lines", b"\n\na\n", [b"\n", b"\n", b"a\n"]),
    ("short lines after a long one", b"hello\na\n\n", [b"hello\n", b"a\n", b"\n"]),
    ("a CR belongs to its line", b"one\r\ntwo\r\n", [b"one\r\n", b"two\r\n"]),
    ("any byte but LF", b"\x00\xff\r\n", [b"\x00\xff\r\n"]),
    ("nothing", b"", []),
    ("a cut line is no line", b"pay 100\npay 100", [b"pay 100\n"]),
]


def all_lines(reader: LineReader, most: int = 100) -> list[bytes]:
    """Every line up to the end; no more than `most`, in case there is no end."""
    lines = []
    while len(lines) < most and (line := reader.read_line()) is not None:
        lines.append(line)
    return lines


@pytest.mark.parametrize(("story", "sent", "want"), LINES, ids=[case[0] for case in LINES])
def test_lines_do_not_depend_on_the_segments_they_came_in(story, sent, want):
    for label, segments in kit.splits(sent):
        got = all_lines(LineReader(kit.stream(*segments).recv), len(want) + 2)
        kit.expect(got, want, f"{story}, sent {label}: these lines, and no others")


def test_a_line_that_is_already_here_is_handed_out_without_recv():
    peer = kit.stream(b"one\ntwo\nthr")
    reader = LineReader(peer.recv)
    got = [reader.read_line(), reader.read_line()]
    kit.expect(got, [b"one\n", b"two\n"], "both lines of the one segment")
    kit.expect(
        len(peer.calls),
        1,
        "one recv: the second line was here already, and a second recv would have to wait for "
        "a client that may be waiting for you",
    )


def test_the_end_stays_the_end():
    reader = LineReader(kit.stream(b"one\ntw").recv)
    got = [reader.read_line() for _ in range(3)]
    kit.expect(got, [b"one\n", None, None], "None at the end, and again whenever it is asked")


def test_a_lost_connection_is_not_an_end():
    reader = LineReader(kit.stream(b"one\ntw", ConnectionResetError()).recv)
    reader.read_line()
    kit.expect_raises(
        ConnectionResetError, reader.read_line, want="what recv raises reaches the caller"
    )


@pytest.mark.parametrize("limit", [10, 2, 1])
def test_a_line_of_exactly_the_limit_is_a_line(limit):
    line = b"x" * (limit - 1) + b"\n"
    for label, segments in kit.splits(line + line):
        kit.did(f"limit {limit}: read two lines of {limit} bytes, LF included")
        got = all_lines(LineReader(kit.stream(*segments).recv, limit))
        kit.expect(got, [line, line], f"limit {limit}, LF included: two lines, {label}")


@pytest.mark.parametrize("limit", [10, 2, 1])
@pytest.mark.parametrize("ending", [b"\n", b"\nnext\n", b"x"], ids=["LF", "LF and more", "no LF"])
def test_a_line_of_one_byte_more_is_refused(limit, ending):
    for label, segments in kit.splits(b"\n" + b"x" * limit + ending):
        reader = LineReader(kit.stream(*segments).recv, limit)
        kit.expect(reader.read_line(), b"\n", f"the line before it is handed out, {label}")
        kit.expect_raises(
            LineTooLong,
            reader.read_line,
            want=f"limit {limit}: a line with {limit} bytes before its LF is too long, {label}",
        )


def test_an_endless_line_is_not_kept():
    limit, taken = 1000, 0

    def endless(size: int) -> bytes:
        nonlocal taken
        taken += size
        kit.expect_that(
            taken <= limit + 4 * server.RECV_SIZE,
            f"LineTooLong, limit {limit}: what a peer can make you hold must have an end",
            f"{taken} bytes taken from a peer that never sends LF, and it asks for more",
        )
        return b"x" * size

    kit.did("a peer sends b'xxxx…' for ever")
    kit.expect_raises(LineTooLong, LineReader(endless, limit).read_line, want="LineTooLong")


def test_a_segment_is_taken_whole():
    peer = kit.stream(b"x" * 4000 + b"\n")
    LineReader(peer.recv).read_line()
    kit.expect_that(
        len(peer.calls) <= 8,
        "a handful of calls of recv for a segment of 4001 bytes: each is a call into the kernel",
        f"{len(peer.calls)} calls, the first asked for {peer.calls[0][0]} byte(s)",
    )


def counted(base: type, work: list[int]) -> type:
    """Return a kind of bytes or bytearray that notes in `work` every byte it looks at or copies."""

    def again(value: object) -> object:
        return Counted(value) if isinstance(value, base) else value

    def whole(name: str) -> object:
        def method(self: object, *args: object) -> object:
            work.append(len(self))
            result = getattr(base, name)(self, *args)
            return type(result)(map(again, result)) if isinstance(result, (list, tuple)) else result

        return method

    def search(name: str) -> object:
        def method(self: object, wanted: object, start: int = 0, stop: int | None = None) -> int:
            end = len(self) if stop is None else min(stop, len(self))
            place = base.find(self, wanted, start, end)
            work.append(max(0, (place if place >= 0 else end) - start))
            return getattr(base, name)(self, wanted, start, end)

        return method

    class Counted(base):
        def __getitem__(self, key):
            result = super().__getitem__(key)
            work.append(len(result) if isinstance(key, slice) else 1)
            return again(result)

        def __add__(self, other):
            work.append(len(self) + len(other))
            return Counted(base(self) + base(other))

        def __radd__(self, other):
            if type(other) is not bytes:
                return NotImplemented
            work.append(len(self) + len(other))
            return Counted(other + base(self))

        if base is bytearray:

            def __iadd__(self, other):
                work.append(len(other))
                self.extend(other)
                return self

    for name in ("partition", "split", "splitlines", "__contains__", "__iter__", "decode"):
        setattr(Counted, name, whole(name))
    for name in ("find", "index"):
        setattr(Counted, name, search(name))
    return Counted


SHAPES = [
    ("one line of 4000 bytes, byte by byte", [b"x"] * 4000 + [b"\n"]),
    ("2000 lines in one segment", [b"x\n" * 2000]),
]


@pytest.mark.parametrize(("story", "segments"), SHAPES, ids=[shape[0] for shape in SHAPES])
def test_each_byte_is_looked_at_once(monkeypatch, story, segments):
    work: list[int] = []
    monkeypatch.setattr(server, "bytearray", counted(bytearray, work), raising=False)
    kind = counted(bytes, work)
    peer = kit.stream(*segments)
    kit.did(f"a peer sends {story}; every byte that the reader looks at or copies is counted")
    all_lines(LineReader(lambda size: kind(peer.recv(size))), 5000)
    total = sum(map(len, segments))
    kit.expect_that(
        sum(work) <= 16 * total,
        f"some {4 * total} bytes of work at most for {total} bytes: a byte that was searched for "
        "an LF, or handed out, is not touched again",
        f"{sum(work)} bytes looked at or copied",
    )
