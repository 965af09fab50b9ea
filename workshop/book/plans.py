"""The instructor's plans: which sessions fill two hours, a day, three days.

Apart from the page so that a test can walk each plan: every session exists, can be started at, and
fits into its day. The rule: minutes are those of step.toml, and half an hour around each session.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

from workshop import ROOT, Problem
from workshop.book.indexes import AROUND
from workshop.steps import Step, Task

SOURCE = ROOT / "docs" / "includes" / "plans.toml"


@dataclass(frozen=True)
class Session:
    """A step, or one part of it, in a class."""

    step: Step
    part: int | None

    @property
    def tasks(self) -> tuple[Task, ...]:
        """What is written in it."""
        return tuple(task for task in self.step.tasks if self.part in (None, task.part))

    @property
    def minutes(self) -> int:
        """With opening, attack and questions."""
        return sum(task.minutes for task in self.tasks) + AROUND

    @property
    def name(self) -> str:
        """`3.1 From a path to a handler`."""
        if self.part is None:
            return f"{self.step.number} {self.step.title}"
        return f"{self.step.number}.{self.part} {self.step.parts[self.part - 1].title}"


@dataclass(frozen=True)
class Plan:
    """Days, each a list of sessions."""

    name: str
    about: str
    day_minutes: int
    days: tuple[tuple[Session, ...], ...]


def read_plans(steps: Sequence[Step]) -> list[Plan]:
    """The plans; Problem for a session that does not exist."""
    known = {step.number: step for step in steps}
    rows = tomllib.loads(SOURCE.read_text("utf-8"))["plan"]
    return [
        Plan(
            row["name"],
            row["about"],
            row["day_minutes"],
            tuple(tuple(session(text, known) for text in day) for day in row["days"]),
        )
        for row in rows
    ]


def session(text: str, known: dict[int, Step]) -> Session:
    """`"2"` is a step, `"2.1"` its first part."""
    number, _, part = text.partition(".")
    step = known.get(int(number))
    if step is None or (part and not 1 <= int(part) <= len(step.parts)):
        raise Problem(f"docs/includes/plans.toml: there is no session {text!r}")
    return Session(step, int(part) if part else None)


def page(steps: Sequence[Step]) -> str:
    """A table: each plan, its days, their minutes."""
    lines = ["| If you have | Do | Minutes |", "|---|---|---:|"]
    for plan in read_plans(steps):
        for number, day in enumerate(plan.days, start=1):
            name = f"**{plan.name}**" if number == 1 else ""
            told = f"{plan.about}<br>" if number == 1 else ""
            which = f"Day {number}: " if len(plan.days) > 1 else ""
            sessions = " · ".join(one.name for one in day)
            lines.append(f"| {name} | {told}{which}{sessions} | {sum(s.minutes for s in day)} |")
    return "\n".join(lines) + "\n"
