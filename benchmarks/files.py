"""What a large static file costs a server, by GiB, against nginx with sendfile.

    python -m benchmarks.files

A file of 64 MiB, fetched again and again over one connection. How fast that goes is the reader's
matter on a machine of two cores; what counts is the processor time of the server. The second proof
is strace, which must have seen sendfile.
"""

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from http.client import HTTPResponse
from pathlib import Path

from benchmarks import command, nginx, peers, plots
from benchmarks.measure import Plan, tell
from benchmarks.proctree import all_stats, cpu_seconds, descendants
from benchmarks.rows import OURS, ROWS, THREADS, Row
from benchmarks.running import Running
from benchmarks.targets import Target, ratio
from benchmarks.wrk import Failed

MIB = 1 << 20
SIZE = 64 * MIB
WANTED = (OURS, "groundup, uvloop", THREADS, "groundup pool")
REQUEST = b"GET /files/large.bin HTTP/1.1\r\nHost: shop.example\r\n\r\n"


def options(parser: argparse.ArgumentParser) -> None:
    """What only this benchmark can be asked."""
    parser.add_argument("--gib", type=int, default=4, help="fetched in one round")


def measure(plan: Plan, given: argparse.Namespace) -> command.Result:
    """Seconds of processor time for a GiB, by server."""
    os.sched_setaffinity(0, {plan.load_core})  # this process is the reader
    spent: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        servers = started_all(Path(folder), plan, stack)
        for _ in range(plan.rounds):
            for name, server in servers.items():
                spent.setdefault(name, []).append(fetched(server, given.gib))
                tell(f"{name}: {spent[name][-1]:.3f} s of processor time for a GiB")
        seen = sendfile_calls(servers[OURS]) if OURS in servers else None
    cost = {name: round(statistics.median(figures), 4) for name, figures in spent.items()}
    return {"cost": cost, "sendfile": seen, "gib": given.gib}


def started_all(folder: Path, plan: Plan, stack: ExitStack) -> dict[str, Running]:
    """One nginx and our engines, all serving the same file."""
    files, own = folder / "files", folder / "nginx"
    files.mkdir()
    own.mkdir()
    (files / "large.bin").write_bytes(os.urandom(MIB) * (SIZE // MIB))
    starts: dict[str, Callable[[], Running]] = {
        nginx.NAME: partial(nginx.started, files, own, plan.server_core)
    }
    starts |= {row.name: partial(engine, row, files, plan) for row in ROWS if row.name in WANTED}
    return {name: s for name, start in starts.items() if (s := tried(name, start, stack))}


def engine(row: Row, files: Path, plan: Plan) -> Running:
    """One of ours, serving the folder."""
    python = peers.python_with(*row.pins, base=plan.python)
    return Running(row, python, {plan.server_core}, "--files", str(files))


def tried(name: str, start: Callable[[], Running], stack: ExitStack) -> Running | None:
    """A server that has sent the file once, or a line that says why not."""
    try:
        server = stack.enter_context(start())
        fetch(server, 1)
    except (Failed, OSError, ValueError) as error:
        tell(f"LEFT OUT {name}: {error}")
        return None
    return server


def fetched(server: Running, gib: int) -> float:
    """Processor time for one GiB, over so many."""
    before = cpu_seconds(server.pid)
    fetch(server, gib * 1024 * MIB // SIZE)
    return (cpu_seconds(server.pid) - before) / gib


def fetch(server: Running, times: int) -> None:
    """Get the file so many times over one connection, and throw it away."""
    room = memoryview(bytearray(MIB))
    with server.connect() as connection:
        for _ in range(times):
            connection.sendall(REQUEST)
            answer = HTTPResponse(connection)
            answer.begin()
            got = 0
            while count := answer.readinto(room):
                got += count
            if answer.status != 200 or got != SIZE:
                raise Failed(f"{got} bytes with status {answer.status}")


def sendfile_calls(server: Running) -> int | None:
    """How often strace sees sendfile while the file is sent once; None without strace."""
    if shutil.which("strace") is None:
        tell("strace is missing: nobody looks for sendfile")
        return None
    pids = [f"--attach={stat.pid}" for stat in descendants(server.pid, all_stats())]
    with tempfile.NamedTemporaryFile() as told:
        options = ["-f", "-c", "-e", "trace=sendfile", "-o", told.name]
        tracer = subprocess.Popen(["strace", *options, *pids], stderr=subprocess.PIPE, text=True)
        assert tracer.stderr is not None
        tracer.stderr.readline()  # "strace: Process … attached"
        fetch(server, 1)
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        return count_calls(Path(told.name).read_text("utf-8"))


def count_calls(summary: str) -> int:
    """The calls in strace's table: the fourth column; one for errors may follow it."""
    rows = [line.split() for line in summary.splitlines()]
    return sum(int(row[3]) for row in rows if row and row[-1] == "sendfile")


def targets(result: command.Result) -> list[Target]:
    """Against nginx, and by sendfile."""
    cost = result["cost"]
    return [
        Target("processor time for a GiB, groundup / nginx", ratio_of(cost, OURS), 1.6),
        Target("calls of sendfile that strace has seen", result["sendfile"], 1, least=True),
    ]


def ratio_of(cost: dict[str, float], name: str) -> float | None:
    """A server's cost in terms of nginx's."""
    return ratio(cost.get(name), cost.get(nginx.NAME))


def table(result: command.Result) -> str:
    """Cost by server."""
    text = ["| a file of 64 MiB | processor time for a GiB, s | / nginx |", "|---|---:|---:|"]
    for name, cost in sorted(result["cost"].items(), key=lambda item: item[1]):
        times = ratio_of(result["cost"], name)
        text.append(f"| {name} | {cost:.3f} | {'–' if times is None else f'{times:.2f}'} |")
    return "\n".join(text) + "\n"


def draw(result: command.Result) -> dict[str, plots.Plot]:
    """A bar for each server."""
    kinds = {row.name: row.kind for row in ROWS} | {nginx.NAME: "peer"}
    title = "Processor time for a GiB of a static file"
    cost = {name: 1000 * seconds for name, seconds in result["cost"].items()}
    return {"cost": plots.bars(title, cost, kinds, "ms of processor time for a GiB")}


BENCHMARK = command.Benchmark("files", __doc__ or "", measure, table, targets, draw, options)

if __name__ == "__main__":
    sys.exit(command.main(BENCHMARK))
