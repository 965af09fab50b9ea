r"""Header fields: names without case, order and repetition kept (RFC 9110 §5).

Apart, because requests and responses share them. A block that the parser has checked is kept as
it came and only decoded when somebody wants all of it: most handlers read two fields of thirteen.
The rule: nothing is checked here. The parser has checked what comes in, the writer checks what
goes out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from groundup.grammar import TOKEN

Pair = tuple[str, str]
NOTHING = re.compile(r"(?!)")


@lru_cache(maxsize=256)
def field_pattern(name: str) -> re.Pattern[str]:
    r"""What finds every value of a field in a block: after LF, name, colon and OWS, before OWS.

    Names come from the program and not from the peer, so few of them are ever kept.
    """
    if not TOKEN.fullmatch(name.encode("ascii", "replace")):
        return NOTHING
    return re.compile(rf"(?ai)\n{re.escape(name)}:[\t ]*+((?:[^\r]*[^\r\t ])?+)")


class Headers:
    r"""A list of (lower-case name, value) pairs that can be asked by name.

    `Headers([("Accept", "a"), ("ACCEPT", "b")])["accept"]` → `"a, b"`.
    `Headers(None)`, `Headers({"Accept": "a"})` and `Headers(other)`, a copy, work too.
    """

    __slots__ = ("_block", "_pairs")

    def __init__(
        self, source: "Headers | Mapping[str, str] | Iterable[Pair] | None" = None
    ) -> None:
        self._block = ""
        pairs = source.items() if isinstance(source, Headers | Mapping) else source or ()
        self._pairs: list[Pair] | None = [(name.lower(), value) for name, value in pairs]

    @classmethod
    def from_block(cls, block: bytes) -> "Headers":
        r"""Checked field lines as they came: `b"Host: a\r\nAccept: b\r\n"`, no empty line."""
        return cls.from_text("\n" + block.decode("latin-1"))  # now every name stands after a LF

    @classmethod
    def from_text(cls, text: str) -> "Headers":
        r"""The same lines as text, with a LF before the first: `"\nHost: a\r\nAccept: b\r\n"`."""
        headers = cls.__new__(cls)
        headers._pairs = None
        headers._block = text
        return headers

    @classmethod
    def of(cls, pairs: list[Pair]) -> "Headers":
        """A list of pairs taken over as it is: the names are in lower case already."""
        headers = cls.__new__(cls)
        headers._pairs = pairs
        headers._block = ""
        return headers

    def items(self) -> list[Pair]:
        """Every pair in order, repeated names too, names in lower case."""
        return list(self._decoded() if self._pairs is None else self._pairs)

    def get_all(self, name: str) -> list[str]:
        """Every value of the field in order; `[]` when it is absent."""
        raise NotImplementedError("Task 2.6: find a field by its name")

    def get(self, name: str, default: str | None = None) -> str | None:
        """The field's value, or `default`; repeated lines are joined by ", " (RFC 9110 §5.2).

        Cookie is joined by "; " (RFC 6265 §5.4). Set-Cookie cannot be joined: use `get_all`.
        """
        raise NotImplementedError("Task 2.6: find a field by its name")

    def __getitem__(self, name: str) -> str:
        """Like `get`, with a KeyError for an absent field."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.get_all(name))

    def keys(self) -> list[str]:
        """The distinct names in order of their first line."""
        return list(dict(self._decoded()))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._decoded())

    def __setitem__(self, name: str, value: str) -> None:
        """Replace every line of this name by one, at the place of the first."""
        pairs, key = self._decoded(), name.lower()
        places = [place for place, pair in enumerate(pairs) if pair[0] == key]
        if not places:
            pairs.append((key, value))
            return
        pairs[places[0]] = (key, value)
        for place in reversed(places[1:]):
            del pairs[place]

    def __delitem__(self, name: str) -> None:
        if name not in self:
            raise KeyError(name)
        self._pairs = [pair for pair in self._decoded() if pair[0] != name.lower()]

    def add(self, name: str, value: str) -> None:
        """One more line, whether or not the name is there already: `add("Set-Cookie", "a=1")`."""
        self._decoded().append((name.lower(), value))

    def setdefault(self, name: str, value: str) -> str:
        """Add the line only where the name is absent; the value that then holds."""
        if name not in self:
            self.add(name, value)
        return self[name]

    def copy(self) -> "Headers":
        """Another Headers with the same pairs."""
        return Headers(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._decoded() == other._decoded()

    __hash__ = None  # type: ignore[assignment]  # mutable, so it cannot be a key

    def __repr__(self) -> str:
        return f"Headers({self._decoded()!r})"

    def _decoded(self) -> list[Pair]:
        """All pairs; the first call decodes the block."""
        if self._pairs is None:
            lines = self._block[1:].split("\r\n")[:-1]
            split = (line.partition(":") for line in lines)
            self._pairs = [(name.lower(), value.strip(" \t")) for name, _, value in split]
        return self._pairs
