"""Route patterns: what may stand between two slashes.

Apart, because a pattern is read once and matched often. Text around a parameter is compared as
text, only the value meets a regular expression. The rule: grammar first, conversion second.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

from groundup.suggest import did_you_mean
from groundup.urls import has_dot_segment, quote_path, quote_segment

NO_MATCH: Final = object()


def finite(text: str) -> float:
    """A float that JSON can write."""
    if isfinite(value := float(text)):
        return value
    raise ValueError(text)


@dataclass(frozen=True)
class Converter:
    """What one kind of parameter accepts, and how it turns into a value and back."""

    regex: str
    to_python: Callable[[str], Any] = str
    to_url: Callable[[Any], str] = str
    rank: int = 30
    many: bool = False


CONVERTERS: Final[Mapping[str, Converter]] = {
    "int": Converter("[0-9]+", int, rank=1),
    "float": Converter("[0-9]+([.][0-9]+)?", finite, rank=2),
    "str": Converter("(?s:.)+", rank=80),
    "path": Converter("[^/](?s:.)*", rank=90, many=True),
}


@dataclass(frozen=True)
class Segment:
    """Text, or a parameter with text around it."""

    prefix: str
    name: str = ""
    kind: str = "str"
    converter: Converter = CONVERTERS["str"]
    suffix: str = ""

    @property
    def shape(self) -> tuple[Any, ...]:
        """What it accepts, whatever its parameter is called."""
        return (self.prefix, self.converter, self.suffix) if self.name else (self.prefix,)

    @property
    def order(self) -> tuple[int, ...]:
        """Its place among others: text, much text around a value, low rank, many segments."""
        if not self.name:
            return (0,)
        kind = 2 if self.converter.many else 1
        return kind, -len(self.prefix + self.suffix), self.converter.rank

    def match(self, text: str) -> Any:
        """The value in a decoded segment, or NO_MATCH."""
        end = len(text) - len(self.suffix)
        value = text[len(self.prefix) : end]
        if self.prefix + value + self.suffix != text:
            return NO_MATCH
        if not re.fullmatch(self.converter.regex, value):
            return NO_MATCH
        try:
            return self.converter.to_python(value)
        except ValueError:
            return NO_MATCH

    def url(self, values: Mapping[str, Any]) -> str:
        """This segment, encoded, with its parameter filled in."""
        if not self.name:
            return quote_segment(self.prefix)
        value = values[self.name]
        text = f"{self.prefix}{self.converter.to_url(value)}{self.suffix}"
        if has_dot_segment(text) or self.match(text) is NO_MATCH:
            raise ValueError(f"{value!r} does not fit <{self.kind}:{self.name}>")
        return quote_path(text) if self.converter.many else quote_segment(text)


def parse_pattern(pattern: str, converters: Mapping[str, Converter]) -> tuple[Segment, ...]:
    """The segments of a pattern, or ValueError with a sentence that says what is wrong."""
    if pattern == "":
        return ()
    first, *texts = pattern.split("/")
    if first:
        raise ValueError(f"{pattern!r} does not begin with a slash")
    if has_dot_segment(pattern) or not all(texts[:-1]):
        raise ValueError(f"{pattern!r} has a segment that no client sends")
    segments = tuple(parse_segment(text, converters) for text in texts)
    names = [segment.name for segment in segments if segment.name]
    if len(names) != len(set(names)):
        raise ValueError(f"{pattern!r} has two parameters of one name")
    if [segment.converter.many for segment in segments].count(True) > 1:
        raise ValueError(f"{pattern!r} has two parameters that take many segments")
    return segments


def parse_segment(text: str, converters: Mapping[str, Converter]) -> Segment:
    """One piece between two slashes: `v<int:n>`, `{name}.json`, `users`."""
    for opening, closing in ("<>", "{}"):
        prefix, found, rest = text.partition(opening)
        inside, closed, suffix = rest.partition(closing)
        if not (found and closed):
            continue
        first, colon, second = inside.partition(":")
        kind, name = (first, second) if opening == "<" else (second, first)
        if not colon:
            kind, name = "str", inside
        return parameter(text, (prefix, name, kind, suffix), converters)
    check_literal(text, text)
    return Segment(text)


def parameter(
    text: str, parts: tuple[str, str, str, str], converters: Mapping[str, Converter]
) -> Segment:
    """A segment with a parameter, checked."""
    prefix, name, kind, suffix = parts
    check_literal(prefix + suffix, text)
    if not name.isidentifier():
        raise ValueError(f"{text!r}: {name!r} is no name for a parameter")
    if kind not in converters:
        raise ValueError(f"no converter is called {kind!r}{did_you_mean(kind, converters)}")
    if converters[kind].many and prefix + suffix:
        raise ValueError(f"{text!r}: nothing may stand beside a {kind}")
    return Segment(prefix, name, kind, converters[kind], suffix)


def check_literal(literal: str, text: str) -> None:
    """Refuse what looks like a parameter that went wrong, or like a query."""
    if set(literal) & set("<>{}?#"):
        raise ValueError(f"{text!r} is neither text nor one parameter")
