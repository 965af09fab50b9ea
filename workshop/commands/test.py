"""Run all checks of this repository: lint, types, every suite, mutants, attacks, labs, the book.

Sections go on after one has failed; the failures stand together at the end. With --repeat, run one
step's suite on its solution again and again, to find tests that depend on luck.
"""

import argparse
import time
from collections.abc import Sequence

from rich.console import Console

from workshop import Problem
from workshop.checking.repeat import repeat
from workshop.commands.shared import console
from workshop.layout import near_miss
from workshop.steps import find_step
from workshop.upkeep.sections import Result, Section, all_sections, run_all

MOST_LINES = 80  # of a failed section, in the terminal


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which sections, or which suite how often."""
    parser.add_argument("step", nargs="?", metavar="N", help="with --repeat: the step")
    parser.add_argument("--only", nargs="+", metavar="SECTION", help="run only these sections")
    parser.add_argument("--skip", nargs="+", metavar="SECTION", help="run all but these")
    parser.add_argument("--list", action="store_true", help="list the sections")
    lanes = (1, 2, 3)
    parser.add_argument("--jobs", type=int, choices=lanes, default=3, help="lanes (%(default)s)")
    parser.add_argument("--repeat", type=int, metavar="TIMES", help="1 to 1000")
    parser.add_argument("--busy", action="store_true", help="with --repeat: two busy neighbours")


def run(args: argparse.Namespace) -> int:
    """Print one line a section, the failures, and a summary; 1 if anything failed."""
    out = console()
    if args.repeat is not None:
        if not 1 <= args.repeat <= 1000 or not args.step:
            raise Problem("say how often (1 to 1000) and which step: test --repeat 100 1")
        return repeat(find_step(args.step), args.repeat, args.busy, out)
    sections = chosen(all_sections(), args.only, args.skip)
    if args.list:
        for section in sections:
            out.print(f"{section.name:<26} {' '.join(section.command[1:])}", markup=False)
        return 0
    began = time.monotonic()
    results = list(_stream(sections, args.jobs, out))
    return summary(results, time.monotonic() - began, out)


def chosen(
    sections: Sequence[Section], only: Sequence[str] | None, skip: Sequence[str] | None = None
) -> list[Section]:
    """The sections that start with a word of ``only`` (else all), less those of ``skip``."""
    for word in (*(only or ()), *(skip or ())):
        if not any(section.name.startswith(word) for section in sections):
            close = near_miss(word, [section.name for section in sections])
            raise Problem(f"there is no section {word!r}{close}")
    kept = [s for s in sections if only is None or s.name.startswith(tuple(only))]
    return [s for s in kept if not s.name.startswith(tuple(skip or ()))]


def _stream(sections: Sequence[Section], jobs: int, out: Console) -> list[Result]:
    results = []
    waiting = {section.name: section for section in sections}
    for event in run_all(sections, jobs):
        if event is not None:
            results.append(event)
            waiting.pop(event.section.name)
            show(event, out)
        else:
            out.print(f"   …    still running ({len(waiting)} sections left)", style="dim")
    return results


def show(result: Result, out: Console) -> None:
    """One line; the whole output of a failed section under it."""
    said = ", ".join(f"{number} {word}" for word, number in result.counts.items())
    mark = "[green]  ok  [/]" if result.good else "[red]FAILED[/]"
    out.print(f"{mark}  {result.section.name:<26}{result.seconds:>7.1f} s   [dim]{said}[/]")
    if result.good:
        return
    lines = result.output.strip().splitlines()
    if len(lines) > MOST_LINES:
        out.print(f"        … {len(lines) - MOST_LINES} lines before, all of them in {result.log}")
    for line in lines[-MOST_LINES:]:
        out.print(f"        {line}", markup=False)


def summary(results: Sequence[Result], seconds: float, out: Console) -> int:
    """The failed sections with the command that repeats each, and the totals as last line."""
    failed = [result for result in results if not result.good]
    if failed:
        out.print("\n[red]failed[/]")
        for result in failed:
            again = f"test --only '{result.section.name}'"
            out.print(f"  {result.section.name:<26}python3 -m workshop {again}", markup=False)
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for result in results:
        for word, number in result.counts.items():
            totals[word] += number
    skipped = f", {totals['skipped']} skipped" if totals["skipped"] else ""
    out.print(f"\n{len(results)} sections in {seconds:.0f} s")
    out.print(f"{totals['passed']} passed, {totals['failed']} failed{skipped}")
    return 1 if failed else 0
