"""A million odd requests for the parser, and what h11 says of them.

    python -m benchmarks.fuzz                     a million; write benchmarks/results/fuzz*
    python -m benchmarks.fuzz --count 20000       as many; written only if it is a million
    python -m benchmarks.fuzz --seed x            others than yesterday's

Apart from the tests, which run the first few thousand; what must hold stands with them, in
tests/framework/fuzzjudge.py. The rule: no difference is counted and passed over; status 1.
"""

import argparse
import importlib
import json
import sys
import time
import traceback
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from benchmarks import command
from benchmarks.subject import ROOT, TREE

PLACES = (ROOT / "tests" / "framework", TREE)
MILLION = 1_000_000
MOST_SHOWN = 20  # differences
EXCHANGES = 20  # inputs for each exchange of a client and a server that do as they like
Result = dict[str, Any]


def harness(name: str) -> Any:
    """A module of the tests, which import what they test by its plain name."""
    for place in PLACES:
        if str(place) not in sys.path:
            sys.path.insert(0, str(place))
    return importlib.import_module(name)


class Run:
    """So many inputs of one seed, and how they went."""

    def __init__(self, count: int, seed: str) -> None:
        self.count, self.seed = count, seed
        self.judge = harness("fuzzjudge").Judge()
        self.play = harness("fuzzplay").play
        self.exchanges = self.answers = self.differences = 0
        self.told = time.monotonic()

    def go(self) -> float:
        """Run them all; the seconds of processor time."""
        began = time.process_time()
        for number in range(self.count):
            self.one(self.judge.judge, f"{self.seed} {number}")
            if number % EXCHANGES == 0:
                self.exchange(f"{self.seed} {number}")
            self.tell(number + 1)
        return time.process_time() - began

    def exchange(self, seed: str) -> None:
        """A client and a server."""
        world = self.one(self.play, seed)
        self.exchanges += 1
        self.answers += sum(len(sent.answers) for sent in world.given) if world else 0

    def one(self, what: Any, seed: str) -> Any:
        """Run one. Whatever it raises is a difference."""
        try:
            return what(seed)
        except Exception:
            self.differences += 1
            if self.differences <= MOST_SHOWN:
                traceback.print_exc(limit=-3)
            return None

    def tell(self, done: int) -> None:
        """A line of progress, now and then."""
        if time.monotonic() - self.told > 10 or done == self.count:
            self.told = time.monotonic()
            counts = ", ".join(f"{count:,} {kind}" for kind, count in self.verdicts().items())
            print(f"{done:,} inputs: {counts}; {self.differences} differences", flush=True)

    def verdicts(self) -> dict[str, int]:
        """The four kinds, the largest first."""
        return dict(self.judge.verdicts.most_common())


def measured(count: int, seed: str) -> Result:
    """The figures, with the machine and the day."""
    run = Run(count, seed)
    seconds = run.go()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": command.machine(),
        "python": sys.version.split()[0],
        "h11": version("h11"),
        "seed": seed,
        "seconds": round(seconds),
        "inputs": run.judge.inputs,
        "verdicts": run.verdicts(),
        "classes": {kind: ordered(found) for kind, found in run.judge.classes.items()},
        "requests": run.judge.requests,
        "short cuts": run.judge.short_cuts,
        "our refusals": ordered(run.judge.refusals),
        "exchanges": run.exchanges,
        "answers": run.answers,
        "differences": run.differences,
    }


def ordered(found: Counter[str]) -> dict[str, int]:
    """The most frequent first."""
    return dict(found.most_common())


def table(result: Result) -> str:
    """The figures as Markdown: the verdicts, and each class of difference with its reason."""
    share = {kind: count / result["inputs"] for kind, count in result["verdicts"].items()}
    lines = ["| of the inputs | | |", "|---|---:|---:|", f"| in all | {result['inputs']:,} | |"]
    lines += [f"| {kind} | {result['verdicts'][kind]:,} | {share[kind]:.1%} |" for kind in share]
    lines += [f"| **read in two ways** | **{result['differences']}** | |", ""]
    for kind, found in result["classes"].items():
        lines += [f"| {kind} | | why |", "|---|---:|---|"]
        lines += [f"| {reason} | {count:,} | {why(reason)} |" for reason, count in found.items()]
        lines.append("")
    lines += [
        f"*{result['requests']:,} complete requests, {result['short cuts']:,} of them by the short "
        f"cut; {result['exchanges']:,} exchanges with {result['answers']:,} answers. h11 "
        f"{result['h11']}, Python {result['python']}, {result['machine']}, {result['date']}.*",
        "",
    ]
    return "\n".join(lines)


def why(reason: str) -> str:
    """What the tables of meant differences say of it."""
    peer = harness("fuzzpeer")
    return str((peer.STRICTER | peer.H11_STRICTER)[reason])


def main(arguments: list[str] | None = None) -> int:
    """Run, tell, write; 1 if there was a difference."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--count", type=int, default=MILLION, help="of inputs")
    parser.add_argument("--seed", default="groundup")
    given = parser.parse_args(arguments)
    result = measured(given.count, given.seed)
    print(table(result))
    if given.count >= MILLION:
        stem = command.RESULTS / "fuzz"
        stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        stem.with_suffix(".md").write_text(table(result), "utf-8")
    return 1 if result["differences"] else 0


if __name__ == "__main__":
    sys.exit(main())
