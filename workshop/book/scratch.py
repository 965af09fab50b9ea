"""A copy of the repository in which a transcript can be made, however far a learner is.

The learner's own files must not decide what the book shows, so transcripts run in a
scratch copy: the steps below solved, this step as its starter, as its solution, or as
one of the wrong programs of its mutants.toml. Rule: nothing outside the copy is written.
"""

import os
import shutil
import sys
import tomllib
from contextlib import suppress
from pathlib import Path

from workshop import ROOT, Problem
from workshop.book.snippets import find
from workshop.layers.sync import sync
from workshop.layout import Layout, module_file, near_miss
from workshop.steps import Step, load_steps, target_module

PARTS = ("workshop", "steps", "solutions", "tests", "docs", "notebooks", "benchmarks")
FILES = ("pyproject.toml", "conftest.py", "requirements.txt", "mkdocs.yml")
IGNORED = shutil.ignore_patterns("__pycache__", ".*_cache", "vendor", "screenshots", "assets")


def make(folder: Path, step: Step, state: str) -> Path:
    """Copy the repository into ``folder`` and bring the step into a state.

    ``state`` is ``starter``, ``solution``, ``mutant:ID``, or ``solved:1.1,1.3`` for a
    starter in which these tasks are done.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=IGNORED)
    for name in FILES:
        if (ROOT / name).is_file():
            shutil.copy2(ROOT / name, folder / name)
    with suppress(OSError):  # Windows may forbid it: then scripts there set up their own
        (folder / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    layout = Layout(folder)
    steps = load_steps(layout)
    sync(layout, fresh=[other.name for other in steps])
    for other in steps:
        if other.number < step.number or (other == step and state[:6] in ("soluti", "mutant")):
            solve(other, layout)
    change(step, state, layout)
    return folder


def change(step: Step, state: str, layout: Layout) -> None:
    """Bring a step that stands as its solution, or as its starter, into its state."""
    kind, _, rest = state.partition(":")
    if kind == "mutant":
        break_it(step, rest, layout)
    elif kind == "solved":
        sync(layout, fresh=[step.name])
        for task_id in rest.split(","):
            fill(step, task_id, layout)
    elif kind not in ("starter", "solution"):
        raise Problem(f"unknown state {state!r} of a transcript")


def solve(step: Step, layout: Layout) -> None:
    """Put the solution where a learner writes."""
    target = layout.mine(step.name)
    shutil.rmtree(target, ignore_errors=True)
    names = set(layout.solution(step.name).rglob("*.py"))
    for path in names:
        place = target / path.relative_to(layout.solution(step.name))
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)


def fill(step: Step, task_id: str, layout: Layout) -> None:
    """Do one task: put the solution's functions in the place of the starter's."""
    for target in step.task(task_id).targets:
        module = target_module(step, target) or ""
        name = target.removeprefix(module + ".")
        ours = module_file(layout.solution(step.name), module).read_text(encoding="utf-8")
        path = module_file(layout.mine(step.name), module)
        theirs = path.read_text(encoding="utf-8")
        old, new = find(theirs, name, path.name), find(ours, name, path.name)
        lines, source = theirs.splitlines(), ours.splitlines()[new.lineno - 1 : new.end_lineno]
        lines[old.lineno - 1 : old.end_lineno] = source
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def break_it(step: Step, mutant_id: str, layout: Layout) -> None:
    """Apply one of the step's mutants to the learner's files."""
    table = tomllib.loads((layout.tests(step.name) / "mutants.toml").read_text(encoding="utf-8"))
    mutants = {m["id"]: m for m in table["mutant"]}
    if mutant_id not in mutants:
        close = near_miss(mutant_id, mutants)
        raise Problem(f"tests/{step.name}/mutants.toml has no {mutant_id!r}{close}")
    mutant = mutants[mutant_id]
    path = layout.mine(step.name) / mutant["file"]
    text = path.read_text(encoding="utf-8")
    if text.count(mutant["find"]) != 1:
        raise Problem(f"mutant {mutant_id}: its text is not found once in {mutant['file']}")
    path.write_text(text.replace(mutant["find"], mutant["replace"]), encoding="utf-8")


def environment() -> dict[str, str]:
    """Return the environment of a transcript: plain text, a fixed width, UTF-8."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORKSHOP_", "PYTEST_"))}
    plain = {"NO_COLOR": "1", "COLUMNS": "92", "LINES": "40", "TERM": "dumb", "PYTHONUTF8": "1"}
    return {**kept, **plain, "PYTHONPATH": ""}
