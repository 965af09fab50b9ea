"""Small damage to bytes: what a bad link, a clumsy client or an attacker does to a request.

Apart from the seeds so that any bytes can be damaged. Half of the mutations know nothing of HTTP;
the others know where lines, names, colons and numbers are, because that is where parsers differ.
Rule: everything comes from the `Random` that is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

import fuzzseeds

TELLING = b'\r\n\0\t :,;="/?#%@[]0-_\x01\x0b\x7f\x80\xa0\xff'
NUMBER = re.compile(rb"[0-9]+")
Mutation = Callable[[Random, bytes], bytes]


def place(rng: Random, data: bytes) -> int:
    """Anywhere in it, its end too."""
    return rng.randrange(len(data) + 1)


def stretch(rng: Random, data: bytes) -> tuple[int, int]:
    """Where a piece of a few bytes begins and ends."""
    start = place(rng, data)
    return start, min(len(data), start + rng.choice((1, 1, 2, 4, 16, 64)))


def flip(rng: Random, data: bytes) -> bytes:
    """One bit is another."""
    at = place(rng, data[1:])
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def replace(rng: Random, data: bytes) -> bytes:
    """One byte is one that means something."""
    at = place(rng, data[1:])
    return data[:at] + bytes([rng.choice(TELLING)]) + data[at + 1 :]


def insert(rng: Random, data: bytes) -> bytes:
    """One byte more."""
    at = place(rng, data)
    return data[:at] + bytes([rng.choice(TELLING)]) + data[at:]


def delete(rng: Random, data: bytes) -> bytes:
    """A piece is missing."""
    start, end = stretch(rng, data)
    return data[:start] + data[end:]


def duplicate(rng: Random, data: bytes) -> bytes:
    """A piece is there twice."""
    start, end = stretch(rng, data)
    return data[:end] + data[start:end] + data[end:]


def truncate(rng: Random, data: bytes) -> bytes:
    """The end is missing."""
    return data[: place(rng, data)]


def splice(rng: Random, data: bytes) -> bytes:
    """The beginning of this and the end of another one."""
    other = fuzzseeds.wire(rng, 0.2)
    return data[: place(rng, data)] + other[place(rng, other) :]


def lines(change: Callable[[Random, list[bytes], int], None]) -> Mutation:
    """A mutation from a change of one line, given as a list of lines and a place in it."""

    def mutation(rng: Random, data: bytes) -> bytes:
        parts = data.split(b"\r\n")
        change(rng, parts, rng.randrange(len(parts)))
        return b"\r\n".join(parts)

    mutation.__name__ = change.__name__
    return mutation


@lines
def double_line(rng: Random, parts: list[bytes], at: int) -> None:
    """A line is there twice."""
    parts.insert(place(rng, bytes(len(parts))), parts[at])


@lines
def drop_line(rng: Random, parts: list[bytes], at: int) -> None:
    """A line is missing."""
    del parts[at]


@lines
def move_line(rng: Random, parts: list[bytes], at: int) -> None:
    """A line stands elsewhere."""
    parts.insert(place(rng, bytes(len(parts) - 1)), parts.pop(at))


@lines
def change_case(rng: Random, parts: list[bytes], at: int) -> None:
    """A line in the other case."""
    parts[at] = rng.choice((parts[at].upper(), parts[at].lower(), parts[at].swapcase()))


@lines
def change_colon(rng: Random, parts: list[bytes], at: int) -> None:
    """Something odd where a name and its value meet."""
    name, colon, value = parts[at].partition(b":")
    parts[at] = name + (rng.choice(fuzzseeds.COLONS) if colon else b"") + value


@lines
def change_value(rng: Random, parts: list[bytes], at: int) -> None:
    """A field says something else, the sort of thing that such a field may say."""
    name, colon, _ = parts[at].partition(b":")
    known = {key.lower(): values for key, values in fuzzseeds.DECIDING}
    if colon:
        values = known.get(name.strip().lower(), fuzzseeds.VALUES)
        parts[at] = name + b": " + rng.choice(values)


@lines
def add_field(rng: Random, parts: list[bytes], at: int) -> None:
    """One more field line, odd as can be."""
    parts.insert(at, fuzzseeds.other(rng, 1.0).removesuffix(b"\r\n"))


def break_line(rng: Random, data: bytes) -> bytes:
    """A line ends in another way."""
    places = [match.start() for match in re.finditer(b"\r\n", data)]
    if not places:
        return data
    at = rng.choice(places)
    return data[:at] + rng.choice(fuzzseeds.BREAKS) + data[at + 2 :]


def change_number(rng: Random, data: bytes) -> bytes:
    """A number is one more, one less, or very large."""
    numbers = list(NUMBER.finditer(data))
    if not numbers:
        return data
    found = rng.choice(numbers)
    value = max(0, int(found[0][:30]) + rng.choice((-1, 1, 1 << 32)))
    return data[: found.start()] + b"%d" % value + data[found.end() :]


BLIND = (flip, replace, insert, delete, duplicate, truncate, splice)
KNOWING = (
    double_line, drop_line, move_line, change_case, change_colon, change_value, add_field,
    break_line, change_number,
)  # fmt: skip
MUTATIONS: tuple[Mutation, ...] = (*BLIND, *KNOWING)


def mutated(rng: Random, data: bytes) -> bytes:
    """The bytes after one to three mutations."""
    for _ in range(rng.choice((1, 1, 1, 1, 2, 2, 3))):
        if data:
            data = rng.choice(MUTATIONS)(rng, data)
    return data


def an_input(rng: Random) -> bytes:
    """What a fuzzer sends: odd requests as they are, ordinary ones damaged, and some of both."""
    data = fuzzseeds.wire(rng, rng.choice((0.0, 0.02, 0.08, 0.3)))
    return mutated(rng, data) if rng.random() < 0.6 else data
