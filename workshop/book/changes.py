"""What changed since the step before: the end of a chapter, made from the layers.

A module born in this step is shown by its first sentence and its size; a module that
an earlier step wrote is shown as a unified diff. Rule: solutions only, so that the
book says the same on every machine, however far its reader is; and what is a task
stays one: the diff shows its hole, and ``diff N`` the code.
"""

import ast
import difflib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from workshop.layers.plan import plan
from workshop.layout import Layout, module_file
from workshop.steps import Step, load_steps


def source_path(step: Step, module: str) -> Path:
    """Return the path of a layer's finished module."""
    return module_file(Layout().solution(step.name), module)


def page(step: Step) -> str:
    """Return the list of new modules and the diffs of the changed ones."""
    new = [*step.adds, *step.studies]
    parts = [_new(step, new)] if new else []
    parts += [_changed(step, module) for module in step.changes]
    return "\n".join(parts)


def _new(step: Step, modules: list[str]) -> str:
    lines = ["| New module | What it is | Lines |", "|---|---|---:|"]
    for module in modules:
        path = source_path(step, module)
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        lines.append(f"| `{module}` | {first_sentence(text)} | {len(text.splitlines())} |")
    return "\n".join(lines) + "\n"


def first_sentence(text: str) -> str:
    """Return the first line of a module's docstring, fit for a table."""
    doc = ast.get_docstring(ast.parse(text)) or ""
    return doc.split("\n\n")[0].replace("\n", " ").replace("``", "`").replace("|", "\\|")


def before(step: Step, module: str) -> Path | None:
    """Return the module as the nearest step below has it."""
    below = [s for s in load_steps() if s.number < step.number]
    for lower in reversed(below):
        path = source_path(lower, module)
        if path.is_file():
            return path
    return None


def _changed(step: Step, module: str) -> str:
    old, new = before(step, module), source_path(step, module)
    if old is None or not new.is_file():
        return ""
    old_text, new_text = old.read_text(encoding="utf-8"), new.read_text(encoding="utf-8")
    whole = _diff(old_text, new_text)
    plus = sum(line.startswith("+") for line in whole)
    minus = sum(line.startswith("-") for line in whole)
    given = starters()[step.name].get(module_file(Layout().mine(step.name), module), new_text)
    diff = _diff(old_text, given)
    body = "\n".join(f"    {line}" for line in ["````diff", *diff, "````"])
    title = f"{module}.py: {plus} lines in, {minus} lines out"
    return f'??? note "{title}"\n\n{body}\n'


def _diff(old: str, new: str) -> list[str]:
    """The lines of a unified diff, without the two that name the files."""
    return list(difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2))[2:]


@cache
def starters() -> Mapping[str, Mapping[Path, str]]:
    """Each step's starter files as `sync` would write them, whatever a learner has made of them."""
    return {made.step.name: made.starters for made in plan(load_steps(), Layout())}
