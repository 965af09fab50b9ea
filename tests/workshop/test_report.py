"""What a person sees: the same text with and without colour, one failure whole."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from smallrepo import ONE, build, solve

from workshop import lab
from workshop.checking import check, report
from workshop.checking.outcome import CheckResult, TaskResult
from workshop.kit.failure import Failure, render
from workshop.layout import Layout
from workshop.stack import learner_stack, solution_stack
from workshop.steps import find_step

FAILURE = Failure(
    "4.2",
    "wrong",
    title="a slow head must not hold the server",
    did=("header deadline 0.2 s", 'connect A, send b"GET / HT" and stop'),
    want="A gets 408 and is closed, then B is answered",
    got='A  b"HTTP/1.1 200 OK\\r\\n…"\n              ^ byte 9',
    why="one silent socket can stop your server (chapter 4)",
    next="python3 -m workshop hint 4.2",
)


def printed(*, colour: bool) -> str:
    file = io.StringIO()
    console = Console(
        file=file, force_terminal=colour, color_system="standard" if colour else "auto", width=60
    )
    report.print_text(console, report.failure_text(FAILURE))
    return file.getvalue()


def test_a_failure_reads_as_the_kit_words_it_colour_or_not():
    assert printed(colour=False) == render(FAILURE)
    coloured = printed(colour=True)
    assert "\x1b[" in coloured
    plain = "".join(part.partition("m")[2] for part in ("m" + coloured).split("\x1b["))
    assert plain == render(FAILURE)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed(colour=True)


def result_of(*states: str) -> CheckResult:
    tasks = tuple(
        TaskResult(f"1.{n}", f"task {n}", state, failure=replace(FAILURE, task=f"1.{n}"))  # type: ignore[arg-type]
        for n, state in enumerate(states, 1)
    )
    return CheckResult(ONE, "Words", "mine", {}, tasks)


ORDER = [
    (("not started", "waits", "wrong"), "1.3"),
    (("waits", "not started", "not started"), "1.2"),
    (("waits", "waits"), "1.1"),
    (("crashed", "hung"), "1.1"),
]


@pytest.mark.parametrize(("states", "first"), ORDER)
def test_what_went_wrong_is_shown_before_what_was_not_begun(states: tuple[str, ...], first: str):
    shown = report.first_to_mend(result_of(*states).tasks)
    assert shown is not None and shown.id == first


def test_an_open_task_without_a_failure_shows_nothing():
    assert report.first_to_mend(()) is None


def shown(result: CheckResult) -> str:
    file = io.StringIO()
    report.show(result, Console(file=file, width=80))
    return file.getvalue()


def test_a_check_ends_with_one_line_of_figures(tmp_path: Path):
    layout = build(tmp_path)
    good = check.run(2, solution_stack(2, layout=layout), layout=layout)
    assert shown(good).startswith("\n2 of 2 tasks green · step 1 still stands · ")
    bad = check.run(1, learner_stack(1, layout=layout), layout=layout)
    text = shown(bad)
    assert text.count(" want ") == 1 and "\n0 of 3 tasks green · " in text
    assert report.task_line(bad.tasks[0]).plain == "· 1.1  do 1.1  not started"


def test_explanations_come_with_what_turned_green(tmp_path: Path):
    layout = build(tmp_path)
    result = check.run(1, solution_stack(1, layout=layout), layout=layout)
    text = report.explanations(find_step(1, layout), result.tasks).plain
    assert text.splitlines()[0] == "1.1  so it is" and text.count("so it is") == 3


def test_a_lab_says_whose_code_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    import sys

    before, path = dict(sys.modules), list(sys.meta_path)
    layout: Layout = build(tmp_path)
    solve(layout, ONE)
    for code, said in (("solution", "the solution"), ("mine", "your code"), ("", "the solution")):
        monkeypatch.setenv(lab.CODE, code)
        monkeypatch.delenv("WORKSHOP_STACK", raising=False)
        lab.use(1, layout=layout)
        assert capsys.readouterr().out == f"step 1, Words: {said}\n"
        assert sys.modules["groundup"].count("a!") == 1
    for name in set(sys.modules) - set(before):
        if name.startswith("groundup"):
            del sys.modules[name]
    sys.modules.update({n: m for n, m in before.items() if n.startswith("groundup")})
    sys.meta_path[:] = path
