"""Whether the cost of a step depends on what lies in the buffer already.

Apart, because lines, heads and chunks are all asked the same question.  Rule kept: no time is
held against a number of seconds, only against the same work on another amount of bytes, and the
allowance is many times what a sound program needs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from workshop import kit

LITTLE, MUCH = 1_000, 4_000_000  # bytes
ALLOWANCE = 40  # a program that looks at all bytes again costs about a thousand times as much


def check_cost(
    what: str, prepare: Callable[[int], Callable[[], object]], before: str, why: str
) -> None:
    """A step with MUCH in the buffer may not cost more than ALLOWANCE steps with LITTLE."""
    allowed = ALLOWANCE * min(timed(prepare(LITTLE)) for _ in range(3))
    if min(timed(prepare(MUCH), allowed) for _ in range(3)) < allowed:
        return
    kit.did(f"{what}, 200 times, with {LITTLE:,} bytes {before}, then with {MUCH:,}")
    kit.expect_that(
        False,
        want="about the same work both times",
        got=f"more than {ALLOWANCE} times the work",
        why=why,
    )


def timed(step: Callable[[], object], allowed: float = float("inf")) -> float:
    """Seconds for 200 steps, after a few to warm up; no more steps once it is too long."""
    for _ in range(20):
        step()
    started = time.perf_counter()
    for _ in range(200):
        step()
        if time.perf_counter() - started > allowed:
            break
    return time.perf_counter() - started
