"""What was promised about speed, held against figures.

Apart from all measuring, so that tests can plant figures that fail. The rule: a target whose figure
is missing is missed. It is never a matter of luck whether something is checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.measure import Figures
from benchmarks.rows import BOTTLE, CONSTANT, OURS, STACK, THREADS

PATHS = ("plaintext", "JSON", "users")
UVLOOPED = "groundup, uvloop"
MANY = tuple(f"{path}, {fields}" for path in PATHS for fields in ("plain", "browser"))


@dataclass(frozen=True)
class Target:
    """A figure and its bound: at most ``bound``, or with ``least`` at least that."""

    what: str
    figure: float | None
    bound: float
    least: bool = False

    @property
    def kept(self) -> bool:
        """Whether the figure is there, and on the right side."""
        if self.figure is None:
            return False
        return self.figure >= self.bound if self.least else self.figure <= self.bound

    def __str__(self) -> str:
        word = "kept  " if self.kept else "MISSED"
        figure = "no figure" if self.figure is None else f"{self.figure:.2f}"
        return f"{word} {figure:>9} ({'≥' if self.least else '≤'} {self.bound:g})  {self.what}"


def cpu(figures: Figures, row: str, case: str) -> float | None:
    """Processor time of a request, if it was measured."""
    return figures.get(row, {}).get(case, {}).get("cpu")


def ratio(one: float | None, other: float | None) -> float | None:
    """One in terms of the other, if both are there."""
    return one / other if one is not None and other else None


def against(figures: Figures, row: str, other: str, case: str, bound: float) -> Target:
    """A row's processor time in terms of another's."""
    what = f"{case}: {row} / {other}"
    return Target(what, ratio(cpu(figures, row, case), cpu(figures, other, case)), bound)


def cheapest(figures: Figures, kinds: Mapping[str, str], case: str) -> Target:
    """Ours in terms of the cheapest peer: limits and our own other engines do not count."""
    peers = [name for name, kind in kinds.items() if kind == "peer" and cpu(figures, name, case)]
    best = min(peers, key=lambda name: cpu(figures, name, case) or 0.0, default="no peer")
    found = ratio(cpu(figures, OURS, case), cpu(figures, best, case))
    return Target(f"{case}: {OURS} / the cheapest peer, {best}", found, 0.99)


def compared(result: Mapping[str, Any]) -> list[Target]:
    """The targets of the comparison."""
    figures: Figures = result["figures"]
    targets = [against(figures, OURS, STACK, case, 0.55) for case in MANY]
    targets += [cheapest(figures, result["kinds"], case) for case in MANY]
    targets += [
        against(figures, OURS, CONSTANT, "plaintext, plain", 2.0),
        against(figures, OURS, STACK, "POST", 0.65),
        against(figures, THREADS, BOTTLE, "plaintext, plain", 0.5),
        against(figures, UVLOOPED, OURS, "plaintext, plain", 0.99),
    ]
    return targets + scaled(result.get("scaling", {}))


def scaled(scaling: Mapping[str, float]) -> list[Target]:
    """The targets of two processes on two cores."""
    computed = ratio(scaling.get("computed by 2"), scaling.get("computed by 1"))
    spent = ratio(scaling.get("plaintext of 2"), scaling.get("plaintext of 1"))
    return [
        Target("2 processes / 1: requests/s of a handler that computes", computed, 1.7, least=True),
        Target("2 processes / 1: processor time of a plaintext request", spent, 1.15),
    ]
