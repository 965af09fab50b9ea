"""Codings, another design: an element is read piece by piece, by no regular expression."""

from __future__ import annotations

from typing import Final

NAME: Final = set("!#$%&'*+.^_`|~-0123456789abcdefghijklmnopqrstuvwxyz")

IDENTITY: Final = "identity"
# Elements that are looked at. Browsers name four; there are not thirty codings in the registry.
MAX_ELEMENTS: Final = 32
ALIASES: Final = {"x-gzip": "gzip", "x-compress": "compress"}  # RFC 9110 §8.4.1


def parse_accept_encoding(field):
    found = {}
    for element in reversed(field.split(",")[:MAX_ELEMENTS]):
        name, semicolon, weight = (part.strip("\t ") for part in element.partition(";"))
        name = name.lower()
        if name and set(name) <= NAME and (value := weight_of(weight, semicolon)) is not None:
            found[ALIASES.get(name, name)] = value
    return dict(reversed(found.items()))


def weight_of(text, is_there):
    if not is_there:
        return 1.0
    number = text[2:]
    digits = number.replace(".", "", 1)
    good = text[:2].lower() == "q=" and number[:1] in ("0", "1") and number[1:2] in ("", ".")
    if not good or not (digits.isascii() and digits.isdecimal()) or len(digits) > 4:
        return None
    return float(number) if float(number) <= 1 else None


def preferred_codings(field, available):
    said = parse_accept_encoding(field or "")
    rest, plain = said.get("*", 0), said.get(IDENTITY, 0)
    weighed = [(said.get(coding, rest), coding) for coding in available]
    good = [pair for pair in weighed if pair[0] and pair[0] >= plain]
    return [coding for _, coding in sorted(good, key=lambda pair: pair[0], reverse=True)]
