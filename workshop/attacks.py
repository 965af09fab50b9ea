"""Attacks: what a step's ``attack.py`` is made of, and how it is run on two servers.

Apart from the commands because the tests run the same attacks and assert how they end. The rule:
an attack reaches its target as any client could, through the network; and each one must win
against its victim (the step before, or a naive version shipped with the step) and lose against the
step itself, else it proves nothing.
"""

import runpy
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from workshop import Problem, kit
from workshop.layout import Layout
from workshop.stack import Stack, learner_stack, solution_stack
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
    """One attack, and whom it must win against.

    ``victim`` is ``"previous"`` (step N-1) or the name of a naive version beside the attack:
    ``"naive"`` is ``naive.py``, ``"naive_endless"`` is ``naive_endless.py``.
    """

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


def receive(client: socket.socket, size: int) -> None:
    """Receive exactly this many bytes and drop them: a bench counts them, no more."""
    while size:
        data = client.recv(min(size, 1 << 18))
        if not data:
            raise ConnectionError("the server closed the connection early")
        size -= len(data)


@contextmanager
def started(step: Step, name: str, stack: Stack, *options: str) -> Iterator[kit.Spawned]:
    """A script of the step as a process of its own; Problem if it does not come to listen."""
    script = Layout().step(step.name) / name
    if not script.is_file():
        raise Problem(f"step {step.number} has no {name}.")
    with ExitStack() as cleanup:
        try:
            server = cleanup.enter_context(kit.spawn(script, "--port", "0", *options, stack=stack))
        except kit.Wrong as wrong:
            raise Problem(f"steps/{step.name}/{name} did not start: {wrong.got}") from None
        yield server


@contextmanager
def defended(step: Step, stack: Stack) -> Iterator[Target]:
    """The step's demonstration server, on this stack; with its attack's `DEMO_OPTIONS`, if any."""
    options: tuple[str, ...] = ()
    if (script := Layout().step(step.name) / "attack.py").is_file():
        options = runpy.run_path(str(script)).get("DEMO_OPTIONS", ())
    with started(step, "demo.py", stack, *options) as server:
        yield Target(server)


@contextmanager
def victim(step: Step, kind: str) -> Iterator[Target]:
    """The server an attack must win against: a naive one of the step, or the step before."""
    before = previous(step)
    if kind != "previous":
        with started(step, f"{kind}.py", shipped_stack(step)) as server:
            yield Target(server)
    elif before is None:
        raise Problem(f"no step stands before step {step.number}.")
    else:
        with defended(before, shipped_stack(before)) as target:
            yield target


def shipped_stack(step: Step) -> Stack:
    """The solutions; in a copy without them (``solutions/`` may be deleted) the learner's code."""
    has_solution = Layout().solution(step.name).is_dir()
    return solution_stack(step) if has_solution else learner_stack(step, "mine")


def attempt(attack: Attack, target: Target) -> Outcome:
    """Run the attack; a server that breaks its connection in the middle has lost."""
    try:
        return attack.run(target)
    except (OSError, kit.Wrong) as error:
        return Outcome(True, f"the server broke off: {error}")


def victim_name(step: Step, kind: str) -> str:
    """What a person calls that server."""
    before = previous(step)
    if kind != "previous" or before is None:
        return f"a naive version ({kind}.py)"
    return f"step {before.number}, {before.title}"


def previous(step: Step) -> Step | None:
    """The step before, if there is one."""
    return next((s for s in reversed(load_steps()) if s.number < step.number), None)
