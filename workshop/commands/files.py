"""Show the stack of a step: which module comes from which layer, and whose it is.

A step's folder holds only the modules it adds or changes. Every other module comes from the
highest step below that has it.
"""

import argparse

from rich.table import Table

from workshop.commands.shared import chosen_step, code_arguments, console, step_argument, whose
from workshop.layout import Layout
from workshop.stack import Layer, learner_stack, solution_stack
from workshop.steps import Step


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and whose code."""
    step_argument(parser)
    code_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print one row a module; 1 if a file of the stack is missing or broken."""
    step = chosen_step(args)
    stack = solution_stack(step) if args.solution else learner_stack(step, args.on)
    out = console()
    out.print(f"[bold]step {step.number}, {step.title}[/]: {whose(stack)}")
    table = Table("module", "from", "whose", "file", box=None, header_style="dim", pad_edge=False)
    for module, (layer, file) in stack.files().items():
        table.add_row(module, layer.name, kind(layer, step), Layout().shown(file))
    out.print(table)
    faults = stack.problems()
    for fault in faults:
        out.print(f"[red]{fault.text}[/]")
    return 1 if faults else 0


def kind(layer: Layer, step: Step) -> str:
    """Whose a module is, in a word or two."""
    word = {"mine": "yours", "solution": "the solution's"}.get(layer.origin, layer.origin)
    return f"[bold]{word}[/]" if layer.name == step.name else word
