"""groundup and its peers, side by side: what a request costs a server.

    python -m benchmarks.compare             measure, write benchmarks/results/compare*
    python -m benchmarks.compare --check     measure, and leave with 1 where a target is missed
    python -m benchmarks.compare --only groundup --cases plaintext --seconds 1 --rounds 1

Apart from what it uses: this file only says what is compared and how the result is shown. wrk comes
from Debian, the peers from PyPI into environments of their own, on first use.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import command, plots, scaling, targets
from benchmarks.measure import Comparison, Plan
from benchmarks.rows import ROWS
from benchmarks.traffic import CASES


def options(parser: argparse.ArgumentParser) -> None:
    """What only this benchmark can be asked."""
    parser.add_argument("--only", nargs="+", metavar="WORD", help="rows whose name has a word")
    parser.add_argument("--cases", nargs="+", metavar="WORD", help="cases whose name has a word")
    parser.add_argument("--no-scaling", action="store_true", help="leave two processes out")


def having(words: Sequence[str] | None, name: str) -> bool:
    """Whether a name is wanted."""
    return not words or any(word.lower() in name.lower() for word in words)


def measure(plan: Plan, given: argparse.Namespace) -> dict[str, Any]:
    """Ask all servers; then one process and two."""
    rows = [row for row in ROWS if having(given.only, row.name)]
    cases = [name for name in CASES if having(given.cases, name)]
    comparison = Comparison(plan)
    figures = comparison.measure(rows, cases)
    return {
        "figures": {row.name: figures[row.name] for row in rows if row.name in figures},
        "kinds": {row.name: row.kind for row in rows},
        "versions": comparison.versions,
        "left out": comparison.troubles,
        "scaling": {} if given.no_scaling else scaling.measure(plan),
    }


def table(result: command.Result) -> str:
    """Processor time by row and case; then how many and how long, for the browser's plaintext."""
    figures, kinds = result["figures"], result["kinds"]
    cases = [name for name in CASES if any(name in row for row in figures.values())]
    text = ["| µs of processor time a request | " + " | ".join(cases) + " |"]
    text.append("|---|" + "---:|" * len(cases))
    for name, row in sorted(figures.items(), key=lambda item: next(iter(item[1].values()))["cpu"]):
        cells = [f"{row[case]['cpu']:.1f}" if case in row else "–" for case in cases]
        text.append(f"| {shown(name, kinds[name])} | " + " | ".join(cells) + " |")
    text += ["", *rates(result, cases), ""]
    text += [f"*Left out: {name}: {why}.*" for name, why in result["left out"].items()]
    return "\n".join(text) + "\n"


def rates(result: command.Result, cases: Sequence[str]) -> list[str]:
    """Requests per second and latencies of one case."""
    case = "plaintext, browser" if "plaintext, browser" in cases else cases[0]
    text = [f"| {case} | requests/s | p50, ms | p99, ms |", "|---|---:|---:|---:|"]
    rows = {name: row[case] for name, row in result["figures"].items() if case in row}
    for name, row in sorted(rows.items(), key=lambda item: -item[1]["rps"]):
        late = " | ".join(f"{row[key] / 1000:.1f}" for key in ("p50", "p99"))
        text.append(f"| {shown(name, result['kinds'][name])} | {row['rps']:,.0f} | {late} |")
    return text


def shown(name: str, kind: str) -> str:
    """A row's name: ours in bold, a limit said to be one."""
    return {"groundup": f"**{name}**", "limit": f"*limit:* {name}"}.get(kind, name)


def versions(result: command.Result) -> str:
    """What was installed, in one line."""
    found = {package: v for pins in result["versions"].values() for package, v in pins.items()}
    return ", ".join(f"{package} {found[package]}" for package in sorted(found))


def draw(result: command.Result) -> dict[str, plots.Plot]:
    """Bars for the browser's plaintext and for the POST."""
    drawn = {}
    for name, case in (("plaintext", "plaintext, browser"), ("post", "POST")):
        figures = {row: c[case]["cpu"] for row, c in result["figures"].items() if case in c}
        if figures:
            title = f"Processor time of a request: {case}"
            label = "µs of the server's processor time for a request"
            drawn[name] = plots.bars(title, figures, result["kinds"], label)
    return drawn


BENCHMARK = command.Benchmark(
    "compare",
    __doc__ or "",
    measure,
    lambda result: f"{table(result)}\n*{versions(result)}.*\n",
    targets.compared,
    draw,
    options,
)

if __name__ == "__main__":
    sys.exit(command.main(BENCHMARK))
