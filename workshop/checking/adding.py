"""Add the events of a running suite up to tasks, while they come.

Apart from ``check`` because this is where streaming happens: a task is told as soon as the next
one begins. The rule: every task that was asked for is told exactly once, also when the process
that runs the tests dies.
"""

from collections.abc import Callable, Sequence

from workshop.checking.outcome import Event, TaskResult, not_run, task_result
from workshop.checking.suite import Run
from workshop.steps import Task

OnTask = Callable[[TaskResult], None]
Judge = Callable[[TaskResult], TaskResult]


class Adder:
    """Takes events, gives task results; ``judge`` may turn a result red before it is told."""

    def __init__(self, tasks: Sequence[Task], judge: Judge, on_task: OnTask) -> None:
        self._tasks = {task.id: task for task in tasks}
        self._judge = judge
        self._on_task = on_task
        self._events: list[Event] = []
        self._done: dict[str, TaskResult] = {}
        self._current: str | None = None

    @property
    def open(self) -> list[str]:
        """The ids of the tasks that are not told yet."""
        return [task_id for task_id in self._tasks if task_id not in self._done]

    def take(self, event: Event) -> None:
        """Note one test's outcome; the task before it is complete when another one begins."""
        if event["task"] != self._current:
            self._close(self._current)
        self._current = event["task"]
        self._events.append(event)

    def _close(self, task_id: str | None) -> None:
        if task_id in self._tasks and task_id not in self._done:
            self._tell(task_result(self._tasks[task_id], self._events))

    def _tell(self, result: TaskResult) -> None:
        self._done[result.id] = self._judge(result)
        self._on_task(self._done[result.id])

    def interrupted(self, run: Run) -> None:
        """The process ended in the middle: close the tasks it spoke of, others are yet to run."""
        heard = {event["task"] for event in self._events}
        for task_id in self.open:
            if task_id == run.died_in:
                self._tell(_cut_short(self._tasks[task_id], run))
            elif task_id in heard:
                self._close(task_id)

    def finish(self, run: Run) -> list[TaskResult]:
        """Close what is open; a task that was cut short is red, with what pytest said."""
        for task_id in self.open:
            result = task_result(self._tasks[task_id], self._events)
            cut_short = not result.tests or (run.broke and task_id == self._current)
            if cut_short and result.state in ("passed", "skipped", "crashed"):
                result = _cut_short(self._tasks[task_id], run)
            self._tell(result)
        return [self._done[task_id] for task_id in self._tasks]


def _cut_short(task: Task, run: Run) -> TaskResult:
    test = str((run.under_way or {}).get("test", "")).rpartition("::")[2]
    during = f" during {test}" if test else ""
    if run.code is None or "Timeout (" in run.output:  # the second: faulthandler's last word
        said = f"the tests did not end{during}, and were stopped"
        return not_run(task, said, "hung", tail(run, 20))
    if run.code in (0, 1) and not test:
        return not_run(task, "no test of this task ran")
    how = f"killed by signal {-run.code}" if run.code < 0 else f"exit code {run.code}"
    said = f"the process of the tests ended{during} ({how}): does your code end it?"
    return not_run(task, said, "crashed", tail(run))


def tail(run: Run, lines: int = 12) -> str:
    """The last lines that pytest printed."""
    return "\n".join(run.output.strip().splitlines()[-lines:])
