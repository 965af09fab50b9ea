"""Start a step over: its files become what they were at the start.

What you wrote is kept first, and the command names the copy. Without a file, all of the step's.
"""

import argparse

from workshop.commands.shared import console
from workshop.layers.adopt import reset
from workshop.steps import find_step


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and which of its files."""
    parser.add_argument("step", metavar="N", help="a step: 2, parser or 02_request_parser")
    parser.add_argument(
        "file", nargs="*", default=[], metavar="FILE", help="its name (default: all)"
    )


def run(args: argparse.Namespace) -> int:
    """Print what was done, and where the copies are."""
    step, out = find_step(args.step), console()
    said = [line for file in args.file or [None] for line in reset(step, file)]
    for line in said or ["nothing to do: the files are as they were at the start"]:
        out.print(line, markup=False)
    return 0
