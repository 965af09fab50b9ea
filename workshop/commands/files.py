"""Show the stack of a step: which module comes from which layer, and whose it is.

A step's folder holds only the modules it adds or changes. Every other module comes from the
highest step below that has it.
"""

import argparse

from workshop.commands.shared import (
    asked_stack,
    chosen_step,
    code_arguments,
    console,
    step_argument,
    whose,
)
from workshop.layout import Layout
from workshop.stack import Layer


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and whose code."""
    step_argument(parser)
    code_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print one row a module; 1 if a file of the stack is missing or broken."""
    step = chosen_step(args)
    stack = asked_stack(args, step)
    out = console()
    out.print(f"[bold]step {step.number}, {step.title}[/]: {whose(stack)}")
    rows = [("module", "from", "whose", "file")]
    for module, (layer, file) in stack.files().items():
        rows.append((module, layer.name, kind(layer), Layout().shown(file)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        style = "dim" if row is rows[0] else "bold" if row[1] == step.name else ""
        out.print("  ".join(cells).rstrip(), style=style, markup=False)
    faults = stack.problems()
    for fault in faults:
        out.print(f"[red]{fault.text}[/]")
    return 1 if faults else 0


def kind(layer: Layer) -> str:
    """Whose a layer is, in a word or two."""
    return {"mine": "yours", "solution": "the solution's"}.get(layer.origin, layer.origin)
