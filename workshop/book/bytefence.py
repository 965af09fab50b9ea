r"""A fence that draws bytes: each token in a box, with what it is written underneath.

One token a line, ``token | label | kind``; ``kind`` is ``mark``, ``good``, ``bad`` or
``dim`` and may be left out, like the label. Control bytes are written ``\r \n \t \0
\x7f``; a token with spaces at its ends or a ``|`` inside stands in double quotes. A
picture starts a new row after ``\n``, at an empty line, and at ``@ recv 1``, which
names the row. Options: ``title="…"``, and ``offsets="1"`` to number the bytes.
Rule: it is text, so that it can be searched, copied and read aloud.
"""

import re
from dataclasses import dataclass, field
from html import escape
from typing import Any

KINDS = ("", "mark", "good", "bad", "dim")
TOKEN = re.compile(r'^(?:"(?P<quoted>[^"]*)"|(?P<bare>[^|]*?))\s*(?:\|\s*(?P<rest>.*))?$')
ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|[rnt0\\])")
SPOKEN = {"\\r": "CR", "\\n": "LF", "\\t": "tab", "\\0": "NUL"}


@dataclass(frozen=True)
class Token:
    """Some bytes, as written, with their label and kind."""

    text: str
    label: str = ""
    kind: str = ""

    def size(self) -> int:
        """Return how many bytes the token stands for."""
        plain = ESCAPE.sub(".", self.text)
        return len(plain.encode("utf-8"))


@dataclass
class Row:
    """One line of the picture."""

    name: str = ""
    tokens: list[Token] = field(default_factory=list)


def parse(source: str) -> list[Row]:
    """Return the rows that a fence's text describes."""
    rows = [Row()]
    for line in source.splitlines():
        if line.startswith("@"):
            rows.append(Row(line[1:].strip()))
        elif not line.strip():
            rows.append(Row())
        else:
            token = parse_token(line.strip())
            rows[-1].tokens.append(token)
            if token.text.endswith("\\n"):
                rows.append(Row())
    return [row for row in rows if row.tokens or row.name]


def parse_token(line: str) -> Token:
    """Return the token that one line of the fence describes."""
    match = TOKEN.match(line)
    if match is None:
        raise ValueError(f"bytes fence: cannot read the line {line!r}")
    label, _, kind = (match["rest"] or "").rpartition("|")
    if kind.strip() not in KINDS[1:]:
        label, kind = match["rest"] or "", ""
    text = match["bare"] if match["quoted"] is None else match["quoted"]
    return Token(text, label.strip(), kind.strip())


def _glyphs(text: str) -> str:
    out, last = [], 0
    for match in ESCAPE.finditer(text):
        out.append(_plain(text[last : match.start()]))
        code = match[0]
        name = f' title="{SPOKEN[code]}"' if code in SPOKEN else ""
        out.append(f'<b class="bytes-control"{name}>{code}</b>')
        last = match.end()
    return "".join([*out, _plain(text[last:])])


def _plain(text: str) -> str:
    return escape(text).replace(" ", '<span class="bytes-space"> </span>')


def _token(token: Token, offset: int | None) -> str:
    kind = f" bytes-{token.kind}" if token.kind else ""
    number = "" if offset is None else f'<i class="bytes-offset">{offset}</i>'
    label = f'<span class="bytes-label">{escape(token.label)}</span>' if token.label else ""
    code = f"<code>{_glyphs(token.text)}</code>"
    return f'<span class="bytes-token{kind}">{number}{code}{label}</span>'


def render(rows: list[Row], title: str = "", offsets: bool = False) -> str:
    """Return the picture as HTML."""
    caption = f"<figcaption>{escape(title)}</figcaption>" if title else ""
    named = " bytes-named" if any(row.name for row in rows) else ""
    offset, lines = 0, []
    for row in rows:
        cells = []
        for token in row.tokens:
            cells.append(_token(token, offset if offsets else None))
            offset += token.size()
        name = f'<span class="bytes-name">{escape(row.name)}</span>' if named else ""
        lines.append(
            f'<div class="bytes-row">{name}<div class="bytes-line">{"".join(cells)}</div></div>'
        )
    return f'<figure class="bytes{named}">{"".join(lines)}{caption}</figure>'


def validate(
    language: str, inputs: dict[str, str], options: dict[str, Any], attrs: dict[str, Any], md: Any
) -> bool:
    """Accept the fence's options: superfences calls this."""
    for key, value in inputs.items():
        (options if key in ("title", "offsets") else attrs)[key] = value
    return True


def fence(
    source: str, language: str, css_class: str, options: dict[str, Any], md: Any, **kwargs: Any
) -> str:
    """Return the HTML of one fence: superfences calls this."""
    return render(parse(source), str(options.get("title", "")), bool(options.get("offsets")))
