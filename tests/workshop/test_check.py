"""check tells the truth about a step, whatever state the learner's files are in."""

import itertools
import json
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest
from smallrepo import ONE, THREE, TWO, build, edit, put, solve

from workshop import Problem, progress
from workshop.checking import check
from workshop.checking.outcome import CheckResult, TaskResult, task_result
from workshop.checking.suite import Job, Run, run_suite, task_files
from workshop.checking.watching import changes
from workshop.kit.failure import render
from workshop.layout import Layout
from workshop.stack import learner_stack, solution_stack
from workshop.steps import find_step


@pytest.fixture(autouse=True)
def not_in_ci(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return build(tmp_path)


def solution(layout: Layout, number: int) -> CheckResult:
    return check.run(number, solution_stack(number, layout=layout), layout=layout)


def mine(layout: Layout, number: int, on: str | None = None) -> CheckResult:
    return check.run(number, learner_stack(number, on, layout=layout), layout=layout)


def test_the_solution_is_green_and_earlier_suites_follow_without_ended_tasks(layout: Layout):
    result = solution(layout, 3)
    assert result.ok and result.code == "solution", result
    assert {r.step: list(r.states()) for r in result.regressions} == {
        ONE: ["1.1", "1.2"],
        TWO: ["2.1", "2.2"],
    }


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_untouched_starter_has_no_green_task(layout: Layout, number: int):
    for on in ("mine", "solutions"):
        result = mine(layout, number, on)
        assert not result.ok
        assert set(result.states().values()) <= {"not started", "waits"}, result.states()


def test_a_task_that_stands_on_another_waits_for_it(layout: Layout):
    hole = 'raise NotImplementedError("Task 1.3: do 1.3")'
    edit(layout.mine(ONE) / "words.py", hole, "return self.split(text)[0]")
    result = mine(layout, 1)
    last = result.tasks[-1]
    assert (last.state, last.waits_for) == ("waits", "1.1")
    assert last.failure and "task 1.1 done first" in last.failure.want


def test_results_come_task_by_task_in_order(layout: Layout):
    told: list[TaskResult] = []
    result = check.run(
        1, solution_stack(1, layout=layout), on_task=told.append, layout=layout
    )  # fmt: skip
    assert told == list(result.tasks) and [task.id for task in told] == ["1.1", "1.2", "1.3"]


def test_one_task_can_be_asked_for(layout: Layout):
    result = check.run(2, solution_stack(2, layout=layout), tasks=["2.2"], layout=layout)
    assert result.states() == {"2.2": "passed"} and result.regressions == ()
    with pytest.raises(Problem, match="no task 2\\.7"):
        check.run(2, tasks=["2.7"], layout=layout)


def test_wrong_code_is_wrong_with_its_five_parts(layout: Layout):
    solve(layout, ONE)
    edit(layout.mine(ONE) / "marks.py", 'text.count("!")', 'text.count("?")')
    result = mine(layout, 1)
    assert result.states() == {"1.1": "passed", "1.2": "wrong", "1.3": "passed"}
    text = render(result.tasks[1].failure)
    assert text.startswith("1.2 WRONG  do 1.2\n") and " want  two marks" in text
    assert "rule of 1.2 (chapter 1)" in text and "python3 -m workshop hint 1.2" in text


def test_a_solved_step_is_what_the_next_one_stands_on(layout: Layout):
    solve(layout, ONE)
    first = mine(layout, 1)
    assert first.ok and first.code == "mine"
    progress.load(layout.root).record(first.states())
    assert mine(layout, 2).below == {ONE: "mine"}
    edit(layout.mine(ONE) / "marks.py", 'text.count("!")', "7")
    solve(layout, THREE)
    broken = mine(layout, 3)
    assert broken.own_green and not broken.ok
    assert broken.regressions[0].states() == {"1.1": "passed", "1.2": "wrong"}


def test_regressions_wait_until_the_step_itself_is_green(layout: Layout):
    result = mine(layout, 2)
    assert result.regressions == () and result.skipped_regressions


def test_earlier_suites_run_side_by_side(layout: Layout, monkeypatch, tmp_path: Path):
    """The first waits for a file that the second writes; one after the other, it would be red."""
    monkeypatch.setattr(check, "SIDE_BY_SIDE", 2)
    place = str(tmp_path / "there")
    waits = (
        "import os, time\n"
        "until = time.monotonic() + 20\n"
        f"while not os.path.exists({place!r}):\n"
        "    assert time.monotonic() < until\n"
    )
    put(layout.tests(ONE) / "conftest.py", waits)
    put(layout.tests(TWO) / "conftest.py", f"open({place!r}, 'w').close()\n")
    result = solution(layout, 3)
    assert result.ok and [suite.step for suite in result.regressions] == [ONE, TWO]


def test_a_check_that_is_stopped_waits_for_no_earlier_suite(layout: Layout, monkeypatch):
    monkeypatch.setattr(check, "SIDE_BY_SIDE", 2)
    put(layout.tests(ONE) / "conftest.py", "import time\ntime.sleep(600)\n")

    def ctrl_c(task: TaskResult) -> None:
        raise KeyboardInterrupt

    stack = solution_stack(3, layout=layout)
    with pytest.raises(KeyboardInterrupt):
        check.run(3, stack, layout=layout, on_regression=ctrl_c, longest=300)


BROKEN = [
    ("empty", "", "crashed", "01_words/groundup/marks.py is empty"),
    ("syntax", '"""Marks."""\ndef count(text:\n', "crashed", "marks.py:2: "),
    ("bad bytes", "x = '\0'\n", "crashed", "01_words/groundup/marks.py"),
    ("deleted", None, "crashed", "01_words/groundup/marks.py is missing"),
    ("name error", "boom\n", "crashed", "NameError: name 'boom' is not defined"),
]


@pytest.mark.parametrize(("kind", "text", "state", "said"), BROKEN, ids=[b[0] for b in BROKEN])
def test_a_broken_file_is_red_with_a_message_about_that_file(
    layout: Layout, kind: str, text: str | None, state: str, said: str
):
    solve(layout, ONE)
    file = layout.mine(ONE) / "marks.py"
    if text is None:
        file.unlink()
    else:
        put(file, text + "def count(text): return 2\n" * (kind == "name error"))
    result = mine(layout, 1)
    assert not any(task.green for task in result.tasks)
    assert result.tasks[1].state == state
    told = render(result.tasks[1].failure)
    assert said in told and "marks.py" in told, told


def test_a_function_that_is_gone_is_named(layout: Layout):
    solve(layout, ONE)
    edit(layout.mine(ONE) / "words.py", "def first", "def erste")
    result = mine(layout, 1)
    assert result.tasks[2].state == "wrong"
    assert "has no Words.first any more" in render(result.tasks[2].failure)


def test_a_change_that_was_not_made_is_not_started_though_its_tests_pass(layout: Layout):
    edit(layout.tests(TWO) / "test_2_1_clean.py", '"(hi)", "only', '"hi", "only')
    result = mine(layout, 2)
    assert result.states()["2.1"] == "not started"
    words = layout.mine(TWO) / "words.py"
    edit(words, "return word.strip(string", "# only a comment\n        return word.strip(string")
    assert mine(layout, 2).states()["2.1"] == "not started"
    edit(words, "return word.strip(string.punctuation)", 'return word.strip("()!")')
    assert mine(layout, 2).states()["2.1"] == "passed"


def test_a_hole_keeps_its_task_red_whatever_the_tests_say(layout: Layout):
    put(
        layout.tests(ONE) / "test_1_2_count.py",
        "from workshop import kit\n\n@kit.task('1.2')\ndef test_nothing():\n    pass\n",
    )
    assert mine(layout, 1).states()["1.2"] == "not started"
    assert solution(layout, 1).states()["1.2"] == "passed"


def test_a_task_without_tests_is_not_green(layout: Layout):
    (layout.tests(ONE) / "test_1_2_count.py").unlink()
    result = solution(layout, 1)
    assert result.states() == {"1.1": "passed", "1.2": "crashed", "1.3": "passed"}
    assert "no test of this task ran" in render(result.tasks[1].failure)


def test_an_endless_loop_ends_and_the_other_tasks_still_run(layout: Layout):
    solve(layout, ONE)
    edit(layout.mine(ONE) / "marks.py", "    total =", "    while True:\n        pass\n    total =")
    result = mine(layout, 1)
    assert result.states() == {"1.1": "passed", "1.2": "hung", "1.3": "passed"}
    assert "marks.py" in render(result.tasks[1].failure)


@pytest.mark.parametrize("end", ["os._exit(0)", "os._exit(3)", "os.abort()"])
def test_code_that_ends_the_process_is_crashed_and_the_others_still_run(layout: Layout, end: str):
    solve(layout, ONE)
    edit(layout.mine(ONE) / "marks.py", "    total =", f"    {end}\n    total =")
    result = mine(layout, 1)
    assert result.states() == {"1.1": "passed", "1.2": "crashed", "1.3": "passed"}
    assert not result.ok and "ended during test_counts" in render(result.tasks[1].failure)


def test_files_run_in_the_order_of_their_tasks(layout: Layout):
    for number in (2, 10, 9):
        put(layout.tests("04_many") / f"test_4_{number}_x.py", "")
    files = task_files(layout, "04_many")
    assert [file.name for file in files] == ["test_4_2_x.py", "test_4_9_x.py", "test_4_10_x.py"]


def test_a_suite_that_outstays_its_time_is_killed(layout: Layout):
    put(layout.tests(ONE) / "conftest.py", "import time\ntime.sleep(600)\n")
    step = find_step(1, layout)
    job = Job(step, solution_stack(1, layout=layout), layout, ONE, longest=0.5)
    run = run_suite(job)
    assert run.code is None and run.broke and run.events == []


@pytest.mark.skipif(os.name == "nt", reason="there a process has no group")
@pytest.mark.parametrize("end", ["pass", "os._exit(3)"])
def test_nothing_that_a_suite_started_outlives_it(layout: Layout, tmp_path: Path, end: str):
    body = (
        "import os, subprocess, sys\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(left.pid))\n"
        f"{end}\n"
    )
    put(layout.tests(ONE) / "conftest.py", body)
    run_suite(Job(find_step(1, layout), solution_stack(1, layout=layout), layout, ONE))
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 10
    while runs(pid):
        assert time.monotonic() < until, "it still runs"
        time.sleep(0.01)


def runs(pid: int) -> bool:
    """Whether there is such a process; one that has ended and waits for its parent is none."""
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True)
    return said.stdout.strip() not in ("", "Z")


