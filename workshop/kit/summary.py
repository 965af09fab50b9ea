"""What plain pytest prints at its end: tasks, not hundreds of test names.

Apart because it is text only. Rule: the state of a task is the worst of its tests,
and a task has one line.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workshop.kit.failure import Failure, State
from workshop.kit.naming import in_order

WORST: tuple[State, ...] = (
    "hung",
    "crashed",
    "wrong",
    "not started",
    "waits",
    "skipped",
    "passed",
)


@dataclass
class Tally:
    """The outcomes of one run, by task."""

    outcomes: dict[str, list[Failure]] = field(default_factory=dict)

    def add(self, failure: Failure) -> None:
        """Count one test."""
        self.outcomes.setdefault(failure.task, []).append(failure)

    def has_failed(self, task: str) -> bool:
        """Whether a test of this task has failed already."""
        return any(f.state not in ("passed", "skipped") for f in self.outcomes.get(task, ()))

    def state(self, task: str) -> State:
        """The worst state among the task's tests."""
        states = {failure.state for failure in self.outcomes[task]}
        return next(state for state in WORST if state in states)

    def lines(self) -> list[str]:
        """`1.2 passed       read a line however the bytes arrive (41 tests)`."""
        return [self._line(task) for task in sorted(self.outcomes, key=in_order)]

    def _line(self, task: str) -> str:
        tests = self.outcomes[task]
        bad = sum(failure.state != "passed" for failure in tests)
        count = f"{bad} of {len(tests)} tests" if bad else f"{len(tests)} tests"
        title = tests[0].title
        return f"{task:5} {self.state(task):12} {title} ({count})".replace(
            " (1 tests)", " (1 test)"
        )
