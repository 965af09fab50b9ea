"""A dictionary whose keys are compared without case: for header fields kept as plain data.

Apart from `headers`, which also keeps what a mapping cannot: the order and the repetition of
fields on the wire. The rule: a key is found however it is spelled, and shown as written last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import TypeVar

Value = TypeVar("Value")


class CaseInsensitiveDict(MutableMapping[str, Value]):
    """`CaseInsensitiveDict({"Accept": "a"})["ACCEPT"]` → `"a"`. Equal where the pairs are."""

    def __init__(
        self, source: Mapping[str, Value] | Iterable[tuple[str, Value]] = (), **more: Value
    ) -> None:
        self._kept: dict[str, tuple[str, Value]] = {}
        self.update(source, **more)

    def __getitem__(self, key: str) -> Value:
        return self._kept[key.lower()][1]

    def __setitem__(self, key: str, value: Value) -> None:
        self._kept[key.lower()] = (key, value)

    def __delitem__(self, key: str) -> None:
        del self._kept[key.lower()]

    def __iter__(self) -> Iterator[str]:
        return (key for key, _ in self._kept.values())

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._kept

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        theirs = {str(key).lower(): value for key, value in other.items()}
        return {key: value for key, (_, value) in self._kept.items()} == theirs

    __hash__ = None  # type: ignore[assignment]  # mutable, so it cannot be a key

    def __repr__(self) -> str:
        return f"CaseInsensitiveDict({dict(self)!r})"

    def copy(self) -> CaseInsensitiveDict[Value]:
        """Another one with the same pairs."""
        return CaseInsensitiveDict(self)
