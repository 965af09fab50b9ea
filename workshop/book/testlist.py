"""Which tests hold each task: read from the suite's source, never written down twice.

The tests are found by ``ast`` (a decorator or a ``pytestmark`` that names the task), so
nothing is imported and a suite with an error in it does not break the book.
Rule: a test's name is its sentence; the page shows the names as words.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from workshop import ROOT
from workshop.steps import Step


def page(step: Step) -> str:
    """Return a table: each task, the rule it keeps, the tests that hold it."""
    held = tests_of(ROOT / "tests" / step.name)
    lines = ["| Task | Rule | Held by |", "|---|---|---|"]
    for task in step.tasks:
        tests = held.get(task.id, [])
        files = sorted({file for file, _ in tests})
        count = f"{len(tests)} test{'s' * (len(tests) != 1)}"
        where = ", ".join(f"`{file}`" for file in files)
        words = "; ".join(name for _, name in tests[:4]) + ("; …" if len(tests) > 4 else "")
        lines.append(f"| **{task.id}** | {task.invariant} | {count} in {where}: *{words}* |")
    return "\n".join(lines) + "\n"


def tests_of(folder: Path) -> dict[str, list[tuple[str, str]]]:
    """Return the (file, test in words) pairs of a suite by the id of their task."""
    held: dict[str, list[tuple[str, str]]] = {}
    for path in sorted(folder.glob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        default = [t for node in tree.body if _is_pytestmark(node) for t in _tasks(node)]
        for name, tasks in _tests(tree):
            for task in tasks or default:
                held.setdefault(task, []).append((path.name, words(name)))
    return held


def _tests(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, [t for d in node.decorator_list for t in _tasks(d)]


def _is_pytestmark(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in targets)


def _tasks(node: ast.AST) -> list[str]:
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    return [
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "task"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    ]


def words(name: str) -> str:
    """Return a test's name as words: ``test_a_b`` is "a b"."""
    return name.removeprefix("test_").replace("_", " ")
