"""What goes wrong, and how little of it others notice: the table of faults.

    python -m benchmarks.faults             run the tests of faults; write results/faults*
    python -m benchmarks.faults --runs 100  as many SIGTERMs under load for each engine

Apart from the tests, which hold each figure to its bound and make a line of it, because here they
become a table. The rule: nothing is measured here; a test that fails leaves with 1, and no table.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import command

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests" / "framework"
CHOSEN = (
    *sorted(TESTS.glob("test_faults_*.py")),
    f"{TESTS / 'test_lifecycle.py'}::test_sigterm_under_load_loses_no_request_that_had_begun",
    f"{TESTS / 'test_processes.py'}"
    "::test_kill_9_under_load_costs_only_that_process_its_connections",
)
MODES = ("protocol", "pool", "threads", "serial", "processes")
Figure = dict[str, Any]


def run(runs: int) -> list[Figure]:
    """Run the tests; what they have written down. SystemExit if one has failed."""
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "figures"
        lines.touch()
        known = {"GROUNDUP_FAULTS": str(lines), "GROUNDUP_TERM_RUNS": str(runs)}
        tests = ["-m", "pytest", "-q", "--no-header", *map(str, CHOSEN)]
        done = subprocess.run([sys.executable, *tests], cwd=ROOT, env={**os.environ, **known})
        if done.returncode:
            raise SystemExit("a test of a fault has failed: there is no table")
        return [json.loads(line) for line in lines.read_text("utf-8").splitlines()]


def engine(mode: str) -> str:
    """The column of a figure: uvloop is another loop of the same engine."""
    return "protocol" if mode == "uvloop" else mode


def worst(figures: Iterable[Figure]) -> dict[tuple[str, str], dict[str, Figure]]:
    """By fault and what was measured, by engine: the worst of all times."""
    found: dict[tuple[str, str], dict[str, Figure]] = {}
    for figure in figures:
        row = found.setdefault((figure["fault"], figure["what"]), {})
        before = row.get(engine(figure["mode"]))
        if before is None or figure["value"] > before["value"]:
            row[engine(figure["mode"])] = figure
    return found


def table(figures: list[Figure]) -> str:
    """A row for each thing that was measured, a column for each engine."""
    lines = [f"| fault | measured | at most | {' | '.join(MODES)} |"]
    lines.append("|---|---|---:|" + "---:|" * len(MODES))
    last = ""
    for (fault, what), row in worst(figures).items():
        bounds = [shown(figure["most"], figure["unit"]) for figure in row.values()]
        cells = [
            shown(row[mode]["value"], row[mode]["unit"]) if mode in row else "–" for mode in MODES
        ]
        name = fault if fault != last else ""
        lines.append(f"| {name} | {what} | {bounds[0]} | {' | '.join(cells)} |")
        last = fault
    return "\n".join(lines) + "\n"


def shown(value: float, unit: str) -> str:
    """A figure for a person: `0.613 s`, `1.2 times`, `3 clients`."""
    number = f"{value:.0f}" if float(value).is_integer() else f"{value:.2g}"
    if unit == "s":
        number = f"{value:.2f}" if value >= 0.01 else "< 0.01" if value else "0"
    return f"{number} {unit}".strip()


def main(arguments: list[str] | None = None) -> int:
    """Run, write, show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="SIGTERMs under load (%(default)s)")
    parser.add_argument("--stored", action="store_true", help="write the table anew, run nothing")
    given = parser.parse_args(arguments)
    path = command.RESULTS / "faults.json"
    if given.stored:
        result = json.loads(path.read_text("utf-8"))
    else:
        figures = run(given.runs)
        version = f"Python {sys.version.split()[0]}"
        day = datetime.now(UTC).date().isoformat()
        where = f"{version}, {command.machine()}, {day}"
        result = {"where": where, "figures": figures}
        path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    text = f"{table(result['figures'])}\n*The worst of each test's figures. {result['where']}.*\n"
    path.with_suffix(".md").write_text(text, "utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
