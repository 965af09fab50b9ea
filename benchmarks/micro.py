"""groundup beside Flask, microdot and bottle: what a request costs, in eight kinds of requests.

    python -m benchmarks.micro               measure, write benchmarks/results/micro*
    python -m benchmarks.micro --only groundup --cases one --seconds 1 --rounds 1

Apart from `compare`, whose peers are the fastest servers: these are the small frameworks that a
newcomer compares. One client at a time, 64 at once, plain functions against async ones, handlers
that wait, a megabyte either way. The rule: the same answers from all, and where a framework has no
such handler (bottle has no async ones) there is no figure.
"""

import argparse
import sys
from typing import Any

from benchmarks import command, compare, plots
from benchmarks.measure import Comparison, Plan
from benchmarks.rows import FLASK, Row, groundup, script
from benchmarks.targets import Target, cpu, ratio
from benchmarks.traffic import HELLO, Case, is_json

MIB = 1 << 20
OURS, THREADS = "groundup", "groundup threads"
MOSTLY_COPIED = 1.25  # where nearly all of the time is the kernel's, a bad round is not ours
ONE, MANY = "one client, async", "64 clients, async"
SYNC, BLOCKS, AWAITS = "64 clients, sync", "sync, waits 10 ms", "async, waits 10 ms"
ONE_SYNC, DOWN, UP = "one client, sync", "1 MiB down", "1 MiB up"


def is_large(body: bytes) -> bool:
    """A MiB of one letter."""
    return body == b"x" * MIB


def uploaded() -> Case:
    """A MiB of body, whose length is the answer."""
    head = f"POST /large HTTP/1.1\r\nHost: shop.example\r\nContent-Length: {MIB}\r\n\r\n"
    return Case(UP, "/large", is_json({"bytes": MIB}), head + "x" * MIB, connections=8)


CASES = {
    case.name: case
    for case in (
        Case(ONE_SYNC, "/sync", HELLO.__eq__, connections=1),
        Case(ONE, "/async", HELLO.__eq__, connections=1),
        Case(SYNC, "/sync", HELLO.__eq__),
        Case(MANY, "/async", HELLO.__eq__),
        Case(BLOCKS, "/blocks", HELLO.__eq__),
        Case(AWAITS, "/awaits", HELLO.__eq__),
        Case(DOWN, "/large", is_large, connections=8),
        uploaded(),
    )
}
ALL = tuple(CASES)
SYNC_ONLY = tuple(name for name in CASES if CASES[name].path not in ("/async", "/awaits"))
ASGIREF = "asgiref==3.13.0"  # what Flask runs an async function with


def ours(name: str, *options: str) -> Row:
    """One of our engines."""
    row = groundup(name, *options)
    return Row(name, row.kind, (), ("micro_groundup.py", "{port}", *options), ALL)


def peer(name: str, app: str, *pins: str, cases: tuple[str, ...] = ALL) -> Row:
    """A peer."""
    row = script(name, app, *pins)
    return Row(name, row.kind, row.pins, row.command, cases)


def flask(name: str, *options: str) -> Row:
    """Flask, by waitress or by its own server."""
    pins = (FLASK, "waitress==3.0.2", ASGIREF)
    return Row(name, "peer", pins, ("micro_flask.py", "{port}", *options), ALL)


ROWS = (
    ours(OURS),
    ours(THREADS, "threads"),
    peer("microdot", "micro_microdot", "microdot==2.7.0"),
    flask("Flask on waitress, 4 threads"),
    flask("Flask, app.run()", "own"),
    peer("bottle on cheroot, 10 threads", "micro_bottle", "bottle==0.13.4", "cheroot==11.1.2",
         cases=SYNC_ONLY),
)  # fmt: skip
PEERS = tuple(row.name for row in ROWS if row.kind == "peer")


def options(parser: argparse.ArgumentParser) -> None:
    """What only this benchmark can be asked."""
    parser.add_argument("--only", nargs="+", metavar="WORD", help="rows whose name has a word")
    parser.add_argument("--cases", nargs="+", metavar="WORD", help="cases whose name has a word")
    parser.add_argument("--note", help="what the machine did besides, for the result")


