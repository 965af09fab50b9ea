"""What is known of each step's tasks, and how it is told to a page.

Apart because pages and threads both ask it. The rule: `.workshop/progress.json` is the truth, as
for every command; what a run has just found is kept beside it only to tell why a task is red, and
only as long as the two agree.
"""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any

from workshop import progress
from workshop.book.panel import Panel, known_task
from workshop.checking.outcome import CheckResult, TaskResult
from workshop.checking.report import first_to_mend, state_words
from workshop.layout import Layout
from workshop.stack import Stack
from workshop.steps import Step, load_steps

Publish = Callable[[str, str], None]


class Board:
    """The tasks' states, told as JSON. `publish(step, data)` is called with each change."""

    def __init__(self, layout: Layout, publish: Publish) -> None:
        self.layout = layout
        self.steps = {step.name: step for step in load_steps(layout)}
        self._publish = publish
        self._lock = threading.Lock()
        self._found: dict[str, TaskResult] = {}
        self._said: dict[str, str] = {}
        self._running: str | None = None

    def panel(self, step: Step) -> Panel:
        """The panel of a step as it stands now."""
        kept = progress.load(self.layout.root)
        with self._lock:
            tasks = [self._task(step, number, kept) for number in range(len(step.tasks))]
            return Panel(step, tasks, self._said.get(step.name, ""))

    def _task(self, step: Step, number: int, kept: progress.Progress) -> TaskResult:
        task = step.tasks[number]
        found, state = self._found.get(task.id), kept.state(task.id)
        if found is not None and (found.state == state or self._running == step.name):
            return found
        return known_task(task, state)

    def snapshot(self, step: Step) -> str:
        """All that is known of a step, for a page that has just come."""
        panel = self.panel(step)
        return told(panel, panel.tasks, self._running == step.name)

    def begin(self, step: Step, files: Sequence[str]) -> None:
        """A run has begun, because these files were saved."""
        with self._lock:
            self._running = step.name
            self._said[step.name] = f"{', '.join(files)} saved: the tests run …"
        panel = self.panel(step)
        self._publish(step.name, told(panel, (), True))

    def task(self, step: Step, result: TaskResult) -> None:
        """One task's state is known."""
        with self._lock:
            self._found[result.id] = result
        self._publish(step.name, told(self.panel(step), (result,), True))

    def end(self, step: Step, stack: Stack, result: CheckResult) -> None:
        """A run has ended: remember what the learner's own code reached."""
        if stack.layers[0].origin == "mine":
            progress.load(self.layout.root).record(result.states())
        said = verdict(step, result)
        self._ended(step, said)

    def failed(self, step: Step, why: str) -> None:
        """A run could not come to its end."""
        self._ended(step, f"the tests could not be run: {why}")

    def _ended(self, step: Step, said: str) -> None:
        with self._lock:
            self._running = None
            self._said[step.name] = said
        panel = self.panel(step)
        self._publish(step.name, told(panel, panel.tasks, False))


def told(panel: Panel, tasks: Sequence[TaskResult], running: bool) -> str:
    """The data of one event: the changed tasks, in words and as the page shows them."""
    return json.dumps(
        {
            "step": panel.step.name,
            "running": running,
            "said": panel.said,
            "summary": panel.summary(),
            "tasks": [told_task(panel, task) for task in tasks],
        }
    )


def told_task(panel: Panel, task: TaskResult) -> dict[str, Any]:
    """One task as data, and the item of the list that shows it."""
    return {
        "id": task.id,
        "state": task.state,
        "words": state_words(task),
        "failure": task.failure.parts() if task.failure else None,
        "html": panel.item(task),
    }


def verdict(step: Step, result: CheckResult) -> str:
    """The run in words: ``2 of 5 tasks are green. 1.3 send all of it: wrong.``"""
    green = sum(task.green for task in result.tasks)
    said = f"{green} of {len(result.tasks)} tasks are green."
    if result.complaints:
        again = f"python3 -m workshop check {step.number}"
        return f"{said} The tests could not run to their end: {again}"
    first = first_to_mend(result.tasks)
    return f"{said} {first.id} {first.title}: {state_words(first)}." if first else said
