"""Write the stack of a step out as one tree, for tools that know nothing of layers.

The tree goes into build/, which git ignores. Change nothing there: it is written anew each time.
"""

import argparse

from workshop import ROOT
from workshop.commands.shared import chosen_step, console, step_argument
from workshop.layers.assemble import assemble


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step."""
    step_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print where the tree is."""
    tree = assemble(chosen_step(args))
    console().print(f"[green]✓[/] {tree.relative_to(ROOT).as_posix()}")
    return 0
