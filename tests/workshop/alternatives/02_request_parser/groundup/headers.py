"""Header fields as a plain list of pairs, decoded at once (RFC 9110 §5).

Apart, because requests and responses share them. The rule: names are kept in lower case, order
and repetition as they came, and nothing is checked here.
"""

from collections.abc import Iterable, Iterator, Mapping

Pair = tuple[str, str]


class Headers:
    """(lower-case name, value) pairs that can be asked by name."""

    def __init__(
        self, source: "Headers | Mapping[str, str] | Iterable[Pair] | None" = None
    ) -> None:
        given = source.items() if isinstance(source, Headers | Mapping) else source or []
        self._pairs = [(name.lower(), value) for name, value in given]

    @classmethod
    def from_block(cls, block: bytes) -> "Headers":
        """Checked field lines, each with its CRLF."""
        headers = cls()
        for line in block.decode("latin-1").split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                headers.add(name, value.strip("\t "))
        return headers

    @classmethod
    def of(cls, pairs: list[Pair]) -> "Headers":
        """Pairs whose names are in lower case already."""
        headers = cls()
        headers._pairs = pairs
        return headers

    def items(self) -> list[Pair]:
        return self._pairs.copy()

    def get_all(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for key, value in self._pairs if key == wanted]

    def get(self, name: str, default: str | None = None) -> str | None:
        try:
            return self[name]
        except KeyError:
            return default

    def __getitem__(self, name: str) -> str:
        values = self.get_all(name)
        if not values:
            raise KeyError(name)
        return ("; " if name.lower() == "cookie" else ", ").join(values)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.keys()

    def keys(self) -> list[str]:
        seen: list[str] = []
        for name, _ in self._pairs:
            if name not in seen:
                seen.append(name)
        return seen

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self._pairs)

    def __setitem__(self, name: str, value: str) -> None:
        key, kept = name.lower(), list[Pair]()
        placed = False
        for pair in self._pairs:
            if pair[0] != key:
                kept.append(pair)
            elif not placed:
                kept.append((key, value))
                placed = True
        self._pairs = kept if placed else [*kept, (key, value)]

    def __delitem__(self, name: str) -> None:
        left = [pair for pair in self._pairs if pair[0] != name.lower()]
        if len(left) == len(self._pairs):
            raise KeyError(name)
        self._pairs = left

    def add(self, name: str, value: str) -> None:
        self._pairs.append((name.lower(), value))

    def setdefault(self, name: str, value: str) -> str:
        if name not in self:
            self.add(name, value)
        return self[name]

    def copy(self) -> "Headers":
        return Headers(self)

    def __eq__(self, other: object) -> bool:
        return self.items() == other.items() if isinstance(other, Headers) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # mutable, so it cannot be a key

    def __repr__(self) -> str:
        return f"Headers({self._pairs!r})"
