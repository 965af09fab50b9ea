"""A load tester in threads, for any HTTP server that you have started.

    python -m benchmarks.load_test --port 8000 --path /hello --concurrency 8 --requests 2000

Standard library alone, to be read and changed. Each thread keeps one connection open and asks again
as soon as it has its answer. Bounded twice, by count and by time. The rule: an answer counts only
when it was read to its end; everything else is an error, and told by its kind. Python needs about
100 µs for a request, so this measures slow servers and latencies well, fast servers' limits not.
"""

import argparse
import math
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException


@dataclass
class Tally:
    """What one thread has seen: latencies in seconds, errors by kind."""

    latencies: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    bytes: int = 0


class Budget:
    """How many requests may still be begun, and until when; shared by all threads."""

    def __init__(self, requests: int, seconds: float) -> None:
        self._left = requests
        self._end = time.monotonic() + seconds
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more may be begun; it is taken then."""
        with self._lock:
            if self._left <= 0 or time.monotonic() >= self._end:
                return False
            self._left -= 1
            return True


@dataclass(frozen=True)
class Summary:
    """All threads together."""

    seconds: float
    latencies: Sequence[float]  # sorted
    errors: Counter[str]
    bytes: int


def ask(connection: HTTPConnection, path: str, tally: Tally) -> None:
    """One request and its whole answer."""
    began = time.perf_counter()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, HTTPException) as error:
        connection.close()  # the next request opens a new one
        tally.errors[type(error).__name__] += 1
        return
    if answer.status >= 400:
        tally.errors[f"status {answer.status}"] += 1
        return
    tally.latencies.append(time.perf_counter() - began)
    tally.bytes += len(body)


def work(target: tuple[str, int, str], timeout: float, budget: Budget, tally: Tally) -> None:
    """One thread's part."""
    host, port, path = target
    connection = HTTPConnection(host, port, timeout=timeout)
    while budget.take():
        ask(connection, path, tally)
    connection.close()


def load(
    target: tuple[str, int, str], concurrency: int, requests: int, seconds: float, timeout: float
) -> Summary:
    """Ask with so many threads until the count or the time is used up."""
    budget = Budget(requests, seconds)
    tallies = [Tally() for _ in range(concurrency)]
    threads = [
        threading.Thread(target=work, args=(target, timeout, budget, tally)) for tally in tallies
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    latencies = sorted(latency for tally in tallies for latency in tally.latencies)
    errors = sum((tally.errors for tally in tallies), Counter())
    return Summary(took, latencies, errors, sum(tally.bytes for tally in tallies))


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def report(summary: Summary) -> str:
    """What a person wants to read."""
    done, bad = len(summary.latencies), sum(summary.errors.values())
    lines = [
        f"{done} answers and {bad} errors in {summary.seconds:.2f} s: "
        f"{done / summary.seconds:,.0f} requests/s, "
        f"{summary.bytes / summary.seconds / 2**20:.1f} MiB/s of bodies"
    ]
    if done:
        shown = [f"p{p:g} {percentile(summary.latencies, p) * 1e3:.2f}" for p in (50, 90, 99)]
        lines.append(f"latency in ms: {', '.join(shown)}, max {summary.latencies[-1] * 1e3:.2f}")
    lines += [f"{count} × {kind}" for kind, count in summary.errors.most_common()]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the options, load, report; 1 if there was an error or no answer."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8000)
    options.add_argument("--path", default="/")
    options.add_argument("--concurrency", type=int, default=8, help="threads, one connection each")
    options.add_argument("--requests", type=int, default=1000, help="at most so many, in all")
    options.add_argument("--seconds", type=float, default=30.0, help="begin none after that")
    options.add_argument("--timeout", type=float, default=10.0, help="for one answer, in seconds")
    given = options.parse_args(arguments)
    target = (given.host, given.port, given.path)
    summary = load(target, given.concurrency, given.requests, given.seconds, given.timeout)
    print(report(summary))
    return 1 if summary.errors or not summary.latencies else 0


if __name__ == "__main__":
    sys.exit(main())
