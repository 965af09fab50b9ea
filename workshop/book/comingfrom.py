"""The page for those who come from another system: its blocks, its tables, the tests behind them.

Apart from the page because everything here is read: the blocks from what the tests run, the lines
that differ and what each system says of itself from ``docs/includes/coming_from.toml``. Rule: each
cell of ours leads to the source of a test, and a test that is not there fails the build.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from workshop import ROOT, Problem
from workshop.book.promises import must_be_there
from workshop.book.snippets import source_of
from workshop.book.testlist import words

TABLE = ROOT / "docs" / "includes" / "coming_from.toml"
EXAMPLES = ROOT / "docs" / "examples" / "coming_from"
SHOWN = "coming-from-tests.md"  # the page with the tests' source
PEERS = ("flask", "microdot", "bottle")

Entry = dict[str, Any]


@cache
def table(path: Path = TABLE) -> dict[str, list[Entry]]:
    """The whole table: `block`, `command`, `feature` and `peer`, each a list."""
    found: dict[str, list[Entry]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def everything() -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the name and the maker of each generated part."""
    for entry in table()["block"]:
        yield f"coming_from/{entry['file'].replace('/', '-')}.md", partial(block, entry)
    for text in dict.fromkeys(entry["text"] for entry in table()["feature"]):
        yield f"coming_from/features-{text}.md", partial(features, text)
    yield "coming_from/commands.md", commands
    yield "coming_from/peers.md", peers
    yield "coming_from/tests.md", tests


def block(entry: Entry) -> str:
    """A block of code, the lines that differ marked, and below it each of them with its reason."""
    source = (EXAMPLES / f"{entry['file']}.py").read_text(encoding="utf-8").rstrip("\n")
    changes = entry.get("changes", ())
    lines = source.splitlines()
    marked = " ".join(str(lines.index(change["ours"]) + 1) for change in changes)
    attribute = f' hl_lines="{marked}"' if marked else ""
    text = [f"```{{.python{attribute}}}", source, "```", ""]
    if not changes:
        return "\n".join([*text, "*Nothing differs.*", ""])
    text += ["| There | Here | Why |", "|---|---|---|"]
    text += [f"| `{one['theirs']}` | `{one['ours']}` | {one['why']} |" for one in changes]
    return "\n".join([*text, ""])


def features(text: str) -> str:
    """What a text says of its system, and what it is here, with the tests that hold it."""
    there = "The question" if text == "everywhere" else "What it says"
    lines = [f"| {there} | Here |", "|---|---|"]
    for entry in table()["feature"]:
        if entry["text"] == text:
            lines.append(f"| {entry['theirs']} | {linked(entry)} |")
    return "\n".join(lines) + "\n"


def commands() -> str:
    """The lines for the shell."""
    lines = ["| There | Here | Why it differs |", "|---|---|---|"]
    for entry in table()["command"]:
        test = linked({"ours": "test", "tests": entry["tests"]})
        here = f"`{entry['ours']}` ({test})"
        lines.append(f"| `{entry['theirs']}` | {here} | {entry.get('why', 'it does not')} |")
    return "\n".join(lines) + "\n"


def peers() -> str:
    """A row a feature, a column a framework; our cell leads to a test."""
    lines = ["| | groundup | Flask | Microdot | Bottle |", "|---|---|---|---|---|"]
    for entry in table()["peer"]:
        others = " | ".join(entry[name] for name in PEERS)
        lines.append(f"| **{entry['feature']}** | {linked(entry)} | {others} |")
    return "\n".join(lines) + "\n"


def linked(entry: Entry) -> str:
    """What it is here, as a link to the first test, with numbers for the others."""
    names: Sequence[str] = entry["tests"]
    if not names:
        raise Problem(f"docs/includes/{TABLE.name}: no test holds {entry['ours']!r}")
    first, *others = (f'({SHOWN}#{anchor(name)} "{title(name)}")' for name in names)
    more = "".join(f" [{number}]{link}" for number, link in enumerate(others, start=2))
    return f"[{entry['ours']}]{first}{more}"


def anchor(name: str) -> str:
    """The id of a test on its page: its file's stem and its name."""
    file, _, test = name.partition("::")
    return f"{Path(file).stem}-{test}".replace("_", "-").removeprefix("test-")


def title(name: str) -> str:
    """A test's name as words."""
    return words(name.partition("::")[2])


def tests() -> str:
    """The source of every test that a cell leads to, file by file."""
    entries = (entry for kind in ("feature", "command", "peer") for entry in table()[kind])
    by_file: dict[str, list[str]] = {}
    for name in dict.fromkeys(name for entry in entries for name in entry["tests"]):
        by_file.setdefault(name.partition("::")[0], []).append(name)
    return "\n".join(part for file in sorted(by_file) for part in tests_of(file, by_file[file]))


def tests_of(file: str, names: Sequence[str]) -> Iterator[str]:
    """A heading for a file, then its tests."""
    yield f"## `{file}` {{#{file.replace('/', '-').removesuffix('.py').lower()}}}\n"
    path = ROOT / "tests" / file
    for name in names:
        test = name.partition("::")[2]
        must_be_there(path, test, TABLE)
        yield f"#### {title(name)} {{#{anchor(name)}}}\n"
        yield f"```python\n{source_of(path, test)}\n```\n"
