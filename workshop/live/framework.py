"""The finished framework, loaded into the workshop's own process to serve the book.

Apart because an `import groundup` elsewhere in the workshop would be a mistake: a suite's process
must see its own stack only. The rule: what is loaded here comes from solutions/09 and nowhere
else, by the same finder, and nothing of it is handed on to a subprocess.
"""

import sys

from workshop import Problem
from workshop.finder import installed
from workshop.layout import FINISHED, PACKAGE, Layout, module_name
from workshop.stack import Layer, Stack


def finished_stack(layout: Layout) -> Stack:
    """The finished package as a stack of one layer."""
    package = layout.finished
    files = [file for file in package.rglob("*.py") if file != package / "__init__.py"]
    modules = sorted(module_name(package, file) for file in files)
    return Stack((Layer(FINISHED, package, "solution", tuple(modules)),))


def load(layout: Layout | None = None) -> None:
    """Make `import groundup` mean the finished framework here; again does no harm.

    Problem if another stack is already in force: two frameworks in one process would be mixed.
    """
    stack = finished_stack(layout or Layout())
    if installed() is None or PACKAGE not in sys.modules:
        for fault in stack.problems():
            raise Problem(f"the book cannot be served: {fault.text}")
        stack.install()
    stack.prove()
