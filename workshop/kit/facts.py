"""What the kit must know about a task to explain its failure.

Apart so that the rest of the kit never opens a `step.toml`: `workshop.steps` reads
it, and this module keeps the few facts a message needs. Rule: a suite without
a `step.toml` (the kit's own tests have such) still gets its failures told.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workshop import ROOT, Problem
from workshop.layout import Layout
from workshop.steps import Serve, Step, find_step, find_task


@dataclass(frozen=True)
class Facts:
    """Title and reasons of one task; everything but the id may be empty."""

    task: str
    title: str = ""
    invariant: str = ""
    section: str | None = None
    targets: tuple[str, ...] = ()
    ends: int | None = None

    @property
    def chapter(self) -> str:
        """The number of the chapter, which is the step's."""
        return self.task.partition(".")[0]


def layout() -> Layout:
    """The repository under test: WORKSHOP_ROOT (tests build small ones), or this one."""
    return Layout(Path(os.environ.get("WORKSHOP_ROOT") or ROOT))


@cache
def facts_of(task: str) -> Facts:
    """The facts of task "1.2"; only its id when no step tells more."""
    place = layout()
    try:
        _, found = find_task(task, place)
    except Problem:
        return Facts(task)
    return Facts(task, found.title, found.invariant, found.section, found.targets, found.ends)


def top_step() -> Step | None:
    """The highest step of the stack under test (WORKSHOP_STEP or the stack's first layer)."""
    from workshop.stack import from_environment

    stack = from_environment()
    name = stack.layers[0].name if stack and stack.layers else os.environ.get("WORKSHOP_STEP")
    if not name:
        return None
    try:
        return find_step(name, layout())
    except Problem:
        return None


def serve_of() -> Serve:
    """How to start the engine of the stack under test: `[serve]` of its top step."""
    step = top_step()
    if step is None:
        raise Problem("kit.serve needs a stack: run the suite with python3 -m workshop check N")
    return step.serve
