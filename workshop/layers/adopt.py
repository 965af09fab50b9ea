"""Take the solution's file, start a file over, or carry one's own forward; nothing is lost.

Apart from ``sync``, which never touches what a person wrote: this does, when they ask for it. The
rule: before a learner's file is overwritten it is copied to ``.workshop/backups``, and every
function returns sentences that name the copy.
"""

import ast
from collections.abc import Sequence
from pathlib import Path

from workshop import Problem, progress
from workshop.layers.carry import Carried, carry
from workshop.layers.plan import LayerPlan, plan
from workshop.layers.starterfile import read, write
from workshop.layout import Layout, module_file, near_miss
from workshop.steps import Step, find_step, load_steps


def adopt(
    step: Step | str | int,
    file: str | None = None,
    mine: bool = False,
    *,
    layout: Layout | None = None,
) -> list[str]:
    """Put the solution's file (or every file) of a step in place of the learner's.

    With ``mine``, carry the learner's own version of the modules that this step changes forward
    from the steps below instead. Returns what was done, a sentence each.
    """
    layout = layout or Layout()
    step = step if isinstance(step, Step) else find_step(step, layout)
    if mine:
        return _carry_forward(step, file, layout)
    said: list[str] = []
    for module in chosen_modules(step, file):
        finished = _solution(step, module, layout)
        text = read(finished)
        if text is None:
            raise Problem(f"{layout.shown(finished)} is not here: nothing to adopt")
        place = layout.mine(step.name) / finished.relative_to(layout.solution(step.name))
        said += _put(place, text, "the solution's", layout)
    return said


def reset(
    step: Step | str | int, file: str | None = None, *, layout: Layout | None = None
) -> list[str]:
    """Give a step's file (or every file) back as it was at the start. Returns what was done."""
    layout = layout or Layout()
    step = step if isinstance(step, Step) else find_step(step, layout)
    made = _plan(step, layout)
    if made.complaints:
        raise Problem(f"the starter of step {step.number} cannot be made: {made.complaints[0]}")
    chosen = set(chosen_modules(step, file))
    said: list[str] = []
    for place, text in made.starters.items():
        module = _module(place, layout.mine(step.name))
        if module in chosen or module == "__init__":
            said += _put(place, text, "as it was at the start", layout)
    progress.load(layout.root).forget(
        task.id for task in step.tasks if any(t.partition(".")[0] in chosen for t in task.targets)
    )
    return said


def chosen_modules(step: Step, file: str | None) -> list[str]:
    """``server``, ``server.py`` or a path → its module; every module of the step for None."""
    if file is None:
        return list(step.modules)
    plain = file.replace("\\", "/").rpartition("groundup/")[2] or file
    module = plain.removesuffix(".py").replace("/", ".")
    if module not in step.modules:
        have = ", ".join(step.modules)
        close = near_miss(module, step.modules)
        raise Problem(f"step {step.number} has no file {file!r} (it has {have}){close}")
    return [module]


def _module(place: Path, package: Path) -> str:
    return ".".join(place.relative_to(package).with_suffix("").parts)


def _plan(step: Step, layout: Layout) -> LayerPlan:
    return next(made for made in plan(load_steps(layout), layout) if made.step.name == step.name)


def _solution(step: Step, module: str, layout: Layout) -> Path:
    return module_file(layout.solution(step.name), module)


def _put(place: Path, text: str, what: str, layout: Layout) -> list[str]:
    """Write a learner's file, after a backup; nothing to say when it is that already."""
    now = read(place)
    if now == text:
        return []
    shown = layout.shown(place)
    if now is None:
        write(place, text)
        return [f"{shown} is {what} now"]
    kept = progress.backup(place, layout.root)
    write(place, text)
    return [f"{shown} is {what} now; yours is kept in {layout.shown(kept)}"]


def _carry_forward(step: Step, file: str | None, layout: Layout) -> list[str]:
    """``adopt N --mine``: each module that the step changes and the learner wrote below."""
    modules = [module for module in chosen_modules(step, file) if module in step.changes]
    if not modules:
        changed = ", ".join(step.changes) or "no module"
        raise Problem(f"step {step.number} changes {changed}: nothing of yours to carry forward")
    said: list[str] = []
    for module in modules:
        said += _carry_module(step, module, layout)
    return said or ["nothing to carry forward: below, your code is the solution's"]


def _carry_module(step: Step, module: str, layout: Layout) -> list[str]:
    below = _below(step, module, layout)
    here, lower = _solution(step, module, layout), _solution(below, module, layout)
    place = layout.mine(step.name) / here.relative_to(layout.solution(step.name))
    source = layout.mine(below.name) / lower.relative_to(layout.solution(below.name))
    texts = {path: read(path) for path in (place, source, lower)}
    for path, text in texts.items():
        if text is None:
            raise Problem(f"{layout.shown(path)} is missing")
        _readable(path, text, layout)
    targets = frozenset(
        target.removeprefix(module + ".") for task in step.tasks for target in task.targets
    )
    done = carry(texts[source] or "", texts[lower] or "", texts[place] or "", targets)
    return _told(done, place, source, layout)


def _readable(path: Path, text: str, layout: Layout) -> None:
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise Problem(f"{layout.shown(path)}, line {error.lineno}: {error.msg}") from error


def _below(step: Step, module: str, layout: Layout) -> Step:
    lower = [s for s in load_steps(layout) if s.number < step.number and module in s.modules]
    if not lower:
        raise Problem(f"no step below {step.number} has {module}")
    return lower[-1]


def _told(done: Carried, place: Path, source: Path, layout: Layout) -> list[str]:
    """Write the carried file and say function by function what became of it."""
    said: list[str] = []
    if done.taken or done.added:
        said += _put(place, done.text, f"with your functions from {layout.shown(source)}", layout)
        said += _row("carried forward", done.taken) + _row("added", done.added)
    note = " (this step changes it as well; compare the two by hand)"
    said += [f"conflict: {name}{note}" for name in done.conflicts]
    if done.needs:
        said.append(
            f"they need {', '.join(done.needs)} of {layout.shown(source)}: copy that by hand"
        )
    return said


def _row(label: str, names: Sequence[str]) -> list[str]:
    return [f"{label}: {', '.join(names)}"] if names else []
