"""Write the copies, starters and layer files that follow from solutions/09_full_framework.

What a learner has edited is never judged and never overwritten. --check writes nothing and fails,
naming the file to edit, when something drifted.
"""

import argparse

from workshop.commands.shared import console
from workshop.layers import sync


def arguments(parser: argparse.ArgumentParser) -> None:
    """Write or check."""
    parser.add_argument("--check", action="store_true", help="only say what drifted")
    parser.add_argument(
        "--pristine", action="store_true", help="with --check: an edited starter is drift too"
    )
    parser.add_argument(
        "--fresh", nargs="+", default=[], metavar="N", help="write these starters anew"
    )
    parser.add_argument(
        "--reviewed", nargs="+", default=[], metavar="DRAFT", help="drafts compared and found good"
    )


def run(args: argparse.Namespace) -> int:
    """Print what was written, or what is wrong; 1 if anything is."""
    out = console()
    if args.reviewed:
        for line in sync.reviewed(args.reviewed):
            out.print(line, markup=False)
    if not args.check:
        for path in sync.sync(fresh=args.fresh):
            out.print(f"wrote {path}", markup=False)
    problems = sync.problems(pristine=args.pristine)
    for problem in problems:
        out.print(problem, markup=False)
    if not problems:
        out.print("[green]✓[/] copies and starters are what the solutions say")
    return 1 if problems else 0
