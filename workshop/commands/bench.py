"""Put load on a step and on the step before it, and show the figures side by side.

The load is steps/NN_name/bench.py. Figures of one run on one machine: compare them with each
other, not with those of another day.
"""

import argparse
from collections.abc import Callable

from rich.markdown import Markdown
from rich.table import Table

from workshop import Problem
from workshop.attacks import Target, defended, load_bench, previous
from workshop.commands.finished import finished_stack
from workshop.commands.shared import (
    chosen_step,
    code_arguments,
    console,
    step_argument,
    whose,
)
from workshop.stack import solution_stack


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which step, and whose code; or the picture of them all."""
    step_argument(parser)
    code_arguments(parser)
    parser.add_argument(
        "--all", action="store_true", help="measure every step's solution, for the book's picture"
    )


def run(args: argparse.Namespace) -> int:
    """Measure both, and print one row for each figure."""
    if args.all:
        return measure_all()
    step, out = chosen_step(args), console()
    stack, bench = finished_stack(args, step, "bench"), load_bench(step)
    before = previous(step)
    columns: dict[str, dict[str, float]] = {}
    with out.status("measuring …"):
        if before:
            with defended(before, solution_stack(before)) as target:
                columns[f"step {before.number}, the solution"] = loaded(bench, target)
        with defended(step, stack) as target:
            columns[f"step {step.number}, {whose(stack)}"] = loaded(bench, target)
    table = Table("", *columns, box=None, header_style="bold", pad_edge=False)
    for name in dict.fromkeys(name for column in columns.values() for name in column):
        table.add_row(name, *(figure(column.get(name)) for column in columns.values()))
    out.print(table)
    return 0


def measure_all() -> int:
    """Measure all steps, print the table, and write what the book shows."""
    from benchmarks import staircase

    with console().status("measuring, some two minutes …") as status:
        result = staircase.measure(status.update)
        staircase.write(result)
    console().print(Markdown(staircase.table(result)))
    return 0


def figure(value: float | None) -> str:
    """A figure with three digits that mean something: 86,600 or 1.27."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def loaded(bench: Callable[[Target], dict[str, float]], target: Target) -> dict[str, float]:
    """The figures of one server; Problem if it breaks off under the load."""
    try:
        return measured(bench(target), target)
    except OSError as error:
        raise Problem(f"the server did not bear the load: {error}; does check pass?") from error


def measured(figures: dict[str, float], target: Target) -> dict[str, float]:
    """The bench's own figures and the server's memory at its end, where the system tells it."""
    memory = target.rss()
    return figures if memory is None else {**figures, "memory, MB": memory / 1e6}
