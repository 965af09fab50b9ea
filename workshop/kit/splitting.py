"""The ways in which a network may cut the same bytes into pieces.

Apart because every step's wire tables use it. Rule: what a test proves whole, it
proves at every split and byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator

from workshop.kit.caret import show
from workshop.kit.recording import cases


def _ways(data: bytes, limit: int | None) -> Iterator[tuple[str, list[bytes]]]:
    yield f"whole: {show(data, 60)}", [data]
    places = range(1, len(data))
    if limit is not None and len(places) > limit:
        step = len(places) / limit
        places_kept = sorted({1, len(data) - 1, *(1 + int(i * step) for i in range(limit))})
    else:
        places_kept = list(places)
    for place in places_kept:
        left, right = data[:place], data[place:]
        yield f"in two pieces, {show(left, 40)} and {show(right, 40)}", [left, right]
    if len(data) > 2:
        yield "byte by byte", [data[i : i + 1] for i in range(len(data))]


def splits(data: bytes, limit: int | None = None) -> Iterator[tuple[str, list[bytes]]]:
    """(label, segments): whole, every split in two (at most `limit` of them), byte by byte."""
    return cases(_ways(data, limit))
