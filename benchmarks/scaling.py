"""One process against two, on two cores: does a second process really bring a second core?

Apart from the comparison, because here the server has both cores and shares them with the load. So
requests per second are compared where the handler computes for a millisecond, and plaintext by its
processor time alone: with two server processes the load has no core left to make more of it.
"""

from contextlib import ExitStack
from itertools import product

from benchmarks import peers
from benchmarks.measure import Plan, Sample, median, sample, tell
from benchmarks.rows import groundup
from benchmarks.running import Running
from benchmarks.traffic import CASES, Case
from benchmarks.wrk import Failed

COMPUTE = Case("compute", "/compute", b"computed".__eq__)
PLAINTEXT = CASES["plaintext, plain"]
COUNTS = (1, 2)


def measure(plan: Plan) -> dict[str, float]:
    """Requests/s and µs; nothing, and a line, where it fails."""
    try:
        return measured(plan)
    except (Failed, OSError, ValueError) as error:
        tell(f"LEFT OUT processes: {error}")
        return {}


def measured(plan: Plan) -> dict[str, float]:
    """Rounds of one and two processes, in turn."""
    samples: dict[tuple[Case, int], list[Sample]] = {}
    with ExitStack() as stack:
        servers = {count: stack.enter_context(started(count, plan)) for count in COUNTS}
        for server in servers.values():
            server.check([COMPUTE, PLAINTEXT])
        for number, case, count in product(range(plan.rounds), (COMPUTE, PLAINTEXT), COUNTS):
            taken = sample(servers[count], case, plan, number)
            samples.setdefault((case, count), []).append(taken)
            tell(f"{case.name:20} processes: {count} {taken.cpu:8.1f} µs {taken.rps:9.0f}/s")
    found = {}
    for count in COUNTS:
        found[f"computed by {count}"] = median(samples[COMPUTE, count])["rps"]
        found[f"plaintext of {count}"] = median(samples[PLAINTEXT, count])["cpu"]
    return found


def started(count: int, plan: Plan) -> Running:
    """The server with so many processes, on both cores."""
    row = groundup(f"processes: {count}", "--mode", "protocol", "--workers", str(count))
    return Running(row, peers.python_with(base=plan.python), {plan.server_core, plan.load_core})
