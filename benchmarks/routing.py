"""What finding a route costs: groundup, Starlette and Werkzeug, in one run.

    .venv/bin/python benchmarks/routing.py            measure, write benchmarks/results/routing*
    .venv/bin/python benchmarks/routing.py --check    measure, and fail where a promise is broken

CPU time (process_time), because it hardly moves on a busy machine. Rounds of the contenders are
interleaved, and the median round counts. Every path is asked once, with a number of its own, so
that no cache of paths could help. The outer half draws; the inner half (--inside) measures, in
an environment of its own that has the peers in it.
"""

import argparse
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from subject import ROOT, TREE

RESULTS = ROOT / "benchmarks" / "results"

ROUTERS = ("starlette==1.10.0", "werkzeug==3.1.9")
TIMES = {"starlette": 50.0, "werkzeug": 3.0}  # at least so many times cheaper than they are

ROUTES = 1000
ROUNDS = 9
COUNTS = (1, 3, 10, 30, 100, 300, 1000, 3000)  # of routes, for the plot of growth

# A table of routes: how pattern number n is written, and a path that fits it.
Shape = tuple[Callable[[int], str], Callable[[int, int], str]]
SHAPES: dict[str, Shape] = {
    "one parameter": (
        lambda n: f"/api/thing{n}/<int:id>",
        lambda n, id: f"/api/thing{n}/{id}",
    ),
    "three parameters": (
        lambda n: f"/shops/<shop>/thing{n}/<int:id>/<name>",
        lambda n, id: f"/shops/acme/thing{n}/{id}/blue",
    ),
}
Find = Callable[[str], Any]  # a path → whatever this router says of it
Read = Callable[[Any], dict[str, Any]]  # and the parameters in that, to compare them


def groundup_router(patterns: list[str]) -> tuple[Find, Read]:
    """Ours."""
    from groundup.routing import Router

    router = Router()
    for pattern in patterns:
        router.add_route(pattern, lambda **values: None)
    return partial(router.match, "GET"), lambda found: found.params


def starlette_router(patterns: list[str]) -> tuple[Find, Read]:
    """Route after route, as Starlette's Router.app does it."""
    from starlette.routing import Match, Route

    routes = [Route(in_braces(pattern), lambda request: None) for pattern in patterns]

    def find(path: str) -> Any:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "", "headers": []}
        for route in routes:
            match, child_scope = route.matches(scope)
            if match is Match.FULL:
                return child_scope
        raise AssertionError(path)

    return find, lambda found: found["path_params"]


def in_braces(pattern: str) -> str:
    """'/<int:id>/<name>' → '/{id:int}/{name}'."""
    return pattern.replace("<int:id>", "{id:int}").replace("<", "{").replace(">", "}")


def werkzeug_router(patterns: list[str]) -> tuple[Find, Read]:
    """Its state machine, under an adapter that is bound once."""
    from werkzeug.routing import Map, Rule

    adapter = Map([Rule(p, endpoint=p, methods=["GET"]) for p in patterns]).bind("shop.example")
    return partial(adapter.match, method="GET"), lambda found: found[1]


MAKERS = {"groundup": groundup_router, "starlette": starlette_router, "werkzeug": werkzeug_router}


def make_all(shape: Shape, count: int) -> dict[str, Find]:
    """Every contender with the same routes, after a proof that they find the same."""
    pattern, path = shape
    made = {name: make([pattern(n) for n in range(count)]) for name, make in MAKERS.items()}
    answers = [dict(read(find(path(count - 1, 7)))) for find, read in made.values()]
    assert answers[0]["id"] == 7 and all(answer == answers[0] for answer in answers), answers
    return {name: find for name, (find, _) in made.items()}


def one_round(find: Find, paths: list[str]) -> float:
    """Microseconds of CPU time a path."""
    start = time.process_time()
    for path in paths:
        find(path)
    return (time.process_time() - start) / len(paths) * 1e6


