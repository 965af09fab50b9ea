"""Look for what may be wrong with this machine: Python, sockets, ports, tools, disk.

Each line says what was found; where something is wrong, what to do about it. A warning costs you a
part of the workshop; an error would break it.
"""

import argparse

from workshop.commands.shared import console
from workshop.machine import EXAMINATIONS, Finding

MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments."""


def run(args: argparse.Namespace) -> int:
    """Print one line for each examination; 1 if one found an error."""
    out = console()
    worst = 0
    for name, examine in EXAMINATIONS.items():
        try:
            found = examine()
        except OSError as error:
            found = Finding("error", str(error))
        out.print(f"{MARKS[found.level]} {name:<14}", found.text, sep="", markup=True)
        worst |= found.level == "error"
    return int(worst)
