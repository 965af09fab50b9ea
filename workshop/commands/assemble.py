"""Write the stack of a step out as one tree, for tools that know nothing of layers.

The tree goes into build/, which git ignores. Change nothing there: it is written anew each time.
With --mine it is your own code, a package to take with you, or to put to the framework's own tools:
they look at the folder that the variable WORKSHOP_TREE names.
"""

import argparse

from workshop import ROOT
from workshop.commands.shared import chosen_step, console, step_argument, whose
from workshop.layers.assemble import assemble
from workshop.stack import learner_stack


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and whose code."""
    step_argument(parser)
    parser.add_argument("--mine", action="store_true", help="your code (steps below: where green)")


def run(args: argparse.Namespace) -> int:
    """Print where the tree is."""
    step = chosen_step(args)
    if args.mine:
        stack = learner_stack(step)
        tree = assemble(step, stack, into=ROOT / "build" / "mine" / step.name)
        said = whose(stack)
    else:
        tree, said = assemble(step), "the solution"
    console().print(f"[green]✓[/] {tree.relative_to(ROOT).as_posix()}: {said}")
    return 0
