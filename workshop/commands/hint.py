"""Show the next hint for a task.

There are three: a question, then the API and the place, then a sketch of at most six lines. Each
call goes one further and shows those before it again; how far you went is remembered.
"""

import argparse

from workshop import progress
from workshop.cli import PROGRAM
from workshop.commands.shared import console, first_unfinished
from workshop.layout import PACKAGE
from workshop.steps import Step, Task, find_task


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which task, and whether to go further."""
    parser.add_argument("task", nargs="?", metavar="TASK", help="1.2 (default: the next one)")
    parser.add_argument("--again", action="store_true", help="show what was shown, go no further")


def run(args: argparse.Namespace) -> int:
    """Print the hints up to the next level."""
    known = progress.load()
    step, task = find_task(args.task) if args.task else next_task(known)
    highest = len(task.hints)
    level = known.hint_level(task.id) if args.again else known.next_hint(task.id, highest)
    out = console()
    out.print(f"[bold]{task.id}[/]  {task.title}   [dim]{place(step, task)}[/]")
    if not level:
        out.print("no hint read yet")
    for number, hint in enumerate(task.hints[:level], start=1):
        out.print(f"\n[cyan]hint {number} of {highest}[/]", style="bold" if number == level else "")
        out.print(hint.strip(), markup=False)
    if level == highest:
        out.print(f"\n[dim]that was the last one; the solution: {PROGRAM} diff {step.number}[/]")
    return 0


def next_task(known: progress.Progress) -> tuple[Step, Task]:
    """The first task that is not green yet."""
    step = first_unfinished()
    unfinished = [task for task in step.tasks if known.state(task.id) != progress.GREEN]
    return step, (unfinished or list(step.tasks))[0]


def place(step: Step, task: Task) -> str:
    """Where a task's code goes: the folder and the names in it."""
    return f"{', '.join(task.targets)} in steps/{step.name}/{PACKAGE}"
