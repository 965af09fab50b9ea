"""What the learner has reached: which tasks are green, which hints were read, and backups.

Apart because commands and the stack both ask it. The rule it keeps: a file that cannot be read
is put aside, never a reason to stop; and nothing of the learner's is overwritten before
``backup`` has copied it into ``.workshop/backups``.
"""

import json
import os
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workshop import ROOT, Problem
from workshop.steps import Step

GREEN = "passed"


@dataclass
class Progress:
    """The state of every task seen so far, and the highest hint read of each."""

    path: Path
    tasks: dict[str, str] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)

    def state(self, task_id: str) -> str | None:
        """The state of a task at its last check; None if it was never checked."""
        return self.tasks.get(task_id)

    def is_done(self, task_ids: Iterable[str]) -> bool:
        """Whether each of these tasks was green at its last check."""
        return all(self.tasks.get(task_id) == GREEN for task_id in task_ids)

    def is_green(self, step: Step) -> bool:
        """Whether every task of this step was green at its last check."""
        return self.is_done(task.id for task in step.tasks)

    def record(self, states: Mapping[str, str]) -> None:
        """Remember what a check found, task by task."""
        self.tasks.update(states)
        self.save()

    def forget(self, task_ids: Iterable[str]) -> None:
        """Drop what is known of these tasks: their files start over."""
        for task_id in task_ids:
            self.tasks.pop(task_id, None)
        self.save()

    def hint_level(self, task_id: str) -> int:
        """How many hints of this task have been read."""
        return self.hints.get(task_id, 0)

    def next_hint(self, task_id: str, highest: int) -> int:
        """Go one hint further, at most to the highest; return the level to show now."""
        self.hints[task_id] = min(self.hint_level(task_id) + 1, highest)
        self.save()
        return self.hints[task_id]

    def save(self) -> None:
        """Write the file as a whole, so that a crash leaves the old or the new one."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            draft = self.path.with_name(f"progress.{os.getpid()}.json")
            text = json.dumps({"tasks": self.tasks, "hints": self.hints}, indent=1, sort_keys=True)
            draft.write_text(text + "\n", encoding="utf-8")
            draft.replace(self.path)
        except OSError as error:
            raise Problem(f"Progress cannot be kept in {self.path}: {error.strerror}.") from None


def load(root: Path = ROOT) -> Progress:
    """Read ``.workshop/progress.json``; what cannot be understood is put aside."""
    path = root / ".workshop" / "progress.json"
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        tasks = {str(name): str(state) for name, state in told["tasks"].items()}
        hints = {str(name): int(level) for name, level in told["hints"].items()}
        return Progress(path, tasks, hints)
    except FileNotFoundError:
        return Progress(path)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        if path.is_file():
            path.replace(path.with_name("progress.unreadable.json"))
        return Progress(path)


def backup(path: Path, root: Path = ROOT) -> Path:
    """Copy a learner's file aside and return where it went, to be named to them."""
    when = time.strftime("%Y-%m-%d_%H%M%S")
    try:
        inside = path.resolve().relative_to(root.resolve())
    except ValueError:
        inside = Path(path.name)
    for number in range(1, 1000):
        folder = root / ".workshop" / "backups" / (when if number == 1 else f"{when}_{number}")
        kept = folder / inside
        if not kept.exists():
            break
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, kept)
    return kept
