"""What all benchmarks of servers have in common: options, files written, targets judged.

    python -m benchmarks.compare             measure; write benchmarks/results/compare*
    python -m benchmarks.compare --check     measure; leave with 1 where a target is missed
    python -m benchmarks.compare --stored    no measuring: judge and draw what is in the results

Apart so that each of them is only what it measures. The rule: results carry machine and day.
"""

import argparse
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import peers, plots, wrk
from benchmarks.measure import Plan, two_cores
from benchmarks.targets import Target

RESULTS = Path(__file__).resolve().parent / "results"

Result = dict[str, Any]


@dataclass(frozen=True)
class Benchmark:
    """One of them. ``name`` names its files; ``draw`` returns its plots by name."""

    name: str
    about: str
    measure: Callable[[Plan, argparse.Namespace], Result]
    table: Callable[[Result], str]
    targets: Callable[[Result], list[Target]]
    draw: Callable[[Result], dict[str, plots.Plot]]
    options: Callable[[argparse.ArgumentParser], Any] = lambda parser: None
    seconds: int = 2
    rounds: int = 5


def main(benchmark: Benchmark, arguments: list[str] | None = None) -> int:
    """Measure, write, judge."""
    given = read(benchmark, arguments)
    path = RESULTS / f"{benchmark.name}.json"
    result = json.loads(path.read_text("utf-8")) if given.stored else fresh(benchmark, given)
    targets = benchmark.targets(result)
    if not given.check:
        write(benchmark, result, targets)
    print(benchmark.table(result))
    for target in targets:
        print(target)
    return 0 if all(target.kept for target in targets) or not given.check else 1


def read(benchmark: Benchmark, arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{benchmark.name}", description=benchmark.about.splitlines()[0]
    )
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if a target missed")
    parser.add_argument("--stored", action="store_true", help="judge the stored result")
    parser.add_argument("--seconds", type=int, default=benchmark.seconds, help="of one sample")
    parser.add_argument("--rounds", type=int, default=benchmark.rounds)
    parser.add_argument("--python", type=Path, default=peers.usual(), help="of the servers")
    benchmark.options(parser)
    return parser.parse_args(arguments)


def fresh(benchmark: Benchmark, given: argparse.Namespace) -> Result:
    """A result of today, on this machine."""
    if sys.platform != "linux":
        raise SystemExit("These benchmarks read /proc and pin processes to cores: Linux only.")
    wrk.needed()
    server, load = two_cores()
    plan = Plan(given.seconds, given.rounds, server, load, given.python)
    result = benchmark.measure(plan, given)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "python": interpreter(given.python),
        "seconds": given.seconds,
        "rounds": given.rounds,
        **result,
    }


def interpreter(python: Path) -> str:
    """Its version and who built it, without its place."""
    words = peers.build(python)
    return f"Python {words.split()[0]} [{words.partition('[')[2]}"


def machine() -> str:
    """System and processor, no name and no place."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{platform.system()} {platform.release().partition('-')[0]}, {len(models)} × {model}"


def write(benchmark: Benchmark, result: Result, targets: list[Target]) -> None:
    """The figures, the table and the targets as Markdown, and the plots."""
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / benchmark.name
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    text = f"{benchmark.table(result)}\n{judged(targets)}\n{signature(result)}\n"
    stem.with_suffix(".md").write_text(text, "utf-8")
    for name, plot in benchmark.draw(result).items():
        plots.save(plot, RESULTS / f"{benchmark.name}_{name}.html")


def judged(targets: list[Target]) -> str:
    """The targets as a table."""
    lines = ["| target | at most, at least | measured | |", "|---|---|---|---|"]
    for target in targets:
        figure = "–" if target.figure is None else f"{target.figure:.2f}"
        sign, word = "≥" if target.least else "≤", "kept" if target.kept else "**missed**"
        lines.append(f"| {target.what} | {sign} {target.bound:g} | {figure} | {word} |")
    return "\n".join(lines) + "\n"


def signature(result: Result) -> str:
    """Where and when."""
    count, seconds = result["rounds"], result["seconds"]
    rounds = f"The median of {count} rounds of {seconds} s, " if count > 1 else ""
    return f"*{rounds}{result['python']}, {result['machine']}, {result['date']}.*"
