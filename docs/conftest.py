"""The Python blocks of the chapters are tests.

A fence that says only ``python`` is run (or, if it starts with ``>>>``, is a doctest), in
the order of the page and in one namespace, with the solutions up to that chapter's step
behind ``import groundup``. Rule: tests/book/test_chapters.py holds every other fence to
be a snippet that is included from tested source.
"""

from collections.abc import Callable
from doctest import ELLIPSIS
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.sybil import SybilCollection

from workshop.stack import solution_stack
from workshop.steps import load_steps

HERE = Path(__file__).resolve().parent


def with_stack_of(number: int) -> Callable[[dict[str, Any]], None]:
    """Return what puts a step's solution behind ``import groundup`` before a page."""

    def setup(namespace: dict[str, Any]) -> None:
        step = next(step for step in load_steps() if step.number == number)
        solution_stack(step).install()

    return setup


def chapter(path: Path) -> Sybil:
    """Return what makes tests of one chapter's blocks."""
    return Sybil(
        path=str(HERE),
        parsers=[PythonCodeBlockParser(doctest_optionflags=ELLIPSIS), SkipParser()],
        pattern=f"chapters/{path.name}",
        setup=with_stack_of(int(path.name[:2])),
    )


CHAPTERS = sorted((HERE / "chapters").glob("[0-9][0-9]_*.md"))

pytest_collect_file = SybilCollection([chapter(path) for path in CHAPTERS]).pytest()
