"""Ways to send the same bytes: whole, byte by byte, cut where a seed or the caller says.

Apart because nothing of the answer may depend on them. Rule: the pieces together are the wire.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

LONG = 3000  # bytes; longer wires go in bigger pieces where others go byte by byte

Pieces = Callable[[bytes], Iterator[bytes]]


def whole(data: bytes) -> Iterator[bytes]:
    """In one piece."""
    yield data


def bytewise(data: bytes) -> Iterator[bytes]:
    """Byte by byte; a long wire in pieces of an odd size."""
    step = 1 if len(data) <= LONG else 4099
    for start in range(0, len(data), step):
        yield data[start : start + step]


def seeded(seed: str) -> Pieces:
    """Cut at one to three places, the same ones each time."""
    rng = random.Random(seed)

    def pieces(data: bytes) -> Iterator[bytes]:
        places = sorted(rng.randrange(len(data) + 1) for _ in range(rng.randint(1, 3)))
        for start, end in zip([0, *places], [*places, len(data)], strict=True):
            if start < end:
                yield data[start:end]

    return pieces


def cut_at(place: int) -> Pieces:
    """Cut the whole of what is sent in two, after `place` bytes."""
    sent = 0

    def pieces(data: bytes) -> Iterator[bytes]:
        nonlocal sent
        inside, sent = place - sent, sent + len(data)
        parts = (data[:inside], data[inside:]) if 0 < inside < len(data) else (data,)
        yield from parts

    return pieces