def test_the_environment_cannot_reach_the_tests(layout: Layout, monkeypatch, tmp_path: Path):
    put(tmp_path / "evil" / "groundup" / "__init__.py", "raise SystemExit('evil')")
    put(tmp_path / "evil" / "pytest.py", "raise SystemExit('evil')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "evil"))
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    put(layout.root / "groundup" / "__init__.py", "raise SystemExit('evil')")
    assert solution(layout, 1).ok


def test_an_import_from_outside_the_stack_is_no_success(layout: Layout):
    body = "\n\ndef test_cheat(): \n    import sys, types\n"
    body += "    sys.modules['groundup.fake'] = types.ModuleType('groundup.fake')\n"
    file = layout.tests(ONE) / "test_1_1_split.py"
    put(file, file.read_text("utf-8") + body.replace("def", "@kit.task('1.1')\ndef"))
    result = solution(layout, 1)
    assert not result.ok and "groundup.fake was imported from None" in result.complaints[0]


def event(state: str, **more: object) -> dict[str, object]:
    return {"task": "1.1", "test": "t", "state": state, "seconds": 0.1, **more}


STATES = [
    (["passed", "passed"], "passed"),
    (["passed", "skipped"], "passed"),
    (["skipped"], "skipped"),
    (["passed", "waits"], "waits"),
    (["waits", "not started"], "not started"),
    (["not started", "wrong"], "wrong"),
    (["wrong", "crashed"], "crashed"),
    (["crashed", "hung"], "hung"),
    ([], "crashed"),
]


@pytest.mark.parametrize(("states", "sum_"), STATES, ids=lambda value: "+".join(value))
def test_a_task_is_what_its_worst_test_is(layout: Layout, states: list[str], sum_: str):
    task = find_step(1, layout).tasks[0]
    assert task_result(task, [event(state) for state in states]).state == sum_


def test_under_ci_a_skip_is_red(layout: Layout, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CI", "true")
    task = find_step(1, layout).tasks[0]
    assert task_result(task, [event("passed"), event("skipped")]).state == "skipped"


def test_a_result_is_plain_data_for_json(layout: Layout):
    table = json.loads(json.dumps(mine(layout, 1).as_table()))
    assert table["ok"] is False and table["tasks"][0]["state"] == "not started"
    assert table["tasks"][0]["failure"]["want"]


def test_a_clean_exit_without_a_green_test_is_broken():
    assert Run(events=[event("passed")], code=0).broke is False
    assert Run(events=[event("wrong")], code=1).broke is False
    assert Run(events=[event("passed")], code=1).broke is True
    assert Run(code=2).broke and Run(code=None).broke


def test_watching_tells_the_file_that_was_saved(layout: Layout):
    file = layout.solution(ONE) / "marks.py"
    text, seen = file.read_text("utf-8"), threading.Event()

    def save_again_and_again():
        for number in itertools.count():
            put(file, text + "#" * number)
            if seen.wait(0.001):
                return

    saving = threading.Thread(target=save_again_and_again)
    saving.start()
    try:
        assert next(changes(solution_stack(1, layout=layout), every=0.01)) == {file}
    finally:
        seen.set()
        saving.join()
