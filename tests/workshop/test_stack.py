"""``import groundup`` means the stack and nothing else; a file that is missing is named."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from smallrepo import ONE, THREE, TWO, build, edit, put

from workshop import ROOT, progress
from workshop.layout import Layout
from workshop.stack import Stack, learner_stack, solution_stack


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return build(tmp_path / "repo")


def python(stack: Stack, code: str, **around: str) -> "subprocess.CompletedProcess[str]":
    """Run code inside a stack, in a process of its own."""
    script = stack.paths[0].parent / "script.py"
    put(script, code)
    path = os.pathsep.join(filter(None, (str(ROOT), around.pop("PYTHONPATH", ""))))
    cwd = around.pop("cwd", None)
    bytecode = {"PYTHONDONTWRITEBYTECODE": ""}  # as on a learner's machine: caches are written
    return subprocess.run(
        [sys.executable, "-m", "workshop.within", str(script), "an argument"],
        env={**os.environ, **stack.environment(), "PYTHONPATH": path, **bytecode},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=30,
    )


def test_a_module_comes_from_the_highest_layer_that_has_it(layout: Layout):
    files = solution_stack(3, layout=layout).files()
    found = {module: layer.name for module, (layer, _) in files.items()}
    assert found == {"loud": THREE, "marks": ONE, "words": TWO}
    run = python(
        solution_stack(3, layout=layout),
        "import groundup, groundup.words, groundup.marks, sys\n"
        "print([m.__file__ for m in (groundup, groundup.words, groundup.marks)], sys.argv[1])",
    )
    assert run.stderr == "" and run.stdout.count(THREE) == 1, run
    assert run.stdout.count(TWO) == 1 and run.stdout.count(ONE) == 1, run.stdout
    assert run.stdout.rstrip().endswith("an argument")


def test_a_module_of_a_later_step_cannot_be_imported(layout: Layout):
    run = python(solution_stack(2, layout=layout), "import groundup.loud")
    assert "ModuleNotFoundError: no module groundup.loud in the stack" in run.stderr


@pytest.mark.parametrize("way", ["PYTHONPATH", "cwd", "site-packages"])
def test_another_groundup_never_wins(layout: Layout, tmp_path: Path, way: str):
    evil = tmp_path / "evil"
    put(evil / "groundup" / "__init__.py", "raise SystemExit('the other one')")
    put(evil / "groundup" / "loud.py", "")
    code = "import groundup\nfrom groundup.words import Words\nprint(Words().split('a b'))\n"
    code += "try:\n    import groundup.loud\nexcept ModuleNotFoundError:\n    print('no loud')"
    if way == "site-packages":  # what `pip install -e` does: a finder, and a path
        code = f"import sys; sys.path.insert(0, {str(evil)!r})\n" + code
    around = {"PYTHONPATH": str(evil)} if way == "PYTHONPATH" else {}
    around |= {"cwd": str(evil)} if way == "cwd" else {}
    run = python(solution_stack(2, layout=layout), code, **around)
    assert run.stdout.splitlines() == ["['a', 'b']", "no loud"], run


def test_what_was_imported_before_is_forgotten_and_the_rest_is_proved(layout: Layout):
    code = (
        "import sys, types\nfrom workshop.stack import from_environment\n"
        "sys.modules['groundup.fake'] = types.ModuleType('groundup.fake')\n"
        "stack = from_environment()\nstack.install()\n"
        "assert 'groundup.fake' not in sys.modules\nstack.prove()\n"
        "sys.modules['groundup.fake'] = types.ModuleType('groundup.fake')\nstack.prove()"
    )
    run = python(solution_stack(2, layout=layout), code)
    assert run.stderr.startswith("groundup.fake was imported from None"), run


def test_a_missing_module_is_never_answered_by_a_lower_layer(layout: Layout):
    stack = solution_stack(2, layout=layout)
    (layout.solution(TWO) / "words.py").unlink()
    assert [fault.text for fault in stack.problems()] == [
        "solutions/02_marks/groundup/words.py is missing"
    ]
    run = python(stack, "print('ran')")
    assert (run.returncode, run.stdout) == (2, "") and "words.py is missing" in run.stderr
    code = "from workshop.stack import from_environment\nfrom_environment().install()"
    script = layout.root / "direct.py"
    put(script, code)
    around = {**os.environ, **stack.environment(), "PYTHONPATH": str(ROOT)}
    direct = subprocess.run(
        [sys.executable, str(script)], env=around, capture_output=True, text=True, timeout=30
    )
    assert "words.py is missing" in direct.stderr, direct


BROKEN = [
    ("", "solutions/02_marks/groundup/words.py is empty"),
    ("  \n\n", "solutions/02_marks/groundup/words.py is empty"),
    ("x = 1\ndef f(:\n", "solutions/02_marks/groundup/words.py:2: invalid syntax\n    def f(:"),
    ("x = '\0'", "solutions/02_marks/groundup/words.py"),
]


@pytest.mark.parametrize(("text", "said"), BROKEN)
def test_a_broken_file_is_named_before_anything_is_imported(layout: Layout, text: str, said: str):
    put(layout.solution(TWO) / "words.py", text)
    faults = solution_stack(2, layout=layout).problems()
    assert len(faults) == 1 and faults[0].text.startswith(said), faults


def test_a_stack_survives_its_journey_through_the_environment(layout: Layout):
    stack = learner_stack(2, "mine", layout=layout)
    assert Stack.decode(stack.encode()) == stack


def test_another_package_can_take_a_layers_place(layout: Layout, tmp_path: Path):
    other = tmp_path / "other" / "groundup"
    put(other / "__init__.py", "")
    stack = solution_stack(3, replace={2: other}, layout=layout)
    assert [(la.name, la.origin) for la in stack.layers] == [
        (THREE, "solution"),
        (TWO, "other"),
        (ONE, "solution"),
    ]
    assert stack.paths[1] == other


def origins(stack: Stack) -> list[str]:
    return [layer.origin for layer in stack.layers]


def test_below_stands_mine_where_green_and_the_solution_elsewhere(layout: Layout):
    progress.load(layout.root).record({"1.1": "passed", "1.2": "passed", "1.3": "passed"})
    assert origins(learner_stack(3, layout=layout)) == ["mine", "solution", "mine"]
    assert origins(learner_stack(3, "mine", layout=layout)) == ["mine"] * 3
    assert origins(learner_stack(3, "solutions", layout=layout)) == ["mine", "solution", "solution"]
    shown = learner_stack(3, top_mine=False, layout=layout)
    assert origins(shown) == ["solution", "solution", "mine"]


def test_an_edit_within_the_same_second_is_seen(layout: Layout):
    """A cached bytecode of the same size and second would hide it."""
    stack, file = solution_stack(1, layout=layout), layout.solution(ONE) / "marks.py"
    times = (file.stat().st_atime, file.stat().st_mtime)
    code = "from groundup.marks import count\nprint(count('a!!'))"
    assert python(stack, code).stdout == "2\n"
    edit(file, 'count("!")', 'count("a")')
    os.utime(file, times)
    assert python(stack, code).stdout == "1\n"
    assert not list(layout.solution(ONE).rglob("*.pyc"))
