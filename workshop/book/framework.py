"""The finished framework as data: its modules, their rows, what they say, what they import.

Apart from the pages that show it (``layers``), from the diagrams (``uml``) and from the reference,
which all ask the same questions. Everything is read by ``ast``: nothing is imported, so a broken
module breaks no page. Rule: a module stands in the row of its first name (``engines.hub`` in that
of ``engines``), and one that stands in none is a Problem.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workshop import Problem
from workshop.book.indexes import ROWS
from workshop.layout import Layout, module_name

PACKAGE = Layout().finished
UPWARDS = {("app", "launch")}  # App.run imports it when it is called: the one arrow that points up
OUTSIDE = ("__init__", "__main__")  # they stand in no row: one names things, one starts a command


@dataclass(frozen=True)
class Module:
    """One module: ``name`` as in Python below the package, ``told`` its docstring."""

    name: str
    file: Path
    tree: ast.Module
    told: str
    imports: frozenset[str]

    @property
    def row(self) -> str:
        """The row that it stands in."""
        return row_of(self.name)


def row_of(name: str) -> str:
    """The row of a module; a Problem if nobody has said where it belongs."""
    first = name.partition(".")[0]
    for row, names in ROWS.items():
        if first in names.split():
            return row
    raise Problem(f"workshop/book/indexes.py: say in ROWS where {first} belongs")


def modules(package: Path = PACKAGE) -> dict[str, Module]:
    """Every module that stands in a row, by name, in the order of ROWS, parts after the whole."""
    files = {module_name(package, file): file for file in sorted(package.rglob("*.py"))}
    inside = [name for name in files if name.removesuffix(".__init__") not in OUTSIDE]
    trees = {name: ast.parse(files[name].read_text(encoding="utf-8")) for name in inside}
    order = [first for names in ROWS.values() for first in names.split()]
    row_of_all = {name: row_of(name) for name in inside}  # a Problem comes before an index error
    inside = sorted(row_of_all, key=lambda name: (order.index(name.partition(".")[0]), name))
    return {
        name: Module(
            name,
            files[name],
            trees[name],
            ast.get_docstring(trees[name]) or "",
            frozenset(imported(trees[name], set(inside))),
        )
        for name in inside
    }


def imported(tree: ast.Module, known: set[str]) -> Iterator[str]:
    """The modules that a module needs when it is imported or runs; not those for types alone."""
    for node in needed(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            inner = name.removeprefix("groundup.")
            found = inner if inner in known else inner.rpartition(".")[0]
            if name.startswith("groundup.") and found in known:
                yield found


def needed(node: ast.AST) -> Iterator[ast.AST]:
    """Every node below this one, but for what stands under ``if TYPE_CHECKING``."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        yield child
        yield from needed(child)


def paragraphs(told: str) -> list[str]:
    """The paragraphs of a docstring, each on one line."""
    return [" ".join(part.split()) for part in told.split("\n\n") if part.strip()]
