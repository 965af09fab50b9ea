"""Does a request grow dearer with open connections, with routes, with the server's age?

    python -m benchmarks.growth --minutes 2

Three questions to the fast engine, a plot each: idle connections from none to ten thousand, routes
from none to five thousand (a different one is asked each time), and minutes of full load. A line
that rises would mean that something is searched or kept that should not be.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from benchmarks import command, peers, plots
from benchmarks.holding import Held, make_room
from benchmarks.measure import Plan, Sample, median, sample, tell
from benchmarks.rows import OURS, ROWS, Row
from benchmarks.running import Running
from benchmarks.targets import Target
from benchmarks.traffic import CASES, HELLO, SLOT, SPREAD, Case
from benchmarks.wrk import Failed

PLAIN = CASES["plaintext, plain"]
CONNECTIONS = (0, 100, 1000, 10_000)
ROUTES = (1, 10, 100, 1000, 5000)
ROOM = 11_000
Points = list[list[float]]


def options(parser: argparse.ArgumentParser) -> None:
    """What only this benchmark can be asked."""
    parser.add_argument("--minutes", type=float, default=2.0, help="how old the server grows")


def ours(*more: str) -> Row:
    """The fast engine, with more options."""
    row = next(row for row in ROWS if row.name == OURS)
    return replace(row, command=row.command + more)


def started(plan: Plan, *more: str) -> Running:
    """The server, on its core."""
    return Running(ours(*more), peers.python_with(base=plan.python), {plan.server_core})


def measure(plan: Plan, given: argparse.Namespace) -> command.Result:
    """The three lines: [what grows, µs]."""
    make_room(ROOM)
    kinds: dict[str, Callable[[], Points]] = {
        "connections": partial(by_connections, plan),
        "routes": partial(by_routes, plan),
        "seconds": partial(by_age, plan, given.minutes * 60),
    }
    grown: dict[str, Points] = {}
    for name, measured in kinds.items():
        try:
            grown[name] = measured()
            tell(f"{name}: {grown[name]}")
        except (Failed, OSError, ValueError) as error:
            tell(f"LEFT OUT {name}: {error}")
    return {"grown": grown}


def by_connections(plan: Plan) -> Points:
    """One server, and more and more idle connections beside the active ones."""
    points: Points = []
    with started(plan, "--connections", str(ROOM)) as server, Held(server.port) as held:
        server.check([PLAIN])
        for count in CONNECTIONS:
            held.grow(count)
            taken = [sample(server, PLAIN, plan, number) for number in range(plan.rounds)]
            points.append([count, median(taken)["cpu"]])
        if held.lost():
            raise Failed(f"{held.lost()} idle connections were closed")
    return points


def numbered(count: int) -> Case:
    """A request that goes to another one of so many routes each time."""
    path = f"/thing{SPREAD}/1{SLOT}"  # no number begins with 0
    text = f"GET {path} HTTP/1.1\r\nHost: shop.example\r\n\r\n"
    return Case(f"{count} routes", "/", HELLO.__eq__, text, spread=count)


def by_routes(plan: Plan) -> Points:
    """A server for each number of routes, asked in turn."""
    samples: dict[int, list[Sample]] = {count: [] for count in ROUTES}
    with ExitStack() as stack:
        servers = {
            count: stack.enter_context(started(plan, "--routes", str(count))) for count in ROUTES
        }
        for count, server in servers.items():
            server.check([numbered(count)])
        for number in range(plan.rounds):
            for count, server in servers.items():
                samples[count].append(sample(server, numbered(count), plan, number))
    return [[count, median(taken)["cpu"]] for count, taken in samples.items()]


def by_age(plan: Plan, seconds: float) -> Points:
    """One server under load all the time; the points are a tenth of it each, at their ends."""
    points: Points = []
    with started(plan) as server:
        server.check([CASES["users, browser"]])
        began = time.monotonic()
        longer = replace(plan, seconds=max(1, round(seconds / 10)))
        for number in range(10):
            taken = sample(server, CASES["users, browser"], longer, number)
            points.append([round(time.monotonic() - began), round(taken.cpu, 2)])
    return points


def rise(points: Points | None) -> float | None:
    """The last figure in terms of the first."""
    return points[-1][1] / points[0][1] if points else None


def targets(result: command.Result) -> list[Target]:
    """None of the lines rises."""
    grown = result["grown"]
    return [
        Target("10,000 open connections / none", rise(grown.get("connections")), 1.1),
        Target("5,000 routes / 1", rise(grown.get("routes")), 1.2),
        Target("the end of the run / its beginning", rise(grown.get("seconds")), 1.1),
    ]


def table(result: command.Result) -> str:
    """The points."""
    text = ["| µs of processor time a request | |", "|---|---|"]
    for name, points in result["grown"].items():
        shown = ", ".join(f"{x:,.0f}: {y:.1f}" for x, y in points)
        text.append(f"| by {name} | {shown} |")
    return "\n".join(text) + "\n"


def draw(result: command.Result) -> dict[str, plots.Plot]:
    """A panel for each question."""
    panels = {
        name: (name if name != "seconds" else "seconds of load", {OURS: points})
        for name, points in result["grown"].items()
    }
    title = "Cost of a request against connections, routes and age"
    return {"cost": plots.lines(title, panels, "µs of processor time a request")}


BENCHMARK = command.Benchmark("growth", __doc__ or "", measure, table, targets, draw, options)

if __name__ == "__main__":
    sys.exit(command.main(BENCHMARK))
