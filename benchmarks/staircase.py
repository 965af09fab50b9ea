"""Was each step worth it? Four questions to the solution of each, and one picture.

    python3 -m workshop bench --all

The same tiny shop runs on the engine of every step that has one. Apart from the other benchmarks
because it compares our own steps, needs no wrk and no second machine, and anybody can run it in two
minutes. The rule: bounded in count and time, whatever a server does; a question that a server never
answers has a bound as its figure, and says so.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import command, plots
from benchmarks.holding import Held, make_room
from workshop import kit
from workshop.stack import solution_stack
from workshop.steps import Step, load_steps

PROGRAM = Path(__file__).parent / "apps" / "stair_app.py"
CLIENTS = 64
SECONDS = 2.0  # of load
SLOW_HEADS = 4
LONGEST = 12.0  # seconds: a server that has not served by then is called stopped
IDLE = (1, 10, 100, 1000, 4000)  # connections held, in this order, while a newcomer is served
PATIENCE = 1.0  # seconds that the newcomer waits for its answer
FIRST = 2  # the first step that speaks HTTP
FIGURES = {
    "rate": "requests a second, 64 clients, each waits 5 ms",
    "p99": "their p99, ms",
    "silence": "seconds without service, 4 slow heads",
    "held": "idle connections beside a served newcomer",
}
Result = dict[str, Any]


@dataclass(frozen=True)
class Stair:
    """One step's engine, and the shape of its handlers."""

    step: Step
    engine: str
    shape: str

    @property
    def name(self) -> str:
        """`5 Threaded workers`."""
        return f"{self.step.number} {self.step.title}"


def stairs() -> list[Stair]:
    """Every step that serves HTTP by an engine that no step before it has."""
    found: list[Stair] = []
    for step in load_steps():
        shape = step.serve.handler
        if shape == "request" and "engines.pool" in solution_stack(step).files():
            shape = "async"
        stair = Stair(step, step.serve.engine, shape)
        changed = stair.engine.partition(":")[0].removeprefix("groundup.") in step.modules
        if step.number >= FIRST and changed:
            found.append(stair)
    return found


@contextmanager
def running(stair: Stair) -> Iterator[tuple[str, int]]:
    """The solution of a step in a process of its own."""
    stack = solution_stack(stair.step)
    with kit.spawn(PROGRAM, stair.engine, stair.shape, stack=stack) as server:
        yield server.address


def request(path: str) -> bytes:
    """A short request, the only one on its connection."""
    return f"GET {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".encode()


async def one(address: tuple[str, int], times: list[float], end: float) -> None:
    """A client that asks, waits for its answer, and asks again, each time anew."""
    while (began := time.perf_counter()) < end:
        try:
            async with asyncio.timeout(end + PATIENCE - began):
                reader, writer = await asyncio.open_connection(*address)
                writer.write(request("/wait"))
                answer = await reader.read()
                writer.close()
        except OSError:  # too late, or turned away
            await asyncio.sleep(0.01)
            continue
        if answer.startswith(b"HTTP/1.1 200 "):
            times.append(time.perf_counter() - began)


async def crowd(address: tuple[str, int]) -> list[float]:
    """How long each answer took."""
    times: list[float] = []
    end = time.perf_counter() + SECONDS
    await asyncio.gather(*(one(address, times, end) for _ in range(CLIENTS)))
    return times


def load(address: tuple[str, int]) -> dict[str, float]:
    """Requests a second, and the slowest of a hundred."""
    times = sorted(asyncio.run(crowd(address)))
    return {"rate": len(times) / SECONDS, "p99": 1000 * times[int(0.99 * (len(times) - 1))]}


def silence(address: tuple[str, int]) -> dict[str, float]:
    """How long somebody has to wait behind clients that send half a head and no more."""
    attackers = [socket.create_connection(address, LONGEST) for _ in range(SLOW_HEADS)]
    try:
        for attacker in attackers:
            attacker.sendall(b"GET / HT")
        return {"silence": waited(address, LONGEST) or LONGEST}
    finally:
        for attacker in attackers:
            attacker.close()


def waited(address: tuple[str, int], longest: float) -> float | None:
    """Seconds until a newcomer has its answer; None if it has none after so many."""
    began = time.perf_counter()
    try:
        with closing(socket.create_connection(address, longest)) as client:
            client.settimeout(longest)
            client.sendall(request("/"))
            if not client.recv(4096).startswith(b"HTTP/1.1 200 "):
                return None
    except OSError:
        return None
    return time.perf_counter() - began


def held(address: tuple[str, int]) -> dict[str, float]:
    """The most idle connections beside which a newcomer is served at once."""
    most = 0
    with Held(address[1], timeout=PATIENCE) as idle:
        for count in IDLE:
            try:
                idle.grow(count)
            except OSError:  # this one was never answered
                break
            if waited(address, PATIENCE) is None:
                break
            most = count
    return {"held": most}


QUESTIONS: tuple[Callable[[tuple[str, int]], dict[str, float]], ...] = (load, silence, held)


def measure(tell: Callable[[str], None]) -> Result:
    """All figures of all steps; each question to a fresh server."""
    make_room(IDLE[-1])
    figures: dict[str, dict[str, float]] = {}
    for stair in stairs():
        tell(stair.name)
        figures[stair.name] = {}
        for question in QUESTIONS:
            with running(stair) as address:
                figures[stair.name] |= question(address)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": command.machine(),
        "figures": figures,
    }


def table(result: Result) -> str:
    """A row for each step."""
    rows = ["| Step | " + " | ".join(FIGURES.values()) + " |", "|---|" + "---:|" * len(FIGURES)]
    for name, figures in result["figures"].items():
        rows.append(f"| {name} | " + " | ".join(shown(k, figures[k]) for k in FIGURES) + " |")
    return "\n".join(rows) + "\n"


def shown(kind: str, figure: float) -> str:
    """A figure for a person."""
    if kind == "silence" and figure >= LONGEST:
        return f"more than {LONGEST:.0f}"
    return f"{figure:,.0f}" if figure >= 10 or kind == "held" else f"{figure:.2f}"


def picture(result: Result) -> plots.Plot:
    """Four panels, one for each question, the steps from top to bottom."""

    def paint(plt: Any) -> None:
        names = list(result["figures"])
        _, panels = plt.subplots(2, 2, figsize=(9.6, 5.6), sharey=True)
        for axes, (kind, title) in zip(panels.flat, FIGURES.items(), strict=True):
            values = [result["figures"][name][kind] for name in names]
            bars = axes.barh(names, values, color=plots.COLOURS["groundup"])
            axes.bar_label(bars, [shown(kind, value) for value in values], padding=4)
            axes.set(title=title, xlim=(0, max(*values, 0.01) * 1.25))
            axes.title.set_fontsize(10)
            axes.grid(axis="y", visible=False)
        panels[0][0].invert_yaxis()

    return plots.Plot("What each step was worth: rate, latency, slow heads, connections", paint)


def write(result: Result) -> None:
    """The figures, the table and the picture, for the book."""
    stem = command.RESULTS / "staircase"
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    signed = f"*{result['machine']}, {result['date']}.*\n"
    stem.with_suffix(".md").write_text(f"{table(result)}\n{signed}", "utf-8")
    plots.save(picture(result), stem.with_suffix(".html"))
