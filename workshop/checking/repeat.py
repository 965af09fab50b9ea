"""Run one suite many times against its solution, to find tests that depend on luck.

Apart from ``workshop test`` because it is another question: not whether the suite is green, but
whether it always is. The rule: bounded in number, and the busy neighbours it starts it also ends.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from workshop.checking import check
from workshop.stack import solution_stack
from workshop.steps import Step

NEIGHBOURS = 2
BUSY = "while True: pass"


def repeat(step: Step, times: int, busy: bool, out: Console) -> int:
    """Print one line for each run that was not green, and the run times; 1 if there was any."""
    stack = solution_stack(step)
    seconds: list[float] = []
    red = 0
    with busy_neighbours(NEIGHBOURS if busy else 0):
        for number in range(1, times + 1):
            began = time.monotonic()
            result = check.run(step, stack)
            seconds.append(time.monotonic() - began)
            bad = [f"{task.id} {task.state}" for task in result.tasks if task.state != "passed"]
            if bad:
                red += 1
                out.print(f"run {number}: {', '.join(bad)}", style="red")
            elif number % 10 == 0:
                out.print(f"run {number} of {times}", style="dim")
    middle = statistics.median(seconds)
    out.print(
        f"step {step.number}, {times} runs{', busy' * busy}: median {middle:.2f} s, "
        f"fastest {min(seconds):.2f} s, slowest {max(seconds):.2f} s"
    )
    out.print(f"{times - red} passed, {red} failed")
    return 1 if red else 0


@contextmanager
def busy_neighbours(count: int) -> Iterator[None]:
    """Processes that compute without end, for as long as the block lasts."""
    neighbours = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()
