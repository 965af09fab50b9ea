"""What a check found: tests added up to tasks, tasks to a result.

Apart so that running (``suite``), showing (``report``) and remembering (``progress``) share plain
data and nothing else. The rule: a task is green only if tests of it ran, each of them passed or
was skipped, and at least one passed (under CI=true a skip is red); otherwise its state is that of
its worst test.
"""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from workshop.kit.failure import Failure, State, from_event
from workshop.steps import Step, Task

WORST_FIRST: tuple[State, ...] = ("hung", "crashed", "wrong", "not started", "waits")
Event = dict[str, Any]


@dataclass(frozen=True)
class TaskResult:
    """One task: its state, and the failure to show if it is not green."""

    id: str
    title: str
    state: State
    waits_for: str | None = None
    passed: int = 0
    tests: int = 0
    seconds: float = 0.0
    failure: Failure | None = None
    failed_test: str | None = None

    @property
    def green(self) -> bool:
        """Whether the task is done."""
        return self.state == "passed"


@dataclass(frozen=True)
class CheckResult:
    """One step's suite on one stack, and the suites of earlier steps on the same stack."""

    step: str
    title: str
    code: str  # whose code was tested: "mine", "solution" or "other"
    below: dict[str, str]  # lower layer → whose
    tasks: tuple[TaskResult, ...]
    regressions: tuple["CheckResult", ...] = ()
    seconds: float = 0.0  # in all
    own_seconds: float = 0.0  # the step's own suite
    skipped_regressions: bool = False  # there are some, but the step itself is not green yet
    complaints: tuple[str, ...] = field(default=())  # what pytest said when it could not go on

    @property
    def own_green(self) -> bool:
        """Whether every task of the step itself is green."""
        return all(task.green for task in self.tasks)

    @property
    def ok(self) -> bool:
        """Whether everything that ran is green."""
        return self.own_green and not self.complaints and all(r.ok for r in self.regressions)

    def states(self) -> dict[str, str]:
        """Task id → state, for the progress file."""
        return {task.id: task.state for task in self.tasks}

    def as_table(self) -> dict[str, Any]:
        """The result as plain data, for ``--json``."""
        table = asdict(self)
        table["regressions"] = [result.as_table() for result in self.regressions]
        return {"ok": self.ok, **table}


def task_result(task: Task, events: Iterable[Event]) -> TaskResult:
    """Add up the events of one task's tests."""
    mine = [event for event in events if event["task"] == task.id]
    seconds = round(sum(event.get("seconds") or 0.0 for event in mine), 3)
    passed = sum(event["state"] == "passed" for event in mine)
    result = TaskResult(task.id, task.title, "passed", None, passed, len(mine), seconds)
    strict = ("skipped",) if os.environ.get("CI", "").lower() == "true" else ()
    for state in (*WORST_FIRST, *strict):
        worst = next((event for event in mine if event["state"] == state), None)
        if worst is not None:
            return _failed(result, worst)
    if not mine:
        return not_run(task, "no test of this task ran")
    return result if passed else replace(result, state="skipped")


def _failed(result: TaskResult, event: Event) -> TaskResult:
    told = replace(from_event(event), title=result.title)
    return replace(
        result,
        state=event["state"],
        waits_for=event.get("waits_for"),
        failure=told,
        failed_test=event.get("test"),
    )


def not_run(task: Task, got: str, state: State = "crashed", detail: str = "") -> TaskResult:
    """A task whose tests could not run, and why."""
    failure = Failure(
        task=task.id,
        state=state,
        title=task.title,
        want="the tests of this task to run",
        got=got,
        why=task.invariant,
        next=f"python3 -m workshop hint {task.id}",
        detail=detail,
    )
    return TaskResult(task.id, task.title, state, failure=failure)


def with_failure(result: TaskResult, state: State, want: str, got: str, next_: str) -> TaskResult:
    """The same task, red for a reason that no test needs to tell."""
    old = result.failure
    failure = Failure(
        task=result.id,
        state=state,
        title=result.title,
        want=want,
        got=got,
        why=old.why if old else "",
        next=next_,
    )
    return replace(result, state=state, waits_for=None, failure=failure)


def whose(step: Step, origins: dict[str, str]) -> tuple[str, dict[str, str]]:
    """(whose the step's own code is, lower layer → whose)."""
    return origins[step.name], {name: o for name, o in origins.items() if name != step.name}
