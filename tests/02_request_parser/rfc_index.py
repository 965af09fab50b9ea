"""The index of the book: every MUST of RFC 9112 §§2–9, and the cases that hold it.

`render()` makes the page's tables from rfc9112.toml; run as a script, this prints them.
`problems()` says what is missing, and a test of the workshop asks it.  Apart from the suite,
because the book reads it and no task depends on it.  Rule kept: nothing is written by hand that
can be counted: a case that does not exist, or a MUST without one, is named here.
"""

from __future__ import annotations

import ast
import html
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
WHO = {
    "server": "server",
    "client": "client",
    "intermediary": "proxy, gateway",
    "registry": "registry",
    "tls": "TLS",
}


def index() -> dict[str, Any]:
    """rfc9112.toml as it stands."""
    return tomllib.loads((HERE / "rfc9112.toml").read_text(encoding="utf-8"))


def wire_cases() -> dict[str, str]:
    """Id of every wire case → the table it stands in."""
    found: dict[str, str] = {}
    for path in sorted((HERE / "wire").glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="ascii"))["case"]:
            if row["id"] in found:
                raise ValueError(f"two wire cases are called {row['id']}")
            found[row["id"]] = path.name
    return found


def refusing() -> set[str]:
    """Ids of the wire cases that end in a refusal, or in a close."""
    tables = (
        tomllib.loads(path.read_text(encoding="ascii")) for path in (HERE / "wire").glob("*.toml")
    )
    return {
        row["id"]
        for table in tables
        for row in table["case"]
        if "refuse" in row or row.get("keeps") is False
    }


def test_functions() -> dict[str, str]:
    """Name of every test function of the suite → its file."""
    found: dict[str, str] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name] = path.name
    return found


def problems() -> list[str]:
    """What the index lacks, one sentence each; empty when it is whole."""
    data = index()
    return [*_miscounted(data), *_unheld(data), *_misnamed(data)]


def _miscounted(data: dict[str, Any]) -> Iterator[str]:
    listed = Counter(entry["section"] for entry in data["must"])
    for section in sorted(listed.keys() | data["counts"].keys()):
        wanted = data["counts"].get(section, 0)
        if listed[section] != wanted:
            yield f"§{section} has {wanted} MUSTs, the index lists {listed[section]}"


def _unheld(data: dict[str, Any]) -> Iterator[str]:
    for entry in [*data["must"], *data["also"]]:
        bound = entry["binds"] == "server"
        for side in ("accept", "refuse"):
            if bound and not entry.get(side):
                yield f"§{entry['section']} has no case to {side}: {entry['says']}"


def _misnamed(data: dict[str, Any]) -> Iterator[str]:
    known = wire_cases() | test_functions()
    refused = refusing()
    for entry in [*data["must"], *data["also"]]:
        for side in ("accept", "refuse"):
            for name in entry.get(side, ()):
                if name not in known:
                    yield f"§{entry['section']}: no case is called {name}"
                elif not name.startswith("test_") and (name in refused) != (side == "refuse"):
                    yield f"§{entry['section']}: {name} is not a case to {side}"


def render() -> str:
    """The tables of the index page, as Markdown."""
    data = index()
    server = [entry for entry in data["must"] if entry["binds"] == "server"]
    lines = [
        f"Sections 2 to 9 of RFC 9112 say MUST or MUST NOT **{len(data['must'])}** times; "
        f"**{len(server)}** of these bind a server. Each of those has cases that are accepted and "
        "cases that are refused. A name in the last two columns leads to its bytes; "
        "a sentence is the name of a test.",
        "",
        *_musts(data["must"], "9112"),
        "",
        "## RFC 9110, where it speaks of the same bytes",
        "",
        *_musts(data["also"], "9110"),
        "",
        f"## The {len(wire_cases())} wire cases",
        "",
        "Each is fed to the parser whole, cut in two at every place, and byte by byte.",
        *_tables(),
    ]
    return "\n".join(lines) + "\n"


def _musts(entries: list[dict[str, Any]], document: str) -> Iterator[str]:
    yield "| § | who | what must be | accepted | refused |"
    yield "|---|---|---|---|---|"
    known = wire_cases()
    for entry in entries:
        section = entry["section"]
        link = f"[{section}](https://www.rfc-editor.org/rfc/rfc{document}#section-{section})"
        accepted, refused = (_names(entry.get(side, ()), known) for side in ("accept", "refuse"))
        who = WHO[entry["binds"]]
        yield f"| {link} | {who} | {entry['says']} | {accepted} | {refused} |"


def _names(names: list[str], known: dict[str, str]) -> str:
    """Wire cases as links to their bytes, tests as the sentences that their names are."""
    sentences = (name.removeprefix("test_").replace("_", " ") for name in names)
    cells = (
        f"[{name}](#{name})" if name in known else f"*{sentence}*"
        for name, sentence in zip(names, sentences, strict=True)
    )
    return "<br>".join(cells)


def _tables() -> Iterator[str]:
    for path in sorted((HERE / "wire").glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="ascii"))
        yield from ("", f"### {path.stem.replace('_', ' ').capitalize()}", "")
        if "prefix" in table:
            yield from (f"Each of these follows {_code(table['prefix'])}.", "")
        yield "| case | bytes | answer | why |"
        yield "|---|---|---|---|"
        for row in table["case"]:
            name = f'<span id="{row["id"]}"></span>{row["id"]}'
            yield f"| {name} | {_code(row['wire'])} | {_answer(row)} | {_text(row['why'])} |"


def _answer(row: dict[str, Any]) -> str:
    """What must come out, in a word: a status, or how many requests."""
    if "refuse" in row:
        statuses = row["refuse"] if isinstance(row["refuse"], list) else [row["refuse"]]
        return " or ".join(f"**{status}**" for status in statuses)
    if "keeps" in row:
        return "stays open" if row["keeps"] else "closes"
    count = len(row["requests"])
    return {0: "nothing", 1: "a request"}.get(count, f"{count} requests")


def _code(wire: str) -> str:
    """Bytes as code that Markdown, inside a table, leaves alone."""
    shown = repr(wire.encode("latin-1"))[2:-1]
    if len(shown) > 110:
        shown = f"{shown[:80]} … {shown[-25:]}"
    return f"<code>{_text(shown)}</code>"


def _text(why: str) -> str:
    """A sentence as text: no mark of Markdown's means anything in it."""
    escaped = html.escape(why, quote=False)
    for mark in "\\|`*_[]":
        escaped = escaped.replace(mark, f"&#{ord(mark)};")
    return escaped


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.write(render())
