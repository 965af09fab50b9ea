"""Show how far you are: every step and task, as its last check left it.

A task is green here if its tests passed when you last ran them; `check N` looks again. Hints that
you have read are noted beside their task.
"""

import argparse

from rich.console import Console

from workshop import progress
from workshop.commands.shared import console
from workshop.steps import Step, load_steps

MARKS = {
    progress.GREEN: "[green]✓[/]",
    "not started": "[dim]·[/]",
    "waits": "[dim]…[/]",
    None: "[dim]·[/]",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Print the table."""
    out = console()
    for step in load_steps():
        show_step(step, progress.load(), out)
    return 0


def show_step(step: Step, known: progress.Progress, out: Console) -> None:
    """One line for the step, one for each of its tasks."""
    done = sum(known.state(task.id) == progress.GREEN for task in step.tasks)
    style = "bold green" if done == len(step.tasks) else "bold"
    out.print(f"[{style}]{step.number:02} {step.title}[/]  {done} of {len(step.tasks)} tasks")
    for task in step.tasks:
        state = known.state(task.id)
        hints = f"  [dim]hint {level} read[/]" if (level := known.hint_level(task.id)) else ""
        word = "" if state in (None, progress.GREEN, "not started") else f"  [red]{state}[/]"
        out.print(f"   {MARKS.get(state, '[red]✗[/]')} {task.id}  {task.title}{word}{hints}")


def summary(known: progress.Progress) -> str:
    """The staircase in one line: ``01 ✓  02 3/8  03 0/6``."""
    said = []
    for step in load_steps():
        done = sum(known.state(task.id) == progress.GREEN for task in step.tasks)
        whole = done == len(step.tasks)
        mark = "[green]✓[/]" if whole else f"{done}/{len(step.tasks)}"
        said.append(f"{step.number:02} {mark}")
    return "   ".join(said)
