"""Scripted peers: sockets that do exactly what the test's script says.

Apart because they need no network: a test decides what each `recv` gives and how
much each `send` takes. Rule: a scripted peer never waits; after its script it
behaves like a peer that closed (reading) or that takes everything (writing).
"""

from __future__ import annotations

from workshop.kit.caret import show
from workshop.kit.recording import did
from workshop.kit.verdicts import Wrong

Segment = bytes | BaseException
Size = int | BaseException

ENOUGH = 1000  # calls of recv after the end
SHOWN_CALLS = 6  # calls told one by one before the middle is left out


def _told(calls: list[str]) -> str:
    if len(calls) <= SHOWN_CALLS:
        return ", ".join(calls)
    left_out = len(calls) - SHOWN_CALLS + 1
    return ", ".join([*calls[:4], f"… {left_out} more …", calls[-1]])


class Stream:
    """A peer to read from: `.recv(n)` gives the segments, cut at n, then b"" for ever."""

    def __init__(self, *segments: Segment) -> None:
        self._left: list[Segment] = [s for s in segments if s != b""]
        self.calls: list[tuple[int, Segment]] = []
        self._after_end = 0
        did(self)

    def recv(self, size: int) -> bytes:
        """The next segment, at most `size` bytes of it; an exception in the script is raised."""
        if size <= 0:
            raise Wrong("recv asked for at least one byte", f"recv({size})")
        piece = self._next(size)
        self._check_end(piece)
        self.calls.append((size, piece))
        if isinstance(piece, BaseException):
            raise piece
        return piece

    def _next(self, size: int) -> Segment:
        if not self._left:
            return b""
        segment = self._left.pop(0)
        if isinstance(segment, bytes) and len(segment) > size:
            self._left.insert(0, segment[size:])
            return segment[:size]
        return segment

    def _check_end(self, piece: Segment) -> None:
        """Whoever asks a thousand times after the end will ask for ever."""
        self._after_end = self._after_end + 1 if piece == b"" else 0
        if self._after_end > ENOUGH:
            raise Wrong(
                'reading ends when recv gives b""', f"{ENOUGH:,} more calls of recv after it"
            )

    def __str__(self) -> str:
        if not self.calls:
            waiting = [_segment(s, 40) for s in self._left]
            return f"a peer sends {', '.join(waiting) or 'nothing'} (no recv so far)"
        return f"recv gives {_told([_segment(s, 40) for _, s in self.calls])}"


def _segment(segment: Segment, width: int) -> str:
    if isinstance(segment, BaseException):
        return f"{type(segment).__name__}!"
    return show(segment, width) if segment else "the end"


class Sink:
    """A peer to write to: call number i of `.send` takes at most sizes[i] bytes."""

    def __init__(self, *sizes: Size) -> None:
        self._sizes = list(sizes)
        self._taken = bytearray()
        self.calls: list[tuple[int, Size]] = []
        did(self)

    @property
    def taken(self) -> bytes:
        """Every byte taken so far."""
        return bytes(self._taken)

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """Take some bytes and say how many; after the script, take all."""
        offered = bytes(data)
        size = self._sizes.pop(0) if self._sizes else len(offered)
        if isinstance(size, BaseException):
            self.calls.append((len(offered), size))
            raise size
        size = min(size, len(offered))
        self.calls.append((len(offered), size))
        self._taken += offered[:size]
        return size

    def sendall(self, data: bytes) -> None:
        """Not on offer: the loop round `send` is what the task asks for."""
        raise Wrong(
            "a loop round send(), which may take less than it is given", "a call of sendall()"
        )

    def __str__(self) -> str:
        told = [
            f"{size} of {offered}" if isinstance(size, int) else f"{type(size).__name__}!"
            for offered, size in self.calls
        ]
        return (
            f"send takes {_told(told)} bytes" if told else "a peer waits for bytes (no send so far)"
        )
