"""The small panel of a chapter that shows how far its tasks are.

Apart because two hands draw it: the build, which knows nothing of the reader, and the served book,
which puts the states in. The rule: whatever comes from a run is escaped, and the panel says the
same in words as in colour.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from workshop.checking.outcome import WORST_FIRST, TaskResult
from workshop.checking.report import MARKS, state_words
from workshop.kit.failure import Failure, State
from workshop.steps import Step, Task

PLACE = re.compile(r'<section class="live" data-step="(?P<step>\w+)".*?</section>', re.DOTALL)
SERVED = '<span class="live-served"></span>'  # in the footer of every page
SERVED_BY = (
    '<span class="live-served">This page is served by the framework that you build here: '
    '<a href="/served.html">how, and its source</a>.</span>'
)
STATES: tuple[State, ...] = get_args(State)
FAILED = WORST_FIRST[:3]
UNKNOWN = "not checked yet"


@dataclass(frozen=True)
class Panel:
    """A step's tasks as they are known; `said` is the last run's sentence."""

    step: Step
    tasks: Sequence[TaskResult]
    said: str = ""
    known: bool = True  # False: as the build draws it

    def html(self, address: str = "") -> str:
        """The whole panel; with the address of its news, if somebody serves them."""
        live = f' data-live="{address}"' if address else ""
        items = "".join(self.item(task) for task in self.tasks)
        command = f"<code>python3 -m workshop check {self.step.number}</code>"
        how = f"Saving a file runs these tests, and so does {command}." if live else command
        return (
            f'<section class="live" data-step="{self.step.name}"{live} '
            f'aria-label="The tasks of step {self.step.number}">'
            f"<details><summary>{self.summary()}</summary>"
            f'<ol class="live-tasks">{items}</ol><p class="live-how">{how}</p></details>'
            f'<p class="live-said" role="status" aria-live="polite">{html.escape(self.said)}</p>'
            "</section>"
        )

    def summary(self) -> str:
        """One line: a dot for each task, and how many are green."""
        dots = "".join(f'<i data-state="{self.shown(task)}"></i>' for task in self.tasks)
        green = sum(task.green for task in self.tasks)
        count = f"{green} of {len(self.tasks)} green" if self.known else str(len(self.tasks))
        return (
            f'<span class="live-title">Tasks of step {self.step.number}</span>'
            f'<span class="live-dots" aria-hidden="true">{dots}</span>'
            f'<span class="live-count">{count}</span>'
        )

    def shown(self, task: TaskResult) -> str:
        """The state, or nothing where none is known."""
        return task.state if self.known and task.seconds >= 0 else ""

    def item(self, task: TaskResult) -> str:
        """One task: its mark, number, title and state; the lesson, if it failed."""
        state = self.shown(task)
        words = state_words(task).replace("passed", "green") if state else UNKNOWN
        mark = MARKS.get(state, "✘") if state else "·"
        lesson = failure_html(task.failure) if task.failure and state in FAILED else ""
        return (
            f'<li data-task="{task.id}" data-state="{state}">'
            f'<span class="live-mark" aria-hidden="true">{mark}</span> <b>{task.id}</b> '
            f"{html.escape(task.title)} "
            f'<span class="live-state">{html.escape(words)}</span>{lesson}</li>'
        )


def known_task(task: Task, state: str | None) -> TaskResult:
    """A task of which only the state is known; or not even that, and then its time is negative."""
    known = next((name for name in STATES if name == state), None)
    if known is None:
        return TaskResult(task.id, task.title, "not started", seconds=-1.0)
    return TaskResult(task.id, task.title, known)


def unknown(step: Step) -> str:
    """The panel as the build draws it."""
    return Panel(step, [known_task(task, None) for task in step.tasks], known=False).html()


def failure_html(failure: Failure) -> str:
    """The five parts of a failure, each under its name."""
    parts = {name: value for name, value in failure.parts().items() if value}
    parts["did"] = "\n".join(f"{n} {did}" for n, did in enumerate(failure.did, 1))
    order = ("did", "want", "got", "detail", "why", "next")
    rows = "".join(_part(name, parts[name]) for name in order if parts.get(name))
    return f'<dl class="live-failure">{rows}</dl>'


def _part(name: str, text: str) -> str:
    label = "more" if name == "detail" else name
    prose, values = (text, "") if name in ("why", "next") else ("", text)
    if name == "want":  # a sentence, and what may stand below it
        prose, _, values = text.partition("\n")
    body = html.escape(prose)
    if values:  # bytes stand above their caret: such a text scrolls, and never wraps
        body += f'<pre tabindex="0" aria-label="{label}">{html.escape(values)}</pre>'
    return f'<dt>{label}</dt><dd data-part="{name}">{body}</dd>'
