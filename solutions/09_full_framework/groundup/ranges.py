r"""Byte ranges: which bytes of a representation a client asks for (RFC 9110 §14).

Apart from the files because it is pure: a field and a size in, spans out, and the frame that
several of them are sent in. The rule: no byte is ever sent twice for one request, and the work
is bounded whatever the field holds: RFC 9110 §14.2 lets a server ignore a set of ranges that only
a broken client or an attacker would send.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from groundup.errors import ResponseError
from groundup.grammar import VALUE

# Ranges that one request may ask for. A reader of PDFs asks for a dozen; more is an attack.
MAX_RANGES: Final = 32
# Elements of the list, those that are empty included (RFC 9110 §5.6.1.2: "a reasonable number").
MAX_ELEMENTS: Final = 2 * MAX_RANGES
# Digits of a position, leading zeros aside: more bytes than this no disk has.
MAX_DIGITS: Final = 18

# RFC 9110 §14.1      ranges-specifier = range-unit "=" range-set      (units without case)
# RFC 9110 §14.1.1    range-set        = 1#range-spec
#                     int-range        = first-pos "-" [ last-pos ]
#                     suffix-range     = "-" suffix-length
BYTES: Final = re.compile(r"(?i:bytes)=(.*+)", re.DOTALL)
SPEC: Final = re.compile(r"([0-9]*+)-([0-9]*+)")


class Span(NamedTuple):
    """Some of the bytes: from `offset` on, `length` of them."""

    offset: int
    length: int

    @property
    def stop(self) -> int:
        """The first byte that is not in it."""
        return self.offset + self.length

    def content_range(self, size: int) -> str:
        """The value of Content-Range (RFC 9110 §14.4): 'bytes 0-4/10'."""
        return f"bytes {self.offset}-{self.stop - 1}/{size}"


def unsatisfied(size: int) -> str:
    """The Content-Range of a 416 (RFC 9110 §14.4, §15.5.17): 10 → 'bytes */10'."""
    return f"bytes */{size}"


def parse_ranges(field: str | None, size: int) -> list[Span] | None:
    """The spans of a Range field, in the order they were asked for; ranges that overlap are one.

    None: to be ignored, so that the answer is a 200 with everything: absent, another unit,
    malformed, too many. []: valid, but no byte of it exists, so a 416.
    'bytes=0-4' → [(0, 5)]      'bytes=-3' of 10 → [(7, 3)]      'bytes=10-' of 10 → []
    'bytes=5-9,0-6' → [(0, 10)]      'bytes=8-9,0-1' → [(8, 2), (0, 2)]
    """
    found = BYTES.fullmatch(field or "")
    elements = found[1].split(",", MAX_ELEMENTS) if found else []
    if len(elements) > MAX_ELEMENTS:
        return None
    texts = [text for text in (element.strip("\t ") for element in elements) if text]
    if not texts or len(texts) > MAX_RANGES:
        return None
    spans = []
    for text in texts:
        span = parse_spec(text, size)
        if span is None:
            return None
        spans.append(span)
    return coalesce(span for span in spans if span.length)


def parse_spec(text: str, size: int) -> Span | None:
    """One range of `size` bytes; None if it is none, and a length of 0 if no byte of it exists.

    '2-4' → (2, 3)      '2-' of 10 → (2, 8)      '-3' of 10 → (7, 3)      '4-2', '2', '-' → None
    '-3' of nothing → None: it is satisfiable (§14.1.2), but no Content-Range could say how.
    '-0' asks for no byte, whatever the size: a length of 0.
    """
    found = SPEC.fullmatch(text)
    if found is None or text == "-":
        return None
    first, last = found.groups()
    if not first:
        wanted = position(last)
        length = min(wanted, size)
        return Span(size - length, length) if size or not wanted else None
    start, stop = position(first), position(last) + 1 if last else size
    if last and stop <= start:
        return None
    return Span(start, max(0, min(stop, size) - start))


def position(digits: str) -> int:
    """A number of bytes. One too long to be true counts as 10**18: int() would be slow on it."""
    significant = digits.lstrip("0") or "0"
    return 10**MAX_DIGITS if len(significant) > MAX_DIGITS else int(significant)


def coalesce(spans: Iterable[Span]) -> list[Span]:
    """Make one of those that overlap (RFC 9110 §15.3.7.2), the order otherwise kept.

    So the bytes sent are never more than there are. Neighbours stay apart: who asks for 0-4 and
    5-9 gets two parts.
    """
    merged: list[tuple[int, Span]] = []  # with the place in the request, by their offset
    for place, span in sorted(enumerate(spans), key=lambda pair: pair[1]):
        if merged and span.offset < merged[-1][1].stop:
            earlier, last = merged[-1]
            stop = max(last.stop, span.stop)
            merged[-1] = (min(earlier, place), Span(last.offset, stop - last.offset))
        else:
            merged.append((place, span))
    return [span for _, span in sorted(merged)]


def multipart(
    spans: Iterable[Span], size: int, content_type: str, boundary: str
) -> tuple[list[bytes | Span], int]:
    r"""What a multipart/byteranges body is made of, and its length (RFC 9110 §14.6).

    [(0, 2), (8, 2)] of 10 → [b"--b\r\nContent-Type: …\r\n\r\n", (0, 2), b"\r\n--b…", (8, 2),
    b"\r\n--b--\r\n"]: bytes as they are, spans to be filled in. The boundary must be one that
    the content cannot know: let it be random. ResponseError for a type that would end its line.
    """
    if not VALUE.fullmatch(content_type.encode("latin-1", "replace")):
        raise ResponseError(f"a part cannot have the type {content_type!r}")
    pieces: list[bytes | Span] = []
    before = ""
    for span in spans:
        head = (
            f"{before}--{boundary}\r\nContent-Type: {content_type}\r\n"
            f"Content-Range: {span.content_range(size)}\r\n\r\n"
        )
        pieces += [head.encode("latin-1", "replace"), span]
        before = "\r\n"
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    length = sum(piece.length if isinstance(piece, Span) else len(piece) for piece in pieces)
    return pieces, length
