"""A long stream to a reader that pauses: does the server's memory stay where it was?

    python -m benchmarks.stream             64 MiB; --gib for 1 GiB

The reader takes 8 MiB, sleeps 0.2 s, and so on. A server without back-pressure goes on producing
while it sleeps, and what it has produced stands in its memory. Resident memory of the process tree
is taken while the reader sleeps and while it reads; what counts is how far it moves.
"""

import argparse
import socket
import sys
import time
from collections.abc import Iterator
from http.client import HTTPResponse

from benchmarks import command, peers, plots
from benchmarks.measure import Plan, tell
from benchmarks.proctree import resident_kib
from benchmarks.rows import OURS, ROWS, STACK, THREADS, Row
from benchmarks.running import Running
from benchmarks.targets import Target
from benchmarks.wrk import Failed

MIB = 1 << 20
GULP = 8 * MIB
PAUSE = 0.2
MOST = 4.0  # MiB
WANTED = (OURS, "groundup, uvloop", THREADS, "groundup pool", STACK, "aiohttp")


def options(parser: argparse.ArgumentParser) -> None:
    """What only this benchmark can be asked."""
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--mib", type=int, default=64)
    size.add_argument("--gib", dest="mib", action="store_const", const=1024)


def measure(plan: Plan, given: argparse.Namespace) -> command.Result:
    """How far memory moves, by server, and all its points for the plot."""
    points: dict[str, list[list[float]]] = {}
    for row in ROWS:
        if row.name not in WANTED:
            continue
        try:
            points[row.name] = [list(point) for point in streamed(row, plan, given.mib)]
            tell(f"{row.name}: moved {moved(points[row.name]):.2f} MiB")
        except (Failed, OSError, ValueError) as error:
            tell(f"LEFT OUT {row.name}: {error}")
    return {"mib": given.mib, "points": points}


def streamed(row: Row, plan: Plan, mib: int) -> Iterator[tuple[float, float]]:
    """Pairs of MiB read and MiB of resident memory above what it was before."""
    python = peers.python_with(*row.pins, base=plan.python)
    with Running(row, python, {plan.server_core}) as server:
        for _ in read_slowly(server.port, 1):
            pass  # what is made once is made now
        before = resident_kib(server.pid)
        for got in read_slowly(server.port, mib):
            yield round(got / MIB, 2), round((resident_kib(server.pid) - before) / 1024, 3)


def read_slowly(port: int, mib: int) -> Iterator[int]:
    """Read the stream; yield the count of bytes after each MiB, and in each pause."""
    got = 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"GET /stream/{mib} HTTP/1.1\r\nHost: shop.example\r\n\r\n".encode())
        answer = HTTPResponse(connection)
        answer.begin()
        while block := answer.read(MIB):
            got += len(block)
            yield got
            if got % GULP == 0:
                time.sleep(PAUSE)
                yield got
    if answer.status != 200 or got != mib * MIB:
        raise Failed(f"{got} bytes with status {answer.status}")


def moved(points: list[list[float]]) -> float:
    """MiB between the least and the most, what it was before included."""
    heights = [0.0, *(height for _, height in points)]
    return max(heights) - min(heights)


def targets(result: command.Result) -> list[Target]:
    """Each engine of ours."""
    names = [name for name in WANTED if name.startswith(OURS)]
    found = result["points"]
    return [
        Target(
            f"MiB by which memory moves in {result['mib']} MiB of stream, {name}",
            moved(found[name]) if name in found else None,
            MOST,
        )
        for name in names
    ]


def table(result: command.Result) -> str:
    """One figure a server."""
    text = [f"| {result['mib']} MiB, a slow reader | memory moves by, MiB |", "|---|---:|"]
    text += [f"| {name} | {moved(points):.2f} |" for name, points in result["points"].items()]
    return "\n".join(text) + "\n"


def draw(result: command.Result) -> dict[str, plots.Plot]:
    """Memory against what was read."""
    panels = {"A reader that pauses every 8 MiB": ("MiB read", result["points"])}
    label = "resident memory, MiB above the start"
    return {"memory": plots.lines("Memory of a server while it streams", panels, label, MOST)}


BENCHMARK = command.Benchmark(
    "stream", __doc__ or "", measure, table, targets, draw, options, seconds=1, rounds=1
)

if __name__ == "__main__":
    sys.exit(command.main(BENCHMARK))
