"""What a step and a task are, and how to find one.

The tool, the chapters, the hints and the tests' messages all read a step through this module, so
that its title or its hints stand in one place only: ``steps/NN_name/step.toml``. It is apart
because it must import nothing but the standard library: every start of the tool reads it. The
rule: what it hands out is frozen, and was checked by ``stepfile`` when it was read.
"""

from dataclasses import dataclass

from workshop import Problem
from workshop.layout import Layout, near_miss

STAIRCASE = 9  # steps in the plan, built or not


@dataclass(frozen=True)
class Serve:
    """How the kit starts this stack's engine: ``module:Class`` and the shape of a handler."""

    engine: str
    handler: str


@dataclass(frozen=True)
class Part:
    """A stretch of a long step, with a checkpoint at its end."""

    title: str


@dataclass(frozen=True)
class Task:
    """One thing to write: at most 25 lines and 30 minutes."""

    id: str
    title: str
    minutes: int
    targets: tuple[str, ...]
    invariant: str
    hints: tuple[str, ...]
    explanation: str
    part: int = 1
    kind: str = "write"
    ends: int | None = None
    section: str | None = None
    effect: str | None = None

    def lives_on(self, number: int) -> bool:
        """Whether the stack of that step must still pass this task's tests."""
        return self.ends is None or number <= self.ends


@dataclass(frozen=True)
class Step:
    """One step of the staircase. Its name is its folder's: ``02_request_parser``."""

    name: str
    title: str
    idea: str
    minutes: int
    adds: tuple[str, ...]
    serve: Serve
    tasks: tuple[Task, ...]
    changes: tuple[str, ...] = ()
    drafts: tuple[str, ...] = ()
    studies: tuple[str, ...] = ()
    regressions: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    reason: str = ""  # why it changes more old lines than a layer should

    @property
    def number(self) -> int:
        """The number the learner types: 2 for ``02_request_parser``."""
        return int(self.name[:2])

    @property
    def modules(self) -> tuple[str, ...]:
        """Every module that must stand in this step's layer."""
        return tuple(dict.fromkeys((*self.adds, *self.changes, *self.studies)))

    def task(self, task_id: str) -> Task:
        """The task with this id. Problem, naming the near miss, when there is none."""
        for task in self.tasks:
            if task.id == task_id:
                return task
        known = [task.id for task in self.tasks]
        close = near_miss(task_id, known)
        raise Problem(
            f"step {self.number} has no task {task_id} (it has {', '.join(known)}){close}"
        )


def load_steps(layout: Layout | None = None) -> tuple[Step, ...]:
    """Every step that has a ``step.toml``, lowest first."""
    layout = layout or Layout()
    folder = layout.root / "steps"
    from workshop.stepfile import load_step  # late: it needs the classes above

    names = sorted(path.parent.name for path in folder.glob("*/step.toml"))
    return tuple(load_step(name, layout) for name in names)


def find_step(wanted: str | int, layout: Layout | None = None) -> Step:
    """A step by ``1``, ``01``, ``01_echo_socket`` or the start of a word of its name (``echo``)."""
    steps = load_steps(layout)
    text = str(wanted)
    matches = [s for s in steps if s.name == text or (text.isdigit() and s.number == int(text))]
    if not matches and text:
        matches = [s for s in steps if any(word.startswith(text) for word in _words(s))]
    if len(matches) == 1:
        return matches[0]
    have = ", ".join(s.name for s in matches or steps) or "none"
    if matches:
        raise Problem(f"several steps match {text!r}: {have}")
    close = near_miss(text, [word for s in steps for word in (s.name, *_words(s))])
    if text.isdigit() and steps and steps[-1].number < int(text) <= STAIRCASE:
        raise Problem(f"there is no step {text!r} yet: it is not built (there are: {have})")
    raise Problem(f"there is no step {text!r} (there are: {have}){close}")


def _words(step: Step) -> list[str]:
    """``02_request_parser`` → request_parser, request, parser."""
    return [step.name[3:], *step.name[3:].split("_")]


def find_task(task_id: str, layout: Layout | None = None) -> tuple[Step, Task]:
    """The task ``2.5`` and the step it belongs to."""
    step = find_step(task_id.partition(".")[0], layout)
    return step, step.task(task_id)


def target_module(step: Step, target: str) -> str | None:
    """The module of a target: ``server.LineReader.read_line`` → ``server``."""
    fitting = [module for module in step.modules if target.startswith(module + ".")]
    return max(fitting, key=len, default=None)
