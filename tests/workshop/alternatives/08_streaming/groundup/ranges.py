"""Ranges of bytes, read without a regular expression; those that overlap are joined one by one.

Another design than the solution's, which sorts them and sweeps over them.
"""

from collections import namedtuple

from groundup.errors import ResponseError
from groundup.grammar import VALUE

MAX_RANGES = 32
HUGE = 10**18
DIGITS = frozenset("0123456789")


class Span(namedtuple("Span", ("offset", "length"))):
    @property
    def stop(self):
        return self.offset + self.length

    def content_range(self, size):
        return f"bytes {self.offset}-{self.stop - 1}/{size}"

    def touches(self, other):
        return self.offset < other.stop and other.offset < self.stop

    def joined(self, other):
        offset = min(self.offset, other.offset)
        return Span(offset, max(self.stop, other.stop) - offset)


def unsatisfied(size):
    return f"bytes */{size}"


def parse_ranges(field, size):
    unit, equals, listed = (field or "").partition("=")
    if unit.lower() != "bytes" or not equals or listed.count(",") >= 2 * MAX_RANGES:
        return None
    texts = list(filter(None, (element.strip(" \t") for element in listed.split(","))))
    if not 0 < len(texts) <= MAX_RANGES:
        return None
    spans = [parse_spec(text, size) for text in texts]
    if None in spans:
        return None
    kept = []
    for span in spans:
        if span.length:
            add(kept, span)
    return kept


def add(kept, span):
    """Put a span behind the others, or in the place of the first of those that it overlaps."""
    place = len(kept)
    while True:
        met = next((number for number, other in enumerate(kept) if span.touches(other)), None)
        if met is None:
            kept.insert(place, span)
            return
        place, span = min(place, met), span.joined(kept.pop(met))


def parse_spec(text, size):
    dash = text.find("-")
    if dash < 0:
        return None
    before, after = text[:dash], text[dash + 1 :]
    if not DIGITS.issuperset(before) or not DIGITS.issuperset(after):
        return None
    if before:
        return from_first(number(before), number(after), size)
    if not after or (size == 0 and number(after)):
        return None
    offset = max(size - number(after), 0)
    return Span(offset, size - offset)


def from_first(first, last, size):
    if last is not None and last < first:
        return None
    if first >= size:
        return Span(size, 0)
    end = size if last is None or last >= size else last + 1
    return Span(first, end - first)


def number(digits):
    if not digits:
        return None
    digits = digits.lstrip("0")
    return HUGE if len(digits) > 18 else int(digits or "0")


def multipart(spans, size, content_type, boundary):
    if not VALUE.fullmatch(content_type.encode("latin-1", "replace")):
        raise ResponseError(f"no type of a part: {content_type!r}")
    pieces, total = [], 0
    for place, span in enumerate(spans):
        lines = [
            *([""] if place else []),
            f"--{boundary}",
            f"Content-Type: {content_type}",
            f"Content-Range: {span.content_range(size)}",
            "\r\n",
        ]
        head = "\r\n".join(lines).encode("latin-1", "replace")
        pieces += head, span
        total += len(head) + span.length
    pieces.append(f"\r\n--{boundary}--\r\n".encode())
    return pieces, total + len(pieces[-1])
