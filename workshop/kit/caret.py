r"""Show two values so that their first difference cannot be missed.

Apart from the rest because it is pure: values in, text out. Rule: the text is
short whatever the values are, and the caret stands under the first byte,
character or item that differs.

    compare(b"hel", b"hello\\n")  ->  want b"hello\\n",  got b"hel"
                                                             ^ ends here: 3 bytes are missing
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BEFORE = 28  # cells kept before the difference
AFTER = 30  # cells kept after it
SHORT = 72  # cells that are shown in any case
WIDTH = 76  # columns that a value may take before it is cut


def show(value: object, width: int = WIDTH) -> str:
    """Repr with double quotes, cut in its middle to `width` columns."""
    if isinstance(value, bytes | bytearray | memoryview):
        value = bytes(value)
        text = 'b"' + "".join(_cells(value[: width * 2])) + '"'
        if len(text) <= width and len(value) <= width * 2:
            return text
        return _cut_sequence(value, width)
    if isinstance(value, str):
        text = '"' + "".join(_cells(value[: width * 2])) + '"'
        if len(text) <= width and len(value) <= width * 2:
            return text
        return _cut_sequence(value, width)
    text = _plain(value)
    if len(text) <= width:
        return text
    return text[: width * 2 // 3] + " … " + text[-(width // 3 - 3) :]


def _cut_sequence(value: bytes | str, width: int) -> str:
    keep = width // 2 - 4
    head, tail = _cells(value[:keep]), _cells(value[-8:])
    shown = ""
    for cell in head:
        if len(shown) + len(cell) > keep:
            break
        shown += cell
    unit = "bytes" if isinstance(value, bytes) else "characters"
    mark = 'b"' if isinstance(value, bytes) else '"'
    return f'{mark}{shown}…{"".join(tail)}" ({len(value)} {unit})'


def _plain(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    if type(value) is tuple:
        inner = ", ".join(_plain(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, bytes | str):
        return ("b" if isinstance(value, bytes) else "") + '"' + "".join(_cells(value)) + '"'
    return repr(value)


def _cells(value: bytes | str) -> list[str]:
    """One printable piece for each byte or character."""
    characters = [chr(b) for b in value] if isinstance(value, bytes) else list(value)
    ascii_only = isinstance(value, bytes)
    return [_cell(character, ascii_only) for character in characters]


def _cell(character: str, ascii_only: bool) -> str:
    if character == '"':
        return '\\"'
    if character == "'":
        return "'"
    if ascii_only and ord(character) > 126:
        return f"\\x{ord(character):02x}"
    return repr(character)[1:-1]


def compare(got: object, want: object) -> tuple[str, str]:
    """(text of want, text of got); the second may hold a line with a caret."""
    if isinstance(got, bytearray | memoryview):
        got = bytes(got)
    if isinstance(want, bytes) and isinstance(got, bytes):
        return _compare_text(got, want, "byte")
    if isinstance(want, str) and isinstance(got, str):
        return _compare_text(got, want, "character")
    if isinstance(want, list | tuple) and isinstance(got, type(want)):
        return _compare_items(got, want)
    if isinstance(want, dict) and isinstance(got, dict):
        return _compare_keys(got, want)
    shown_want, shown_got = show(want), show(got)
    if type(want) is not type(got) and want is not None and got is not None:
        return f"{shown_want} ({type(want).__name__})", f"{shown_got} ({type(got).__name__})"
    return shown_want, shown_got


def first_difference(got: Sequence[object], want: Sequence[object]) -> int:
    """Index of the first place where the two differ (or where the shorter ends)."""
    for index, (left, right) in enumerate(zip(got, want, strict=False)):
        if left != right:
            return index
    return min(len(got), len(want))


def _compare_text(got: bytes | str, want: bytes | str, unit: str) -> tuple[str, str]:
    place = first_difference(got, want)
    start = 0 if place <= BEFORE + 4 else place - BEFORE
    shown_want, _ = _window(want, start, place)
    shown_got, column = _window(got, start, place)
    return shown_want, f"{shown_got}\n{' ' * column}^ {_label(len(got), len(want), place, unit)}"


def _window(value: bytes | str, start: int, place: int) -> tuple[str, int]:
    stop = max(place + AFTER, start + SHORT)
    before = _cells(value[start:place])
    after = _cells(value[place:stop])
    opening = ("b" if isinstance(value, bytes) else "") + '"' + ("…" if start else "")
    closing = ("…" if stop < len(value) else "") + '"'
    text = opening + "".join(before) + "".join(after) + closing
    return text, len(opening) + sum(map(len, before))


def _label(got: int, want: int, place: int, unit: str) -> str:
    if place >= got:
        missing = want - got
        return f"ends here: {missing} {unit}{' is' if missing == 1 else 's are'} missing"
    if place >= want:
        extra = got - want
        return f"{unit} {place}: {extra} {unit}{'' if extra == 1 else 's'} too many"
    return f"{unit} {place}"


def _compare_items(got: Sequence[object], want: Sequence[object]) -> tuple[str, str]:
    place = first_difference(got, want)
    shown_want, shown_got = _plain(want), _plain(got)
    label = _label(len(got), len(want), place, "item")
    if max(len(shown_want), len(shown_got)) <= WIDTH:
        column = len(_plain(list(got[:place]))[:-1]) + (2 if 0 < place < len(got) else 0)
        label += _inside(got, want, place)
        return shown_want, f"{shown_got}\n{' ' * max(column, 1)}^ {label}"
    if place >= len(got):
        return f"item {place}: {show(want[place])}", f"{len(got)} of {len(want)} items"
    if place >= len(want):
        return f"{len(want)} items", f"{len(got)} items; item {place}: {show(got[place])}"
    return _labelled(f"item {place}: ", got[place], want[place])


def _inside(got: Sequence[object], want: Sequence[object], place: int) -> str:
    """`, from byte 5`, where the items begin alike."""
    if place >= min(len(got), len(want)):
        return ""
    left, right = got[place], want[place]
    for kind, unit in ((bytes, "byte"), (str, "character")):
        if isinstance(left, kind) and isinstance(right, kind):
            start = first_difference(left, right)
            return f", from {unit} {start}" if start else ""
    return ""


def _compare_keys(got: Mapping[object, object], want: Mapping[object, object]) -> tuple[str, str]:
    if max(len(repr(got)), len(repr(want))) <= WIDTH // 2:
        return repr(want), repr(got)
    for key in want:
        if key not in got:
            return f"[{key!r}]: {show(want[key])}", f"no {key!r} among {show(list(got))}"
        if got[key] != want[key]:
            return _labelled(f"[{key!r}]: ", got[key], want[key])
    extra = [key for key in got if key not in want]
    return "no other keys", f"also {show(extra)}"


def _labelled(label: str, got: object, want: object) -> tuple[str, str]:
    shown_want, shown_got = compare(got, want)
    first, _, rest = shown_got.partition("\n")
    tail = f"\n{' ' * len(label)}{rest}" if rest else ""
    return label + shown_want, label + first + tail
