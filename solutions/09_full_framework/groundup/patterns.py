"""Route patterns: what may stand between two slashes.

Apart from the tree because a pattern is read once, when a route is registered, and the
tree only asks its segments whether they fit. Three spellings mean the same: `<int:id>`,
`{id:int}`, and, where any text will do, `<id>` or `{id}`.
The rule: a value must match its converter's whole grammar before Python converts it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, Final

from groundup.suggest import did_you_mean
from groundup.urls import has_dot_segment, quote_path, quote_segment


class Outcome(Enum):
    """What a segment says of a text that it has no value for."""

    NO_MATCH = "the text does not fit"


NO_MATCH: Final = Outcome.NO_MATCH

# <kind:name>, <name>, {name:kind} or {name}
PARAMETER = re.compile(
    r"<(?:(?P<kind>\w+):)?(?P<name>[A-Za-z_]\w*)>"
    r"|\{(?P<braced>[A-Za-z_]\w*)(?::(?P<braced_kind>\w+))?\}"
)


def finite(text: str) -> float:
    """A float that JSON can write; ValueError when the digits overflow to infinity."""
    value = float(text)
    if math.isinf(value):
        raise ValueError("too large for a float")
    return value


@dataclass(frozen=True, slots=True)
class Converter:
    """What one kind of parameter accepts, and how it turns into a value and back.

    `regex` must match the whole decoded text; `to_python` may still refuse it with ValueError.
    A lower `rank` is tried first. `many` takes several segments, slashes and all.
    """

    regex: str
    to_python: Callable[[str], Any] = str
    to_url: Callable[[Any], str] = str
    rank: int = 30
    many: bool = False


# [0-9], not \d: \d also takes the digits of every other script. No sign, no "_", no space.
CONVERTERS: Final[Mapping[str, Converter]] = {
    "int": Converter("[0-9]+", int, rank=10),
    "float": Converter(r"[0-9]+(?:\.[0-9]+)?", finite, rank=20),
    "str": Converter("(?s:.+)", rank=40),
    "path": Converter("(?s:[^/].*)", rank=50, many=True),
}


class Segment:
    """One piece of a pattern: `prefix` alone, or a parameter with text around it.

    'users' → Segment('users')      'v<int:n>' → Segment('v', 'n', 'int', CONVERTERS['int'])
    `fullmatch(text)` is compiled from all of it; group 1 of what it finds is the value's text.
    """

    __slots__ = ("converter", "fullmatch", "kind", "name", "prefix", "suffix")

    def __init__(
        self,
        prefix: str,
        name: str = "",
        kind: str = "str",
        converter: Converter = CONVERTERS["str"],
        suffix: str = "",
    ) -> None:
        self.prefix, self.suffix = prefix, suffix
        self.name, self.kind, self.converter = name, kind, converter
        before, after = re.escape(prefix), re.escape(suffix)
        self.fullmatch = re.compile(f"{before}({converter.regex}){after}").fullmatch

    @property
    def shape(self) -> tuple[str, Converter, str]:
        """What it accepts, without its name: two patterns of equal shapes match the same paths."""
        return self.prefix, self.converter, self.suffix

    @property
    def order(self) -> tuple[int, int]:
        """Where this parameter stands among its neighbours: more literal text, lower rank first."""
        return -len(self.prefix + self.suffix), self.converter.rank

    def match(self, text: str) -> Any:
        r"""The value in a decoded segment, or NO_MATCH.

        <int:id>: '42' → 42      '٤٢', '4_2', '+42', '42\n' → NO_MATCH
        v<int:n>: 'v7' → 7       '7' → NO_MATCH
        `self.fullmatch(text)` must find something; `self.converter.to_python` makes a value of
        its group 1, and a ValueError from there is a NO_MATCH too.
        """
        found = self.fullmatch(text)
        if found is None:
            return NO_MATCH
        try:
            return self.converter.to_python(found[1])
        except ValueError:
            return NO_MATCH

    def url(self, values: Mapping[str, Any]) -> str:
        """This segment, encoded, with its parameter filled in; ValueError if it would not fit."""
        if not self.name:
            return quote_segment(self.prefix)
        text = self.prefix + self.converter.to_url(values[self.name]) + self.suffix
        if self.match(text) is NO_MATCH or has_dot_segment(text):
            raise ValueError(f"{values[self.name]!r} does not fit <{self.kind}:{self.name}>")
        return quote_path(text) if self.converter.many else quote_segment(text)


# One object for one spelling, in however many patterns it stands: fewer objects that a search
# among thousands of routes must fetch from memory.
make_segment = cache(Segment)


def parse_pattern(pattern: str, converters: Mapping[str, Converter]) -> tuple[Segment, ...]:
    """The segments of a pattern, or ValueError with a sentence that says what is wrong.

    '/users/<int:id>' → (Segment('users'), Segment('', 'id', 'int', …))      '' → ()
    """
    if not pattern:
        return ()
    if not pattern.startswith("/"):
        raise ValueError(f"a pattern begins with '/': write {'/' + pattern!r}")
    texts = pattern[1:].split("/")
    if "" in texts[:-1] or has_dot_segment(pattern):
        raise ValueError(f"{pattern!r} holds an empty or a dot segment: no client sends that")
    segments = tuple(parse_segment(text, converters) for text in texts)
    check_names(pattern, segments)
    return segments


def parse_segment(text: str, converters: Mapping[str, Converter]) -> Segment:
    """One piece between two slashes; ValueError when it is no literal and no parameter."""
    found = PARAMETER.search(text)
    if found is None:
        return parse_literal(text)
    name = found["name"] or found["braced"]
    kind = found["kind"] or found["braced_kind"] or "str"
    if kind not in converters:
        raise ValueError(f"no converter is called {kind!r}{did_you_mean(kind, converters)}")
    prefix, suffix = text[: found.start()], text[found.end() :]
    parse_literal(prefix + suffix)
    if converters[kind].many and (prefix or suffix):
        raise ValueError(f"{text!r}: a {kind} takes whole segments, nothing may stand beside it")
    return make_segment(prefix, name, kind, converters[kind], suffix)


def parse_literal(text: str) -> Segment:
    """Plain text; ValueError for what looks like a parameter that went wrong."""
    if re.search(r"[<>{}?#]", text):
        raise ValueError(f"{text!r} is neither text nor one parameter like <int:id> or {{id}}")
    return make_segment(text)


def check_names(pattern: str, segments: tuple[Segment, ...]) -> None:
    """Refuse a name used twice, and a second parameter that takes many segments."""
    names = [segment.name for segment in segments if segment.name]
    if len(set(names)) < len(names):
        raise ValueError(f"{pattern!r} uses a parameter's name twice")
    if sum(segment.converter.many for segment in segments) > 1:
        raise ValueError(f"{pattern!r}: where would one path end and the next begin? Use one")


def check_prefix(prefix: str) -> str:
    """`prefix` itself, or ValueError: it is '' or like '/api', without a slash at its end."""
    if prefix and (not prefix.startswith("/") or prefix.endswith("/")):
        raise ValueError(f"{prefix!r}: a prefix begins with '/' and does not end with one")
    return prefix


def join_patterns(prefix: str, pattern: str) -> str:
    """'/api' and '/users' → '/api/users'; '' means the prefix itself."""
    if pattern and not pattern.startswith("/"):
        raise ValueError(f"a pattern begins with '/': write {'/' + pattern!r}")
    return prefix + pattern
