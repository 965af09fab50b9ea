"""Attacks: what a step's ``attack.py`` is made of, and how it is run on two servers.

Apart from the commands because the tests run the same attacks and assert how they end. The rule:
an attack reaches its target as any client could, through the network; and each one must win
against its victim (the step before, or a naive version shipped with the step) and lose against the
step itself, else it proves nothing.
"""

import runpy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from workshop import Problem, kit
from workshop.layout import Layout
from workshop.stack import Stack, solution_stack
from workshop.steps import Step, load_steps


@dataclass(frozen=True)
class Outcome:
    """How an attack ended: whether the attacker won, and what there was to see."""

    won: bool
    saw: str


class Target:
    """A server in a process of its own, as an attacker sees it (and what it costs its owner)."""

    def __init__(self, server: kit.Spawned) -> None:
        self._server = server
        self.address = server.address
        self.pid = server.pid

    def connect(self) -> kit.Client:
        """A new raw connection."""
        return kit.connect(self.address)

    def rss(self) -> int | None:
        """The server's resident memory in bytes, or None where this system does not say."""
        return self._server.rss()

    def alive(self) -> bool:
        """Whether the server's process still runs."""
        return self._server.alive()


@dataclass(frozen=True)
class Attack:
    """One attack. ``victim`` is ``"naive"`` (the step's naive.py) or ``"previous"`` (step N-1)."""

    title: str
    story: str
    victim: str
    run: Callable[[Target], Outcome]


def load_attacks(step: Step, layout: Layout | None = None) -> tuple[Attack, ...]:
    """The attacks of ``steps/NN_name/attack.py``; Problem when there are none."""
    script = (layout or Layout()).step(step.name) / "attack.py"
    if not script.is_file():
        raise Problem(f"step {step.number} has no attack.py.")
    attacks: tuple[Attack, ...] = tuple(runpy.run_path(str(script))["ATTACKS"])
    return attacks


def load_bench(step: Step) -> Callable[[Target], dict[str, float]]:
    """The function of ``steps/NN_name/bench.py``; Problem when there is none."""
    script = Layout().step(step.name) / "bench.py"
    if not script.is_file():
        raise Problem(f"step {step.number} has no bench.py.")
    bench: Callable[[Target], dict[str, float]] = runpy.run_path(str(script))["bench"]
    return bench


@contextmanager
def defended(step: Step, stack: Stack) -> Iterator[Target]:
    """The step's demonstration server, on this stack."""
    with kit.spawn(_script(step, "demo.py"), "--port", "0", stack=stack) as server:
        yield Target(server)


@contextmanager
def victim(step: Step, kind: str) -> Iterator[Target]:
    """The server an attack must win against: the step's naive one, or the step before."""
    if kind == "naive":
        with kit.spawn(_script(step, "naive.py"), "--port", "0") as server:
            yield Target(server)
        return
    before = previous(step)
    if before is None:
        raise Problem(f"no step stands before step {step.number}.")
    with defended(before, solution_stack(before)) as target:
        yield target


def victim_name(step: Step, kind: str) -> str:
    """What a person calls that server."""
    before = previous(step)
    if kind == "naive" or before is None:
        return "a naive version"
    return f"step {before.number}, {before.title}"


def previous(step: Step) -> Step | None:
    """The step before, if there is one."""
    return max((s for s in load_steps() if s.number < step.number), key=_number, default=None)


def _number(step: Step) -> int:
    return step.number


def _script(step: Step, name: str) -> Path:
    script = Layout().step(step.name) / name
    if not script.is_file():
        raise Problem(f"step {step.number} has no {name}.")
    return script
