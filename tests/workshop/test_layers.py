"""The rules of the house, over the real steps: layers, imports, names, tasks."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from workshop.book import framework
from workshop.book.framework import UPWARDS
from workshop.book.indexes import ROWS
from workshop.layers import sync
from workshop.layers.plan import LayerPlan, plan
from workshop.layers.source import docstring, functions
from workshop.layout import PACKAGE, Layout, module_file, module_name
from workshop.stack import solution_stack
from workshop.steps import Step, load_steps, target_module

LAYOUT = Layout()
STEPS = load_steps()
ORDER = list(ROWS)
FINISHED = sorted(LAYOUT.finished.rglob("*.py"))
DRAFTS = [
    module_file(LAYOUT.solution(step.name), module)
    for step in STEPS
    for module in step.drafts + step.studies
]


def by_name(step: Step) -> str:
    return step.name


def shown(file: Path) -> str:
    return LAYOUT.shown(file)


@cache
def tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


@cache
def plans() -> dict[str, LayerPlan]:
    return {made.step.name: made for made in plan(STEPS, LAYOUT)}


def imports(file: Path) -> Iterator[str]:
    """The modules of the framework that a file imports."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{shown(file)}:{node.lineno}: imports are absolute"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (n for n in names if n.startswith("groundup."))
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("groundup"))


def test_everything_generated_is_as_it_should_be():
    assert sync.problems() == []


def test_every_module_stands_in_one_row():
    rows = [name for names in ROWS.values() for name in names.split()]
    assert len(rows) == len(set(rows)), "a module stands in two rows"
    missing = {module_name(LAYOUT.finished, file).partition(".")[0] for file in FINISHED}
    assert missing - set(rows) <= {"__init__", "__main__"}


@pytest.mark.parametrize("file", [*FINISHED, *DRAFTS], ids=shown)
def test_an_arrow_points_down_or_sideways(file: Path):
    row = {name: ORDER.index(row) for row, names in ROWS.items() for name in names.split()}
    me = file.relative_to(next(p for p in file.parents if p.name == PACKAGE)).parts[0]
    me = me.removesuffix(".py")  # `engines/hub.py` stands where `engines` does
    for name in imports(file):
        other = name.split(".")[1]
        if me in row and other in row and (me, other) not in UPWARDS:
            assert row[other] <= row[me], f"{shown(file)} imports {other}, which stands above it"


def test_what_is_inside_a_package_stands_in_its_row():
    found = framework.modules()
    assert found["engines.hub"].row == "engines"
    assert "engines.hub" in found["engines.protocol"].imports
    assert "engines.httpprotocol" not in found["engines.hub"].imports, "that is for types alone"


@pytest.mark.parametrize("step", STEPS, ids=by_name)
def test_a_layer_imports_only_what_its_stack_has(step: Step):
    stack = solution_stack(step)
    known = set(stack.files())
    for layer in stack.layers[:1]:
        for module in layer.modules:
            for name in imports(layer.file(module)):
                wanted = name.removeprefix("groundup.")
                good = wanted in known or wanted.rpartition(".")[0] in known
                assert good, (
                    f"{shown(layer.file(module))} imports {name}: no layer of step {step.number}"
                )


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def names_of_others(file: Path) -> Iterator[str]:
    """Underscore names that a file takes from a module of the framework or an object of it."""
    nodes = list(ast.walk(tree(file)))
    own = {n.attr for n in nodes if isinstance(n, ast.Attribute) and is_self(n.value)}
    own |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    own |= {
        n.target.id
        for n in nodes
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    }
    standard = {a.asname or a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("groundup"):
            yield from (f"{node.module}.{a.name}" for a in node.names if private(a.name))
        if isinstance(node, ast.Attribute) and private(node.attr) and node.attr not in own:
            from_library = isinstance(node.value, ast.Name) and node.value.id in standard
            yield from [] if from_library else [f"line {node.lineno}: {ast.unparse(node)}"]


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


SUITES = [file for step in STEPS for file in sorted(LAYOUT.tests(step.name).rglob("*.py"))]
SCRIPTS = [file for step in STEPS for file in sorted(LAYOUT.step(step.name).glob("*.py"))]


@pytest.mark.parametrize("file", [*FINISHED, *DRAFTS, *SUITES, *SCRIPTS], ids=shown)
def test_nothing_uses_another_modules_underscore_names(file: Path):
    assert list(names_of_others(file)) == []


@pytest.mark.parametrize("step", STEPS, ids=by_name)
def test_a_step_is_whole(step: Step):
    assert step.minutes <= 90 or len(step.parts) > 1, "over 90 minutes a step has parts"
    assert [task.id for task in step.tasks if task.minutes > 30] == []
    suite = LAYOUT.tests(step.name)
    for task in step.tasks:
        files = list(suite.glob(f"test_{task.id.replace('.', '_')}_*.py"))
        assert files, f"task {task.id} has no test file test_{task.id.replace('.', '_')}_*.py"
        for hint in task.hints[2:]:
            assert len(hint.strip().splitlines()) <= 6, f"{task.id}: a sketch of at most six lines"


def lines_to_write(source: str, name: str) -> int:
    """The lines of a target's body, without docstring, comments and blank lines."""
    lines, count = source.splitlines(), 0
    for node in functions(ast.parse(source))[name]:
        first = node.body[1 if docstring(node) and len(node.body) > 1 else 0].lineno
        body = [line.strip() for line in lines[first - 1 : node.end_lineno]]
        count += sum(bool(line) and not line.startswith("#") for line in body)
    return count


@pytest.mark.parametrize("step", STEPS, ids=by_name)
def test_a_task_is_at_most_25_lines_to_write(step: Step):
    sources = plans()[step.name].sources
    for task in step.tasks:
        places = [(target_module(step, target) or "", target) for target in task.targets]
        written = [lines_to_write(sources[m], t.removeprefix(m + ".")) for m, t in places]
        assert sum(written) <= 25, f"task {task.id}: {written} lines"
