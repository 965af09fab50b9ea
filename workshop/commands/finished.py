"""The stack of a step whose server can answer: what ``attack`` and ``bench`` need.

Apart from what all commands share because only these two wait for answers: a hole in the learner's
code would cost them their whole guard time. The rule: say which task is missing, and try nothing.
"""

import argparse

from workshop import Problem
from workshop.cli import PROGRAM
from workshop.commands.shared import chosen_stack
from workshop.layers.source import has_hole
from workshop.layers.starterfile import read
from workshop.stack import Stack
from workshop.steps import Step, target_module


def finished_stack(args: argparse.Namespace, step: Step, verb: str) -> Stack:
    """The chosen stack; Problem while a task of the learner's step is still a hole."""
    stack = chosen_stack(args, step)
    for task in step.tasks if stack.layers[0].origin == "mine" else ():
        for target in task.targets:
            module = target_module(step, target)
            source = read(stack.layers[0].file(module)) if module else None
            if module and has_hole(source or "", target.removeprefix(f"{module}.")):
                raise Problem(
                    f"task {task.id} is not written yet, so there is no server to {verb}: "
                    f"{PROGRAM} check {task.id}\n"
                    f"with the solution's server: {PROGRAM} {verb} {step.number} --solution"
                )
    return stack
