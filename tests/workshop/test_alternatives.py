"""Another step 02 to 09 passes the suites: these test behaviour, not our code.

`alternatives/` holds modules written from chapter, docstrings and RFC alone, and different in
design: no regular expression and no table of states in 02, no tree in 03, no stored
deadline in 04, a thread for each connection in 05, no streams in 06, an onion by recursion in 07,
a maker and a sender in 08, and in 09 no search for a part's end and one write for all that a peer
gets in a turn. What they leave out (values, nothing with a task in it) comes from the solution.
"""

import shutil
from pathlib import Path

import pytest

from workshop.checking import check
from workshop.checking.outcome import CheckResult
from workshop.layout import Layout, module_name
from workshop.stack import Stack, solution_stack
from workshop.steps import find_step, target_module

ALTERNATIVES = Path(__file__).parent / "alternatives"
NUMBERS = (2, 3, 4, 5, 6, 7, 8, 9)


@pytest.fixture(scope="module")
def layers(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """By step: a whole layer, the alternative's modules and for the rest the solution's."""
    made = {}
    for number in NUMBERS:
        name = find_step(str(number)).name
        made[number] = tmp_path_factory.mktemp(name) / "groundup"
        leave_out = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Layout().solution(name), made[number], ignore=leave_out)
        shutil.copytree(ALTERNATIVES / name / "groundup", made[number], dirs_exist_ok=True)
    return made


def stack_of(top: int, layers: dict[int, Path], replaced: tuple[int, ...]) -> Stack:
    return solution_stack(top, replace={number: layers[number] for number in replaced})


def red(result: CheckResult) -> list[str]:
    """Each task that is not green, of the step and of those before it, with what went wrong."""
    return [
        f"{task.id} {task.state} in {task.failed_test}: {task.failure}"
        for suite in (result, *result.regressions)
        for task in suite.tasks
        if not task.green
    ]


NEEDLESS = {"engines.poller"}  # where each connection has a thread, nobody watches for all


@pytest.mark.parametrize("number", NUMBERS)
def test_every_module_with_a_task_is_written_anew(number: int) -> None:
    step = find_step(str(number))
    folder = ALTERNATIVES / step.name / "groundup"
    written = {module_name(folder, file) for file in folder.rglob("*.py")} | NEEDLESS
    for task in step.tasks:
        for target in task.targets:
            assert target_module(step, target) in written, target


@pytest.mark.parametrize(
    ("top", "replaced"),
    [
        (2, (2,)),
        (3, (2,)),
        (3, (3,)),
        (3, (2, 3)),
        (4, (4,)),
        (4, (2, 3, 4)),
        (5, (5,)),
        (6, (6,)),
        (7, (7,)),
        (8, (8,)),
        (9, (9,)),
    ],
    ids=[
        "another 02",
        "our 03 on another 02",
        "another 03 on our 02",
        "another 03 on another 02",
        "another 04",
        "another 04 on another 03 on another 02",
        "another 05",
        "another 06",
        "another 07",
        "another 08",
        "another 09",
    ],
)
def test_another_implementation_passes_the_suites(
    top: int, replaced: tuple[int, ...], layers: dict[int, Path]
) -> None:
    result = check.run(top, stack_of(top, layers, replaced))
    assert red(result) == []
    assert result.ok, result.complaints
    suites = {suite.step for suite in result.regressions}
    assert suites == set(find_step(str(top)).regressions)


@pytest.mark.parametrize(
    ("number", "file", "right", "wrong", "task"),
    [
        (2, "buffer.py", 'if not line.endswith(b"\\r\\n")', "if False", "2.1"),
        (3, "urls.py", "raw.append(int(piece[:2], 16))", "raw += b'%'", "3.1"),
        (4, "engines/talk.py", "if phase is not self.phase:", "if True:", "4.4"),
        (5, "engines/threads.py", "str(ceil(wait))", "str(int(wait))", "5.5"),
        (6, "engines/pool.py", "self._ring.rotate(-1)", "pass", "6.9"),
        (7, "middleware/limiting.py", "reversed(field", "(field", "7.11"),
        (8, "engines/delivery.py", "if self._body.until_close:", "if False:", "8.3"),
        (9, "engines/outbox.py", 'b"".join(parts)', "parts[0]", "9.10"),
    ],
    ids=["02", "03", "04", "05", "06", "07", "08", "09"],
)
def test_a_fault_in_it_is_found(
    number: int,
    file: str,
    right: str,
    wrong: str,
    task: str,
    layers: dict[int, Path],
    tmp_path: Path,
) -> None:
    """It is the alternative that is tested above, and not our own code."""
    broken = shutil.copytree(layers[number], tmp_path / "groundup")
    source = (broken / file).read_text(encoding="utf-8")
    assert source.count(right) == 1
    (broken / file).write_text(source.replace(right, wrong), encoding="utf-8")
    stack = solution_stack(number, replace={number: broken})
    result = check.run(number, stack, tasks=[task], regressions=False)
    assert result.states() == {task: "wrong"}
