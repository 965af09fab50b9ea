"""Plain `pytest` from the root: every suite, each against its solution.

It proves the workshop; `python3 -m workshop check N` proves the learner. Each suite runs
in a process of its own (every step has another `groundup`), once, and shows one item
a task. Asked for one suite only (`pytest tests/01_echo_socket -k line`), its tests run here,
so that `-k`, `-x` and `--pdb` work as ever. Rule: inside `check` this file does nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workshop.stack import VARIABLE, solution_stack
from workshop.steps import Step, load_steps

ROOT = Path(__file__).resolve().parent
NAME = re.compile(r"\d\d_\w+")
INSIDE = VARIABLE in os.environ


def pytest_configure(config: pytest.Config) -> None:
    """One suite alone is run in this process, on its solution."""
    step = None if INSIDE else _only_suite(config)
    if step is None:
        return
    os.environ |= {**solution_stack(step).environment(), "WORKSHOP_STEP": step.name}
    from workshop.kit import plugin

    config.pluginmanager.register(plugin, "workshop.kit.plugin")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Whose code is tested (the kit says it where one suite runs)."""
    if VARIABLE in os.environ:
        return None
    return "code under test: the solutions (python3 -m workshop check N tests your own)"


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A suite among others becomes one item a task."""
    if VARIABLE in os.environ or _suite_of(path) != path:
        return None
    step = next((step for step in load_steps() if step.name == path.name), None)
    if step is None:
        return None
    suite: Suite = Suite.from_parent(parent, path=path)
    suite.step = step
    return suite


def _only_suite(config: pytest.Config) -> Step | None:
    """The step whose suite holds everything that was asked for, if there is one."""
    here = config.invocation_params.dir
    suites = {_suite_of((here / arg.partition("::")[0]).resolve()) for arg in config.args}
    names = {suite.name for suite in suites if suite is not None}
    if len(suites) != 1 or not names:
        return None
    return next((step for step in load_steps() if step.name in names), None)


def _suite_of(path: Path) -> Path | None:
    """`tests/01_echo_socket`, for it and for everything in it."""
    tests = ROOT / "tests"
    inside = path.relative_to(tests).parts if path.is_relative_to(tests) else ()
    return tests / inside[0] if inside and NAME.fullmatch(inside[0]) else None


class Suite(pytest.Directory):
    """One step's suite; it runs once, when the first of its tasks is asked for."""

    step: Step
    result: Any = None

    def collect(self) -> Iterator[pytest.Item]:
        """One item a task."""
        for task in self.step.tasks:
            item: TaskItem = TaskItem.from_parent(self, name=task.id)
            item.extra_keyword_matches.update(task.title.split(), [self.step.name])
            yield item

    def outcome(self) -> Any:
        """What the suite says of its solution."""
        if self.result is None:
            from workshop.checking import check

            stack = solution_stack(self.step)
            self.result = check.run(self.step, stack, regressions=False)
        return self.result


class TaskItem(pytest.Item):
    """All tests of one task."""

    def runtest(self) -> None:
        """Pass if the suite says that the task is green."""
        assert isinstance(self.parent, Suite)
        result = self.parent.outcome()
        task = next(task for task in result.tasks if task.id == self.name)
        if task.state == "skipped":
            pytest.skip(task.failure.got if task.failure else "all of its tests were skipped")
        if not task.green or result.complaints:
            raise TaskFailed(task, result.complaints)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The failure as `check` would show it."""
        if not isinstance(excinfo.value, TaskFailed):
            return super().repr_failure(excinfo)
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands and what it is called."""
        return self.path, None, f"task {self.name}"


class TaskFailed(Exception):
    """A task of a solution is not green; its text is the failure's."""

    def __init__(self, task: Any, complaints: tuple[str, ...]) -> None:
        from workshop.kit.failure import render

        told = render(task.failure) if task.failure else f"{task.id} {task.state}"
        super().__init__("\n".join([told, *complaints]))
