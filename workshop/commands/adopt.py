"""Take the solution's file in place of yours, or carry yours forward.

What you wrote is kept first, and the command names the copy. With --mine, the modules that this
step changes get the functions that you wrote in the steps below.
"""

import argparse

from workshop.commands.shared import console
from workshop.layers.adopt import adopt
from workshop.steps import find_step


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, which of its files, and from where."""
    parser.add_argument("step", metavar="N", help="a step: 2, parser or 02_request_parser")
    parser.add_argument(
        "file", nargs="*", default=[], metavar="FILE", help="its name (default: all)"
    )
    parser.add_argument("--mine", action="store_true", help="carry your own functions forward")


def run(args: argparse.Namespace) -> int:
    """Print what was done, and where the copies are."""
    step, out = find_step(args.step), console()
    said = [line for file in args.file or [None] for line in adopt(step, file, args.mine)]
    for line in said or ["nothing to do: your files are the solution's"]:
        out.print(line, markup=False)
    return 0
