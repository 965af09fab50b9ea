"""The house style that a machine can measure: DESIGN §6, rules 9 and 10."""

import ast

import pytest

from workshop import ROOT
from workshop.layout import Layout, module_file
from workshop.steps import load_steps

LINES_OF_A_FUNCTION = 25  # its docstring not counted
LINES_OF_A_MODULE = 220
DEEPEST = 3
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DRAFTS = [
    module_file(Layout().solution(step.name), module)
    for step in load_steps()
    for module in step.drafts + step.studies
]
MODULES = DRAFTS + [
    path
    for folder in ("workshop", "solutions/09_full_framework", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
]


def length(function):
    first = function.body[0]
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = first.end_lineno - first.lineno + 1 if told else 0
    return function.end_lineno - function.lineno + 1 - docstring


def depth(node, level=0):
    """How deep blocks stand in blocks; an elif stands beside its if, a function starts anew."""
    deepest = level
    for child in ast.iter_child_nodes(node):
        elif_ = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        inner = level + (isinstance(child, BLOCKS) and not elif_)
        deepest = max(deepest, 0 if isinstance(child, FUNCTIONS) else depth(child, inner))
    return deepest


def test_the_measures_measure():
    tree = ast.parse(
        "def f():\n  '''a\n  b'''\n  if a:\n    for b in c:\n      with d:\n        if e: pass\n"
        "  elif g: pass\n"
    )
    assert length(tree.body[0]) == 6
    assert depth(tree.body[0]) == 4


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_module_is_small_and_says_what_it_is(path):
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert len(source.splitlines()) <= LINES_OF_A_MODULE, "is there a second room inside?"
    said = [line for line in source.splitlines() if line.strip()]
    if path.name != "__init__.py" or len(said) > 3:
        told = ast.get_docstring(tree) or ""
        assert 3 <= len(told.splitlines()) <= 10, "a module opens with 3 to 10 lines"
    for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)):
        assert length(function) <= LINES_OF_A_FUNCTION, f"{function.name} is too long"
        assert depth(function) <= DEEPEST, f"{function.name} is too deep"
