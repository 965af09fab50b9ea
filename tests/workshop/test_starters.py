"""A starter is the finished file with holes: what is not a target stays byte for byte."""

import ast
from pathlib import Path

import pytest
from smallrepo import DRAFT_WORDS, MARKS, ONE, TWO, WORDS, build

from workshop import Problem
from workshop.layers.source import all_code, has_hole
from workshop.layers.starters import cut
from workshop.steps import Task

TASK = Task("4.2", "say it", 5, (), "rule", ("", "", ""), "")


def test_only_the_body_of_a_target_goes_and_its_comments_with_it(tmp_path: Path):
    layout = build(tmp_path)
    starter = (layout.mine(ONE) / "words.py").read_text("utf-8")
    finished = DRAFT_WORDS.splitlines()
    left = [line for line in finished if line not in starter.splitlines()]
    assert left == [
        "        # a comment inside the body",
        "        return text.split()",
        "        return self.split(text)[0]",
    ]
    new = [line for line in starter.splitlines() if line not in finished]
    assert new == [
        '        raise NotImplementedError("Task 1.1: do 1.1")',
        '        raise NotImplementedError("Task 1.3: do 1.3")',
    ]


def test_without_a_docstring_the_hole_stands_right_below_the_signature():
    starter = cut(MARKS, {"count": TASK}, {}, "")
    assert starter.replace(
        '    raise NotImplementedError("Task 4.2: say it")\n',
        '    # no docstring here\n    total = text.count("!")\n    return total\n    # the end\n',
    ) == MARKS  # fmt: skip


SHAPES = {
    "one line": ("def f(é='ü'): return 1\n", "def f(é='ü'):\n    HOLE\n"),
    "long signature": (
        'def f(\n    a,\n) -> int:\n    """Say."""\n    return 1\n\n\nx = 1  # stays\n',
        'def f(\n    a,\n) -> int:\n    """Say."""\n    HOLE\n\n\nx = 1  # stays\n',
    ),
    "closing line": ("def f(\n    a,\n): return 1\n", "def f(\n    a,\n):\n    HOLE\n"),
    "async, decorated": (
        "@wrap\nasync def f():\n    await g()\n",
        "@wrap\nasync def f():\n    HOLE\n",
    ),
    "under if": (
        "if A:\n    def f():\n        return 1\nelse:\n    g = 1\n",
        "if A:\n    def f():\n        HOLE\nelse:\n    g = 1\n",
    ),
    "comment before the next method": (
        "class C:\n    def f(self):\n        return 1\n        # goes\n\n    # stays\n    g = 1\n",
        "class C:\n    def f(self):\n        HOLE\n\n    # stays\n    g = 1\n",
    ),
    "overload": (
        "@overload\ndef f(a: int) -> int: ...\ndef f(a):\n    return a\n",
        "@overload\ndef f(a: int) -> int: ...\ndef f(a):\n    HOLE\n",
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_function_is_cut(shape: str):
    source, wanted = SHAPES[shape]
    name = "C.f" if "class C" in source else "f"
    starter = cut(source, {name: TASK}, {}, "")
    hole = 'raise NotImplementedError("Task 4.2: say it")'
    assert starter == wanted.replace("HOLE", hole)
    ast.parse(starter)
    assert has_hole(starter, name)


def test_a_long_title_is_wrapped_and_quotes_survive():
    task = Task("4.2", 'say "it" ' + "again " * 10, 5, (), "r", ("", "", ""), "")
    starter = cut("def f():\n    return 1\n", {"f": task}, {}, "")
    assert max(map(len, starter.splitlines())) <= 100 and has_hole(starter, "f")
    with pytest.raises(NotImplementedError, match=r'Task 4\.2: say "it"'):
        exec(starter + "f()", {})


def test_a_change_target_is_given_as_the_layer_below_has_it_with_its_imports(tmp_path: Path):
    layout = build(tmp_path)
    starter = (layout.mine(TWO) / "words.py").read_text("utf-8")
    assert "import string\n" in starter
    assert '"""Return the word without marks at its ends, all of them."""' in starter
    assert all_code(starter, "Words.clean") == all_code(DRAFT_WORDS, "Words.clean")
    assert all_code(starter, "Words.split") == all_code(WORDS, "Words.split")


def test_a_target_that_is_no_function_is_named():
    with pytest.raises(Problem, match=r"task 4\.2: the target 'x' is no function"):
        cut("x = 1\n", {"x": TASK}, {}, "")
    with pytest.raises(Problem, match="no layer below has 'f'"):
        cut("def f():\n    return 1\n", {}, {"f": TASK}, "y = 1\n")


def test_a_change_that_needs_a_lost_helper_says_so():
    below = "def helper():\n    return 1\n\n\ndef f():\n    return helper()\n"
    with pytest.raises(Problem, match="older form of f needs helper"):
        cut("def f():\n    return 2\n", {}, {"f": TASK}, below)
