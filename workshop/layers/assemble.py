"""Write a stack out as one plain package, for tools that know nothing of layers.

A type checker, a packager and the import-direction test see a step as one tree. Apart because it
is the only place where layers become copies. The rule: the tree lies in the ignored folder
``build/stack`` and is made anew each time, so nobody mistakes it for source.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from workshop import Problem
from workshop.layout import PACKAGE, Layout
from workshop.stack import Stack, solution_stack
from workshop.steps import Step, find_step


def assemble(
    step: Step | str | int,
    stack: Stack | None = None,
    *,
    into: Path | None = None,
    layout: Layout | None = None,
) -> Path:
    """Write ``step``'s stack (default: the solutions') as ``INTO/groundup`` and return INTO.

    Problem when a file of the stack is missing or cannot be read.
    """
    layout = layout or Layout()
    step = step if isinstance(step, Step) else find_step(step, layout)
    stack = stack or solution_stack(step, layout=layout)
    for fault in stack.problems():
        raise Problem(fault.text)
    into = into or layout.root / "build" / "stack" / step.name
    if (into / PACKAGE).exists():
        shutil.rmtree(into / PACKAGE)
    for source, inside in _files(stack):
        target = into / PACKAGE / inside
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return into


def _files(stack: Stack) -> Iterable[tuple[Path, Path]]:
    """(file, its place in the package), for each module of the stack and its ``__init__``."""
    top = stack.layers[0]
    yield top.path / "__init__.py", Path("__init__.py")
    for layer, file in stack.files().values():
        yield file, file.relative_to(layer.path)
