"""Show what a check found: one line a task, a whole lesson for the first red one.

Apart from the kit, which words a failure, and from the commands, which decide what to show: here
is only colour and order. The rule: without colour the text is the same, letter for letter, so a
pipe, a golden file and a terminal tell one story.
"""

import textwrap
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from workshop.checking.mutants import MutantResult
from workshop.checking.outcome import CheckResult, TaskResult
from workshop.kit.failure import WIDTH, Failure, render
from workshop.steps import Step

STYLES = {
    "passed": "green",
    "not started": "bright_black",
    "waits": "bright_black",
    "skipped": "yellow",
    "wrong": "red",
    "crashed": "magenta",
    "hung": "yellow",
}
MARKS = {"passed": "✔", "not started": "·", "waits": "…", "skipped": "-"}
PLAIN_MARKS = {"✔": "ok", "·": "..", "…": "..", "-": "--", "✘": "!!"}
PARTS = {"did": "cyan", "want": "green", "got": "red", "more": "dim", "why": "blue", "next": "bold"}


def failure_text(failure: Failure) -> Text:
    """The five parts as ``kit.failure.render`` words them, coloured by part."""
    head, *rest = render(failure).rstrip("\n").split("\n")
    title = f"  {failure.title}" if failure.title else ""
    style = f"bold {STYLES.get(failure.state, 'red')}"
    text = Text.assemble((head.removesuffix(title), style))  # a style of its own, not the base
    text.append(title if head.endswith(title) else "", style="bold")
    label = ""
    for line in rest:
        label = line[:7].strip() or label
        text.append("\n" + line[:7], style="dim")
        text.append(line[7:], style=_style(label, line))
    return text


def _style(label: str, line: str) -> str:
    if label == "got" and line.strip().startswith("^"):
        return "bold red"
    return PARTS.get(label, "")


def task_line(task: TaskResult, console: Console | None = None) -> Text:
    """``✔ 1.2  read a line however the bytes arrive`` and, if it is not done, its state."""
    mark = MARKS.get(task.state, "✘")
    if console is not None and console.encoding.lower() not in ("utf-8", "utf8"):
        mark = PLAIN_MARKS[mark]
    style = STYLES.get(task.state, "red")
    text = Text.assemble((mark, style), " ", (task.id, "bold"), "  ", task.title)
    if not task.green:
        text.append(f"  {state_words(task)}", style=style)
    return text


def state_words(task: TaskResult) -> str:
    """``waits for 1.1``, ``wrong (3 of 26 tests failed)``."""
    if task.waits_for:
        return f"waits for {task.waits_for}"
    failed = task.tests - task.passed
    counted = task.state in ("wrong", "crashed") and failed > 0 and task.passed
    return f"{task.state} ({failed} of {task.tests} tests failed)" if counted else task.state


def first_to_mend(tasks: Sequence[TaskResult]) -> TaskResult | None:
    """The one failure to show whole: what went wrong before what was not begun."""
    for states in (("wrong", "crashed", "hung"), ("not started", "skipped"), ("waits",)):
        for task in tasks:
            if task.state in states and task.failure is not None:
                return task
    return None


def show_failures(result: CheckResult, console: Console, all_of_them: bool = False) -> None:
    """The first failure whole; with ``all_of_them`` each one that is more than a hole."""
    first = first_to_mend(result.tasks)
    shown: Iterable[TaskResult] = [first] if first else []
    if all_of_them:
        red = [task for task in result.tasks if task.state in ("wrong", "crashed", "hung")]
        shown = red or shown
    for task in shown:
        if task.failure is not None:
            console.print()
            print_text(console, failure_text(task.failure))


def print_text(console: Console, text: Text) -> None:
    """Print without wrapping: the caret must stay below its byte."""
    console.print(text, soft_wrap=True, highlight=False)


def summary(result: CheckResult) -> Text:
    """The last line: how many tasks are green, and how long it took."""
    done = sum(task.green for task in result.tasks)
    style = "bold green" if result.ok else "bold"
    text = Text(f"{done} of {len(result.tasks)} tasks green", style=style)
    text.append(f" · {below}" if (below := still_standing(result)) else "")
    text.append(f" · {result.seconds:.1f} s", style="dim")
    return text


def still_standing(result: CheckResult) -> str:
    """What the earlier steps' tests said: those that an own change may have broken are named."""
    fallen = [suite for suite in result.regressions if not all(task.green for task in suite.tasks)]
    if fallen:
        return " · ".join(
            f"step {int(suite.step[:2])} has {sum(not task.green for task in suite.tasks)} red"
            for suite in fallen
        )
    steps = sorted(int(suite.step[:2]) for suite in result.regressions)
    if len(steps) < 2:
        return "".join(f"step {number} still stands" for number in steps)
    return f"steps {steps[0]} to {steps[-1]} still stand"


def show(result: CheckResult, console: Console, all_failures: bool = False) -> None:
    """Everything after the tasks' lines were streamed: failures, regressions, the summary."""
    for complaint in result.complaints:
        console.print("\nthe tests could not be run as they should:", style="red")
        print_text(console, Text(complaint))
    show_failures(result, console, all_failures)
    for suite in result.regressions:
        red = [task for task in suite.tasks if not task.green]
        for task in red:
            console.print(f"\nregression: step {int(suite.step[:2])} was green before")
            if task.failure is not None:
                print_text(console, failure_text(task.failure))
    console.print()
    print_text(console, summary(result))


def explanations(step: Step, tasks: Iterable[TaskResult]) -> Text:
    """What there is to know about the tasks that have just turned green."""
    text = Text()
    for task in tasks:
        if task.green:
            told = step.task(task.id)
            indent = " " * (len(task.id) + 2)
            words = textwrap.fill(told.explanation, WIDTH - len(indent))
            text.append(f"{task.id}  ", style="bold green")
            text.append(textwrap.indent(words, indent).lstrip() + "\n")
            if told.effect:
                effect = textwrap.fill(told.effect, WIDTH - len(indent))
                text.append(textwrap.indent(effect, indent) + "\n", style="cyan")
    return text


def mutant_line(result: MutantResult) -> Text:
    """One row: the mutant's story, the task that should notice, who did."""
    mark, style = ("killed", "green") if result.killed else ("SURVIVED", "bold red")
    text = Text.assemble((f"{mark:9}", style), (f"{result.mutant.task:5}", "bold"))
    text.append(f"{result.mutant.id}: {result.mutant.story}\n")
    who = (result.killed_by or "").rpartition("::")[2] or result.state
    if result.killed:
        text.append(f"{'':14}by {who} ({result.state})", style="dim")
    elif result.others:
        text.append(f"{'':14}only {', '.join(result.others)} noticed", style="red")
    else:
        text.append(f"{'':14}no test noticed", style="red")
    if not result.told_as_pinned:
        text.append(f"\n{'':14}golden/{result.mutant.id}.txt says something else", style="red")
    return text
