"""What an idle keep-alive connection costs: memory, and the time of the active ones.

    python -m benchmarks.idle --count 10000

Each connection has asked once and been answered, then says nothing. Memory is the resident memory
of the server's process tree, before and after, by connection. For the active ones two servers run
at once, one holding the idle connections and one holding none, and are asked in turn.
"""

import argparse
import sys
from contextlib import ExitStack
from dataclasses import replace

from benchmarks import command, peers, plots, wrk
from benchmarks.holding import Held, make_room
from benchmarks.measure import Plan, Sample, median, sample, tell
from benchmarks.proctree import resident_kib
from benchmarks.rows import CONSTANT, OURS, ROWS, STACK, THREADS, Row
from benchmarks.running import Running
from benchmarks.targets import Target, ratio
from benchmarks.traffic import CASES
from benchmarks.wrk import Failed

PLAIN = CASES["plaintext, plain"]
WANTED = (CONSTANT, "groundup, uvloop", OURS, THREADS, "groundup pool", STACK, "aiohttp")
SPARE = 1000  # connections that the limit allows beyond the idle ones


def options(parser: argparse.ArgumentParser) -> None:
    """What only this benchmark can be asked."""
    parser.add_argument("--count", type=int, default=10_000, help="of idle connections")


def roomy(row: Row, count: int) -> Row:
    """A row whose server has room for them."""
    more = ("--connections", str(count + SPARE)) if row.kind == "groundup" else ()
    return replace(row, command=row.command + more)


def measure(plan: Plan, given: argparse.Namespace) -> command.Result:
    """Memory of several servers, then the active ones beside groundup's idle ones."""
    make_room(given.count + SPARE)
    rows = [roomy(row, given.count) for row in ROWS if row.name in WANTED]
    memory: dict[str, float] = {}
    for row in rows:
        try:
            memory[row.name] = round(held_memory(row, plan, given.count), 2)
            tell(f"{row.name}: {memory[row.name]} KiB for a connection")
        except (Failed, OSError, ValueError) as error:
            tell(f"LEFT OUT {row.name}: {error}")
    ours = next(row for row in rows if row.name == OURS)
    try:
        active = active_beside(ours, plan, given.count)
    except (Failed, OSError, ValueError) as error:
        tell(f"LEFT OUT the active ones: {error}")
        active = {}
    return {"count": given.count, "memory": memory, "active": active}


def held_memory(row: Row, plan: Plan, count: int) -> float:
    """KiB that each idle connection has added."""
    python = peers.python_with(*row.pins, base=plan.python)
    with Running(row, python, {plan.server_core}) as server, Held(server.port) as held:
        wrk.run(PLAIN, server.port, 1, plan.load_core, 1)  # all that is made once is made now
        before = resident_kib(server.pid)
        held.grow(count)
        after = resident_kib(server.pid)
        if held.lost():
            raise Failed(f"{held.lost()} of {count} idle connections were closed")
    return (after - before) / count


def active_beside(row: Row, plan: Plan, count: int) -> dict[str, dict[str, float]]:
    """Medians without and with idle connections, in turn."""
    python = peers.python_with(*row.pins, base=plan.python)
    samples: dict[str, list[Sample]] = {"without": [], "with": []}
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(Running(row, python, {plan.server_core})) for name in samples
        }
        held = stack.enter_context(Held(servers["with"].port))
        held.grow(count)
        for number in range(plan.rounds):
            for name, server in servers.items():
                samples[name].append(sample(server, PLAIN, plan, number))
                tell(f"{name} idle ones: {samples[name][-1]}")
        if held.lost():
            raise Failed(f"{held.lost()} of {count} idle connections were closed")
    return {name: median(taken) for name, taken in samples.items()}


def targets(result: command.Result) -> list[Target]:
    """What an idle connection may cost."""
    without, beside = (result["active"].get(name, {}) for name in ("without", "with"))
    kept = f"active requests beside {result['count']:,} idle connections / without:"
    return [
        Target("KiB of an idle connection, groundup", result["memory"].get(OURS), 3.0),
        Target(f"{kept} processor time", ratio(beside.get("cpu"), without.get("cpu")), 1.1),
        Target(f"{kept} p99", ratio(beside.get("p99"), without.get("p99")), 1.5),
    ]


def table(result: command.Result) -> str:
    """Memory by server, then the active ones."""
    text = [f"| {result['count']:,} idle connections | KiB each |", "|---|---:|"]
    text += [f"| {name} | {kib:.1f} |" for name, kib in result["memory"].items()]
    if result["active"]:
        text += ["", "| active requests | processor time, µs | p99, ms |", "|---|---:|---:|"]
    for name, row in result["active"].items():
        text.append(f"| {name} idle connections | {row['cpu']:.1f} | {row['p99'] / 1000:.1f} |")
    return "\n".join(text) + "\n"


def draw(result: command.Result) -> dict[str, plots.Plot]:
    """A bar for each server."""
    kinds = {row.name: row.kind for row in ROWS}
    title = "Resident memory of an idle keep-alive connection"
    return {"memory": plots.bars(title, result["memory"], kinds, "KiB for each connection")}


BENCHMARK = command.Benchmark(
    "idle", __doc__ or "", measure, table, targets, draw, options, seconds=2, rounds=9
)

if __name__ == "__main__":
    sys.exit(command.main(BENCHMARK))
