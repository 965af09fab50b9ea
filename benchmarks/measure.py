"""The rounds: every server asked in turn, A B C A B C, and the median round counts.

Apart from the servers and from wrk, because this is where a figure is made: processor time that the
server's whole process tree has used while wrk counted requests. The rule: all servers run all the
time, one core for the server that is asked and one for the load; who fails is named and left out.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path

from benchmarks import peers, wrk
from benchmarks.proctree import cpu_seconds
from benchmarks.rows import Row
from benchmarks.running import Running
from benchmarks.traffic import CASES, Case
from benchmarks.wrk import Failed

Figures = dict[str, dict[str, dict[str, float]]]  # by row, by case: the medians of a Sample


@dataclass(frozen=True)
class Sample:
    """One server asked one case for some seconds. Times in microseconds."""

    cpu: float  # of the server, for each request
    rps: float
    p50: float
    p99: float


@dataclass(frozen=True)
class Plan:
    """How long, how often, on which cores, with which Python."""

    seconds: int
    rounds: int
    server_core: int
    load_core: int
    python: Path = Path(sys.executable)


def tell(line: str) -> None:
    """Progress goes beside the result."""
    print(line, file=sys.stderr, flush=True)


def two_cores() -> tuple[int, int]:
    """The first two that this process may use."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise SystemExit("Two cores are needed, one for the server and one for the load.")
    return cores[0], cores[1]


def sample(server: Running, case: Case, plan: Plan, number: int) -> Sample:
    """Ask once, and take the processor time from before to after."""
    before = cpu_seconds(server.pid)
    asked = (case, server.port, plan.seconds, plan.load_core, number)
    load = wrk.run(*asked, connections=case.connections)
    spent = cpu_seconds(server.pid) - before
    return Sample(spent / load.requests * 1e6, load.requests / load.seconds, load.p50, load.p99)


def median(samples: Sequence[Sample]) -> dict[str, float]:
    """Each figure's median over the rounds."""
    columns = [asdict(one) for one in samples]
    return {name: round(statistics.median(c[name] for c in columns), 2) for name in columns[0]}


class Comparison:
    """Some servers, side by side. `known`: the cases, by name."""

    def __init__(self, plan: Plan, known: Mapping[str, Case] = CASES) -> None:
        self.plan = plan
        self.known = known
        self.servers: list[Running] = []
        self.versions: dict[str, dict[str, str]] = {}
        self.troubles: dict[str, str] = {}
        self.samples: dict[str, dict[str, list[Sample]]] = {}

    def start(self, row: Row, stack: ExitStack, cases: Iterable[str]) -> None:
        """Install, start and check one server, or tell why it is left out."""
        try:
            python = peers.python_with(*row.pins, base=self.plan.python)
            server = stack.enter_context(Running(row, python, {self.plan.server_core}))
            server.check([self.known[name] for name in cases if name in row.cases])
        except subprocess.CalledProcessError:
            self.trouble(row, "does not install")
        except (Failed, OSError, ValueError) as error:
            self.trouble(row, str(error) or repr(error))
        else:
            self.servers.append(server)
            self.versions[row.name] = peers.installed(python, row.pins)
            tell(f"runs: {row.name}")

    def trouble(self, row: Row, why: str) -> None:
        """Keep and tell why a server has no figure."""
        self.troubles[row.name] = why
        tell(f"LEFT OUT {row.name}: {why}")

    def turns(self, cases: Sequence[str]) -> Iterator[tuple[int, Running, str]]:
        """Who is asked what, in this order; the number is different each time."""
        turns = product(range(self.plan.rounds), cases, self.servers)
        for number, (_, case, server) in enumerate(turns, int(time.time()) % 10**5 * 1000):
            if case in server.row.cases:
                yield number, server, case

    def measure(self, rows: Sequence[Row], cases: Sequence[str]) -> Figures:
        """Ask all of them, and return the medians."""
        with ExitStack() as stack:
            for row in rows:
                self.start(row, stack, cases)
            for number, server, case in self.turns(cases):
                if server.row.name not in self.troubles:
                    self.ask(number, server, case)
        return {
            name: {case: median(samples) for case, samples in by_case.items()}
            for name, by_case in self.samples.items()
        }

    def ask(self, number: int, server: Running, case: str) -> None:
        """One sample; a server that fails is not asked again."""
        name = server.row.name
        try:
            taken = sample(server, self.known[case], self.plan, number)
        except Failed as error:
            self.trouble(server.row, f"{case}: {error}")
            return
        self.samples.setdefault(name, {}).setdefault(case, []).append(taken)
        tell(f"{case:20} {name:44} {taken.cpu:8.1f} µs {taken.rps:9.0f}/s")