def compare(shape: Shape, count: int, rounds: int, paths_each: int) -> dict[str, float]:
    """The median of interleaved rounds, in microseconds, by contender."""
    finders = make_all(shape, count)
    dice = random.Random(count)
    samples: dict[str, list[float]] = {name: [] for name in finders}
    for _ in range(rounds):
        for name, find in finders.items():
            asked = paths_each // 20 if name == "starlette" and count > 100 else paths_each
            paths = [shape[1](dice.randrange(count), dice.randrange(10**6)) for _ in range(asked)]
            samples[name].append(one_round(find, paths))
    return {name: statistics.median(figures) for name, figures in samples.items()}


def inside() -> None:
    """The measuring half: prints JSON."""
    sys.path.insert(0, str(TREE))
    from importlib.metadata import version

    grown = {count: compare(SHAPES["one parameter"], count, 5, 1000) for count in COUNTS}
    result = {
        "cost": {name: compare(shape, ROUTES, ROUNDS, 5000) for name, shape in SHAPES.items()},
        "growth": {name: [[count, grown[count][name]] for count in COUNTS] for name in MAKERS},
        "versions": {name: version(name) for name in ("starlette", "werkzeug")},
        "python": platform.python_version(),
    }
    print(json.dumps(result))


def broken_promises(cost: dict[str, dict[str, float]]) -> list[str]:
    """What the figures do not keep."""
    broken = []
    for what, row in cost.items():
        for name, times in TIMES.items():
            ratio = row[name] / row["groundup"]
            if ratio < times:
                broken.append(f"{what}: {ratio:.1f} times cheaper than {name}, not {times:.0f}")
    return broken


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown."""
    versions = result["versions"]
    lines = [
        f"| µs of CPU time, {ROUTES:,} routes | groundup | Werkzeug {versions['werkzeug']} "
        f"| Starlette {versions['starlette']} | Werkzeug ÷ groundup | Starlette ÷ groundup |",
        "|---|---|---|---|---|---|",
    ]
    for what, row in result["cost"].items():
        ours, werkzeug, starlette = row["groundup"], row["werkzeug"], row["starlette"]
        lines.append(
            f"| {what} | **{ours:.1f}** | {werkzeug:.1f} | {starlette:.0f} "
            f"| {werkzeug / ours:.1f} | {starlette / ours:.0f} |"
        )
    lines += ["", f"*Python {result['python']}, {result['machine']}, {result['date']}.*", ""]
    return "\n".join(lines)


def draw(result: dict[str, Any]) -> None:
    """The plot for the book: the cost of a match against the number of routes."""
    import matplotlib.pyplot as plt

    sys.path.insert(0, str(ROOT))
    from workshop.book.labpage import figure

    plt.style.use(ROOT / "docs" / "assets" / "workshop.mplstyle")
    _, axes = plt.subplots(figsize=(7.2, 3.2))
    for name in ("starlette", "werkzeug", "groundup"):
        axes.loglog(*zip(*result["growth"][name], strict=True), marker="o", label=name)
    axes.set(xlabel="routes", ylabel="CPU time for a match, µs")
    axes.legend()
    path = RESULTS / "routing_growth.svg"
    plt.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close()
    title = "Cost of a match against the number of routes"
    (RESULTS / "routing_growth.html").write_text(figure(path.read_text("utf-8"), title), "utf-8")
    path.unlink()


def main() -> int:
    """Measure in the peers' environment; write, draw, and judge."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--check", action="store_true", help="fail where a promise is broken")
    options.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.inside:
        inside()
        return 0
    from peers import python_with

    command = [python_with(*ROUTERS), __file__, "--inside"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    result["machine"] = f"{platform.system()} {platform.machine()}"
    result["date"] = datetime.now(UTC).date().isoformat()
    print(table(result))
    broken = broken_promises(result["cost"])
    if not given.check:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "routing.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        (RESULTS / "routing.md").write_text(table(result), "utf-8")
        draw(result)
    for sentence in broken:
        print("BROKEN", sentence)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
