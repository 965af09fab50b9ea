"""The Python blocks of the chapters, and of the pages about the framework, are tests.

A fence that says only ``python`` is run (or, if it starts with ``>>>``, is a doctest), in
the order of the page and in one namespace, with the solutions up to that chapter's step
behind ``import groundup``, or the finished framework. Rule: tests/book/test_chapters.py holds
every other fence to be a snippet that is included from tested source.
"""

from collections.abc import Callable
from doctest import ELLIPSIS
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.sybil import SybilCollection

from workshop.layout import FINISHED, Layout, module_name
from workshop.stack import Layer, Stack, solution_stack
from workshop.steps import load_steps

HERE = Path(__file__).resolve().parent


def with_stack_of(number: int) -> Callable[[dict[str, Any]], None]:
    """Return what puts a step's solution behind ``import groundup`` before a page."""

    def setup(namespace: dict[str, Any]) -> None:
        step = next(step for step in load_steps() if step.number == number)
        solution_stack(step).install()

    return setup


def with_finished(namespace: dict[str, Any]) -> None:
    """Put the finished framework, as one layer, behind ``import groundup`` before a page."""
    package = Layout().finished
    names = tuple(module_name(package, file) for file in sorted(package.rglob("*.py")))
    Stack((Layer(FINISHED, package, "solution", names),)).install()


def tested(pattern: str, setup: Callable[[dict[str, Any]], None]) -> Sybil:
    """Return what makes tests of one page's blocks."""
    return Sybil(
        path=str(HERE),
        parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS), SkipParser()],
        pattern=pattern,
        setup=setup,
    )


CHAPTERS = sorted((HERE / "chapters").glob("[0-9][0-9]_*.md"))
PAGES = ("use.md", "inside.md")

pytest_collect_file = SybilCollection(
    [
        *(tested(f"chapters/{path.name}", with_stack_of(int(path.name[:2]))) for path in CHAPTERS),
        *(tested(page, with_finished) for page in PAGES),
    ]
).pytest()
