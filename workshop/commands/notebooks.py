"""Run the notebooks against the solutions: each ends in assertions, and they must hold.

One that did not change, and whose code did not change, is not run again unless --force.
"""

import argparse
import time

from workshop import ROOT
from workshop.commands.shared import console
from workshop.steps import find_step


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which notebooks."""
    parser.add_argument("step", nargs="*", metavar="N", help="steps (default: all)")
    parser.add_argument("--force", action="store_true", help="run even those that did not change")


def run(args: argparse.Namespace) -> int:
    """Run them one by one; a cell that fails is a Problem that shows its traceback."""
    from workshop.book import notebooks

    out = console()
    chosen = {find_step(word).name for word in args.step}
    for path in sorted(notebooks.SOURCE.glob("*.ipynb")):
        if chosen and path.stem not in chosen:
            continue
        executed = notebooks.EXECUTED / path.name
        began = time.monotonic()
        if args.force or not notebooks.is_fresh(path, executed):
            notebooks.execute(path, executed)
            took = f"{time.monotonic() - began:.0f} s"
        else:
            took = "unchanged since its last good run"
        out.print(f"[green]✓[/] {path.relative_to(ROOT).as_posix()}  [dim]{took}[/]")
    return 0
