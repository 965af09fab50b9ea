"""What several commands share: their common arguments, the console, and whose code is meant.

Apart so that ``check 2`` and ``talk 2`` read "2" alike and say whose code they run alike. The rule:
a step that is not named is the first one that is not finished.
"""

import argparse

from rich.console import Console

from workshop import Problem, progress
from workshop.layout import Layout
from workshop.stack import Stack, learner_stack, solution_stack
from workshop.steps import Step, find_step, load_steps


def console() -> Console:
    """Where a command prints: colour on a terminal (not with NO_COLOR), plain in a pipe."""
    return Console(highlight=False, soft_wrap=True)


def step_argument(parser: argparse.ArgumentParser, optional: bool = True) -> None:
    """Add the step: a number or a word of its name."""
    parser.add_argument(
        "step",
        nargs="?" if optional else None,
        metavar="N",
        help="a step: 2, 02, parser or 02_request_parser; for check a task, too: 2.3"
        + (" (default: the first one not finished)" if optional else ""),
    )


def code_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the choice of whose code runs."""
    parser.add_argument("--solution", action="store_true", help="the solution, not your code")
    parser.add_argument(
        "--on",
        choices=("mine", "solutions"),
        help="what stands below: your earlier steps or the solutions (default: yours where green)",
    )


def chosen_step(args: argparse.Namespace) -> Step:
    """The step that was named, or the first unfinished one."""
    return find_step(args.step) if args.step else first_unfinished()


def first_unfinished() -> Step:
    """The first step with a task that is not green; the last step when all are."""
    steps = load_steps()
    if not steps:
        raise Problem("there is no step here: steps/ holds no step.toml.")
    known = progress.load()
    return next((step for step in steps if not known.is_green(step)), steps[-1])


def asked_stack(args: argparse.Namespace, step: Step) -> Stack:
    """The stack that the arguments ask for; Problem if it is a solution that is not here."""
    if not args.solution:
        return learner_stack(step, args.on)
    folder = Layout().solution(step.name)
    if not folder.is_dir():
        raise Problem(f"{Layout().shown(folder)} is not in this copy: leave --solution out.")
    return solution_stack(step)


def chosen_stack(args: argparse.Namespace, step: Step) -> Stack:
    """The same; Problem if a file in it is missing or broken."""
    stack = asked_stack(args, step)
    for fault in stack.problems():
        raise Problem(fault.text)
    return stack


def whose(stack: Stack) -> str:
    """``your code`` or ``the solution``, and what it stands on, for the first line of output."""
    said = ["your code" if layer.origin == "mine" else "the solution" for layer in stack.layers]
    top, *below = said
    if not set(below) - {top}:
        return top
    if len(set(below)) == 1:
        return f"{top}, standing on {below[0]}"
    given = [int(layer.name[:2]) for layer in stack.layers[1:] if layer.origin != "mine"]
    steps = f"step{'s' * (len(given) > 1)} {', '.join(map(str, sorted(given)))}"
    return f"{top}, standing on your code and the solution of {steps}"
