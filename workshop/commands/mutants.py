"""Try plausible wrong programs on a step's tests: each must be caught, by the task it names.

The wrong programs stand in tests/NN_name/mutants.toml. With --update, the golden files, which pin
what a learner reads, are written anew: read the difference before you commit it.
"""

import argparse

from workshop.checking import mutants, report
from workshop.commands.shared import console
from workshop.steps import find_step, load_steps


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which steps and which mutants."""
    parser.add_argument("step", nargs="*", metavar="N", help="steps (default: all)")
    parser.add_argument("--only", nargs="+", default=[], metavar="ID", help="only these mutants")
    parser.add_argument("--update", action="store_true", help="write the golden files")


def run(args: argparse.Namespace) -> int:
    """Print one row a mutant (it passes if the task it names catches it); 1 if one survived."""
    out = console()
    total = caught = 0
    for step in [find_step(word) for word in args.step] or load_steps():
        out.print(f"[bold]step {step.number}, {step.title}[/]")
        results = mutants.run(
            step,
            only=args.only,
            update=args.update,
            on_result=lambda result: report.print_text(out, report.mutant_line(result)),
        )
        total += len(results)
        caught += sum(result.ok for result in results)
    out.print(f"{caught} passed, {total - caught} failed")
    return 0 if caught == total else 1
