"""What the framework promises, each with the tests that hold it.

Apart from the page that shows them because a promise without its test is an opinion. Rule: the
table (``docs/includes/promises.toml``) names each test as pytest does, the page shows the names as
words, and a test that is not there fails the build with its near miss.
"""

import ast
import tomllib
from collections import defaultdict
from pathlib import Path

from workshop import ROOT, Problem
from workshop.book.testlist import words
from workshop.layout import near_miss

TABLE = ROOT / "docs" / "includes" / "promises.toml"


def page(table: Path = TABLE, tests: Path = ROOT / "tests") -> str:
    """A numbered list of the promises, and below each the tests that hold it."""
    lines = ['<div class="invariants" markdown>', ""]
    for promise in tomllib.loads(table.read_text(encoding="utf-8"))["promise"]:
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in promise["tests"]:
            file, _, name = test.partition("::")
            must_be_there(tests / file, name, table)
            by_file[file].append(words(name))
        held = "; ".join(f"{', '.join(names)} (`{file}`)" for file, names in by_file.items())
        lines.append(f"1.  {promise['rule']} *Held by:* {held}.")
    return "\n".join([*lines, "", "</div>"]) + "\n"


def must_be_there(file: Path, name: str, table: Path) -> ast.FunctionDef:
    """The test of this name in a file; a Problem, which names the table, where there is none."""
    where = f"docs/includes/{table.name}"
    if not file.is_file():
        raise Problem(f"{where}: there is no {file.name}")
    tree = ast.parse(file.read_text(encoding="utf-8"))
    known = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if name not in known:
        raise Problem(f"{where}: {file.name} has no {name}{near_miss(name, known)}")
    return known[name]
