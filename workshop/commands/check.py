"""Run a step's tests on your code, then those of earlier steps that must still pass.

Each task is green, or in one of five states: not started, waits (for another task), wrong, crashed,
hung. The first failure is shown whole; what passes is remembered.
"""

import argparse
import json
import re
from collections.abc import Callable

from rich.console import Console

from workshop import progress
from workshop.checking import check, report
from workshop.checking.outcome import CheckResult, TaskResult
from workshop.checking.watching import changes
from workshop.cli import PROGRAM
from workshop.commands.shared import (
    asked_stack,
    chosen_step,
    code_arguments,
    console,
    step_argument,
    whose,
)
from workshop.stack import Stack
from workshop.steps import Step, find_task, load_steps

TASK = re.compile(r"\d+\.\d+")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, which tasks, whose code, and how to show it."""
    step_argument(parser)
    code_arguments(parser)
    parser.add_argument("--task", action="append", metavar="TASK", help="only this task: 2.3")
    parser.add_argument("--watch", action="store_true", help="again whenever a file is saved")
    parser.add_argument("--all", action="store_true", help="show each red task, not the first")
    parser.add_argument("--json", action="store_true", help="the result as JSON, for programs")
    parser.add_argument("--pdb", action="store_true", help="stop in the debugger; no time-outs")


def run(args: argparse.Namespace) -> int:
    """Check once, or again and again with --watch; 0 when everything is green."""
    if args.step and TASK.fullmatch(args.step):  # `check 1.2` can only mean the task
        args.step, args.task = None, [args.step, *(args.task or [])]
    step = find_task(args.task[0])[0] if args.task and not args.step else chosen_step(args)
    stack = asked_stack(args, step)
    if args.json:
        result = check.run(step, stack, tasks=args.task)
        remember(step, stack, result)
        print(json.dumps(result.as_table(), indent=1))
        return 0 if result.ok else 1
    out = console()
    status = once(step, stack, args, out)
    if args.watch:
        _watch(step, stack, args, out)
    return status


def once(step: Step, stack: Stack, args: argparse.Namespace, out: Console) -> int:
    """Stream the tasks, then tell what went wrong, or what is known now."""
    out.print(f"[bold]step {step.number}, {step.title}[/]: {whose(stack)}")
    for number in left_out(stack) if not args.on else ():
        again = f"{PROGRAM} check {number}"
        out.print(f"[dim]yours of step {number} is left out until it is green: {again}[/]")
    result = check.run(
        step,
        stack,
        tasks=args.task,
        on_task=lambda task: report.print_text(out, report.task_line(task, out)),
        on_regression=_regressions(out),
        options=("--pdb",) if args.pdb else (),
    )
    if fresh := remember(step, stack, result):
        out.print()
        told = report.explanations(step, fresh)
        told.rstrip()
        report.print_text(out, told)
    report.show(result, out, args.all)
    if result.ok and stack.layers[0].origin == "mine":
        farewell(step, out)
    return 0 if result.ok else 1


def left_out(stack: Stack) -> list[int]:
    """The steps below that the learner has begun, and that were not wholly green when checked."""
    top, *below = stack.layers
    if top.origin != "mine":
        return []
    known = progress.load()
    given = {layer.name for layer in below if layer.origin == "solution"}
    steps = (step for step in load_steps() if step.name in given)
    return [s.number for s in steps if any(known.state(task.id) for task in s.tasks)]


def _regressions(out: Console) -> Callable[[TaskResult], None]:
    """What to call with each task of an earlier step: says once what runs, then what is red."""
    heard: list[str] = []

    def show(task: TaskResult) -> None:
        if not heard:
            out.print("[dim]green; do the earlier steps still stand?[/]")
        heard.append(task.id)
        if not task.green:
            report.print_text(out, report.task_line(task, out))

    return show


def remember(step: Step, stack: Stack, result: CheckResult) -> list[TaskResult]:
    """Keep what the learner's own code reached; return the tasks that have just turned green."""
    if stack.layers[0].origin != "mine":
        return []
    known = progress.load()
    fresh = [t for t in result.tasks if t.green and known.state(t.id) != progress.GREEN]
    known.record(result.states())
    return fresh


def farewell(step: Step, out: Console) -> None:
    """The next task that is not green, or what one can do with a green step."""
    known = progress.load()
    following = next((t for t in step.tasks if known.state(t.id) != progress.GREEN), None)
    if following is not None:
        out.print(f"next:        {PROGRAM} check {following.id}   ({following.title})")
        return
    out.print(f"attack it:   {PROGRAM} attack {step.number}")
    out.print(f"compare:     {PROGRAM} diff {step.number}")
    if after := next((s for s in load_steps() if s.number > step.number), None):
        out.print(f"go on:       {PROGRAM} check {after.number}   ({after.title})")


def _watch(step: Step, stack: Stack, args: argparse.Namespace, out: Console) -> None:
    """Check again at every save, until Ctrl-C."""
    out.print("[dim]watching your files; Ctrl-C ends it[/]")
    try:
        for saved in changes(stack):
            names = ", ".join(sorted(path.name for path in saved))
            out.rule(names)
            once(step, stack, args, out)
    except KeyboardInterrupt:
        out.print()