def measure(plan: Plan, given: argparse.Namespace) -> dict[str, Any]:
    """Ask all of them, in turn."""
    rows = [row for row in ROWS if compare.having(given.only, row.name)]
    cases = [name for name in CASES if compare.having(given.cases, name)]
    comparison = Comparison(plan, CASES)
    figures = comparison.measure(rows, cases)
    return {
        "figures": {row.name: figures[row.name] for row in rows if row.name in figures},
        "kinds": {row.name: row.kind for row in rows},
        "versions": comparison.versions,
        "left out": comparison.troubles,
        "note": given.note or "",
    }


def table(result: command.Result) -> str:
    """Processor time first, with its ratio to ours in the same run; then rates and latencies."""
    text = grid(result, "µs of processor time a request", "cpu", ".0f")
    text += ["", *grid(result, "times ours", "ratio", ".1f")]
    text += ["", *grid(result, "requests a second", "rps", ",.0f")]
    text += ["", *grid(result, "p99, ms", "p99", ".1f"), ""]
    text += [f"*Left out: {name}: {why}.*" for name, why in result["left out"].items()]
    if result["note"]:
        text.append(f"*{result['note']}*")
    return "\n".join(text) + "\n"


def grid(result: command.Result, title: str, key: str, form: str) -> list[str]:
    """One figure: a line for each server, a column for each case."""
    figures, kinds = result["figures"], result["kinds"]
    cases = [name for name in CASES if any(name in row for row in figures.values())]
    lines = [f"| {title} | {' | '.join(cases)} |", "|---|" + "---:|" * len(cases)]
    for name in figures:
        found = [figure(figures, name, case, key) for case in cases]
        cells = ["–" if one is None else f"{one:{form}}" for one in found]
        lines.append(f"| {compare.shown(name, kinds[name])} | {' | '.join(cells)} |")
    return lines


def figure(figures: Any, name: str, case: str, key: str) -> float | None:
    """A figure as it is shown: a ratio is to ours, a latency in milliseconds."""
    if key == "ratio":
        return ratio(cpu(figures, name, case), cpu(figures, OURS, case))
    found: float | None = figures[name].get(case, {}).get(key)
    return found / 1000 if found is not None and key == "p99" else found


def targets(result: command.Result) -> list[Target]:
    """Ours costs less than each of them; where a MiB is copied, hardly more at most."""
    figures = result["figures"]
    best = [
        (case, min((c for name in PEERS if (c := cpu(figures, name, case))), default=None))
        for case in CASES
    ]
    return [
        Target(
            f"{case}: {OURS} / the cheapest of the three",
            ratio(mine(figures, case), other),
            MOSTLY_COPIED if case in (DOWN, UP) else 1.0,
        )
        for case, other in best
    ]


def mine(figures: Any, case: str) -> float | None:
    """Our cheaper engine: plain functions are what the threads are for."""
    found = [c for name in (OURS, THREADS) if (c := cpu(figures, name, case))]
    return min(found, default=None)


def draw(result: command.Result) -> dict[str, plots.Plot]:
    """Bars for many clients, async and sync."""
    drawn = {}
    for name, case in (("async", MANY), ("sync", SYNC)):
        figures = {row: c[case]["cpu"] for row, c in result["figures"].items() if case in c}
        if figures:
            label = "µs of the server's processor time for a request"
            title = f"Processor time of a request: {case}"
            drawn[name] = plots.bars(title, figures, result["kinds"], label)
    return drawn


def about(result: command.Result) -> str:
    """The table and what was installed."""
    return f"{table(result)}\n*{compare.versions(result)}.*\n"


BENCHMARK = command.Benchmark(
    "micro", __doc__ or "", measure, about, targets, draw, options, seconds=1, rounds=3
)

if __name__ == "__main__":
    sys.exit(command.main(BENCHMARK))
