"""What parsing a browser's request costs: groundup, h11 and httptools, in one run.

    .venv/bin/python benchmarks/parser.py            measure, write benchmarks/results/parser*
    .venv/bin/python benchmarks/parser.py --check    measure, and fail where a promise is broken

CPU time (process_time), because it hardly moves on a busy machine. Rounds of the contenders are
interleaved, and the median round counts. One field differs in each request, so that no cache of
whole requests could help. Parsers are made before the clock starts: in a server they live as
long as a connection. This half writes and draws; parsing.py, in the peers' environment, measures.
"""

import argparse
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from peers import PARSERS, python_with

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"

TIMES_H11 = 7.0  # at least so many times cheaper than h11
OF_HTTPTOOLS = 2.0  # at most so many times the cost of httptools


def broken_promises(cost: dict[str, dict[str, float]]) -> list[str]:
    """What the figures do not keep: fields that can be read, and the Host really read."""
    broken = []
    for what in ("parsed", "host read"):
        ours, h11, httptools = (cost[what][name] for name in ("groundup", "h11", "httptools"))
        if h11 < TIMES_H11 * ours:
            broken.append(f"{what}: {h11 / ours:.1f} times cheaper than h11, not {TIMES_H11:.0f}")
        if ours > OF_HTTPTOOLS * httptools:
            broken.append(f"{what}: {ours / httptools:.2f} of httptools, not {OF_HTTPTOOLS:.0f}")
    return broken


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    versions = result["versions"]
    lines = [
        f"| µs of CPU time | groundup | h11 {versions['h11']} | httptools {versions['httptools']} "
        "| h11 ÷ groundup | groundup ÷ httptools |",
        "|---|---|---|---|---|---|",
    ]
    for what, row in result["cost"].items():
        ours, h11, httptools = row["groundup"], row["h11"], row["httptools"]
        lines.append(
            f"| {what} | **{ours:.1f}** | {h11:.1f} | {httptools:.1f} "
            f"| {h11 / ours:.1f} | {ours / httptools:.2f} |"
        )
    lines += ["", f"*Python {result['python']}, {result['machine']}, {result['date']}.*", ""]
    return "\n".join(lines)


def draw(result: dict[str, Any]) -> None:
    """Two plots for the book: cost of a request, growth of a head."""
    import matplotlib.pyplot as plt

    sys.path.insert(0, str(ROOT))
    plt.style.use(ROOT / "docs" / "assets" / "workshop.mplstyle")
    draw_cost(plt, result["cost"]["host read"])
    draw_growth(plt, result["growth"])


def draw_cost(plt: Any, row: dict[str, float]) -> None:
    """A bar for each parser, the dearest at the bottom."""
    _, axes = plt.subplots(figsize=(7.2, 2.2))
    names = sorted(row, key=row.__getitem__, reverse=True)
    bars = axes.barh(names, [row[name] for name in names], color=["#2563eb", "#c2410c", "#0f8a5f"])
    axes.bar_label(bars, fmt="%.1f µs", padding=4)
    axes.set(
        xlabel="CPU time for a browser's request, Host read", xlim=(0, max(row.values()) * 1.2)
    )
    save(plt, "parser_cost", "CPU time to parse a browser's request")


def draw_growth(plt: Any, grown: dict[str, list[tuple[float, float]]]) -> None:
    """A larger head, and the same head in more segments: both lines should be straight."""
    _, (left, right) = plt.subplots(1, 2)
    for label in ("byte by byte", "in segments of 1460 bytes", "whole"):
        left.loglog(*zip(*grown[label], strict=True), marker="o", label=label)
    left.set(title="A larger head", xlabel="bytes", ylabel="CPU time, µs")
    left.legend()
    right.loglog(*zip(*grown["segments of a 16 KiB head"], strict=True), marker="o")
    right.set(title="The same 16 KiB in more segments", xlabel="segments")
    save(plt, "parser_growth", "Cost of a head against its size and its number of segments")


def save(plt: Any, name: str, title: str) -> None:
    """Write the current plot as the fragment of HTML that the book includes."""
    from workshop.book.labpage import figure

    path = RESULTS / f"{name}.svg"
    plt.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close()
    (RESULTS / f"{name}.html").write_text(figure(path.read_text("utf-8"), title), "utf-8")
    path.unlink()


def main() -> int:
    """Measure in the peers' environment; write, draw, and judge."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--check", action="store_true", help="fail where a promise is broken")
    given = options.parse_args()
    result = measured()
    print(table(result))
    if not given.check:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "parser.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        (RESULTS / "parser.md").write_text(table(result), "utf-8")
        draw(result)
    broken = broken_promises(result["cost"])
    for sentence in broken:
        print("BROKEN", sentence)
    return 1 if broken else 0


def measured() -> dict[str, Any]:
    """What parsing.py measures, with the machine and the day."""
    command = [python_with(*PARSERS), Path(__file__).with_name("parsing.py")]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    result["machine"] = f"{platform.system()} {platform.machine()}"
    result["date"] = datetime.now(UTC).date().isoformat()
    return result


if __name__ == "__main__":
    sys.exit(main())
