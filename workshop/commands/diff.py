"""Show how your code of a step differs from its solution.

Lines with - stand in your file, lines with + in the solution. Look only when your tests are green:
there is more than one good answer.
"""

import argparse
import difflib
from collections.abc import Iterator
from pathlib import Path

from workshop import Problem
from workshop.commands.shared import chosen_step, console, step_argument
from workshop.layers.adopt import chosen_modules
from workshop.layout import Layout, module_file

STYLES = {"-": "red", "+": "green", "@": "cyan"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and which of its modules."""
    step_argument(parser)
    parser.add_argument("module", nargs="*", metavar="FILE", help="parser or parser.py")


def run(args: argparse.Namespace) -> int:
    """Print a unified diff; 0 whether or not anything differs."""
    step, layout, out = chosen_step(args), Layout(), console()
    same = []
    files = args.module or [None]
    for module in [module for file in files for module in chosen_modules(step, file)]:
        mine = module_file(layout.mine(step.name), module)
        theirs = module_file(layout.solution(step.name), module)
        lines = list(differences(mine, theirs, layout))
        if not lines:
            same.append(module)
        for line in lines:
            out.print(line, style=STYLES.get(line[0], ""), markup=False)
    if same:
        out.print(f"the same as the solution: {', '.join(same)}")
    return 0


def differences(mine: Path, theirs: Path, layout: Layout) -> Iterator[str]:
    """The lines of a unified diff from one file to the other."""
    if not theirs.is_file():
        raise Problem(f"{layout.shown(theirs)} is not in this copy: there is nothing to compare.")
    before = mine.read_text(encoding="utf-8").splitlines() if mine.is_file() else []
    after = theirs.read_text(encoding="utf-8").splitlines()
    names = (layout.shown(mine), layout.shown(theirs))
    return difflib.unified_diff(before, after, *names, lineterm="")
