"""What every generated file of the layers must hold, worked out without writing anything.

Apart from ``sync`` so that comparing and writing share one plan. It reads the one truth, the
drafts and the ``step.toml`` files, and answers: the text of each copy, each layer's ``__init__``
and each starter. The rule: what cannot be worked out becomes a sentence in ``complaints`` and the
rest goes on, so that one unfinished step does not stop the others.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from workshop import Problem
from workshop.layers.source import functions, text_of, top_names
from workshop.layers.starterfile import read
from workshop.layers.starters import cut
from workshop.layout import PACKAGE, Layout, module_file, module_name
from workshop.steps import Step, Task, target_module

SYNC = "python3 -m workshop sync"
WIDTH = 100


@dataclass
class LayerPlan:
    """One step: its finished modules, and the texts that are generated from them."""

    step: Step
    sources: dict[str, str] = field(default_factory=dict)  # module → finished text
    copies: dict[Path, str] = field(default_factory=dict)
    drafts: dict[str, Path] = field(default_factory=dict)
    starters: dict[Path, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)  # change target → the code it starts from
    complaints: list[str] = field(default_factory=list)


def plan(steps: tuple[Step, ...], layout: Layout) -> list[LayerPlan]:
    """One plan a step, lowest first; a step builds on what stands below it."""
    plans: list[LayerPlan] = []
    below: dict[str, str] = {}
    for step in steps:
        made = LayerPlan(step)
        _finished(made, layout)
        made.complaints += _born_twice_or_never(step, below)
        stack = {**below, **made.sources}
        _init(made, stack, layout)
        _starters(made, below, layout)
        plans.append(made)
        below = stack
    return plans


def _born_twice_or_never(step: Step, below: Mapping[str, str]) -> Iterator[str]:
    for module in step.adds:
        if module in below:
            yield f"steps/{step.name}/step.toml adds {module!r}, which stands below: it changes it"
    for module in step.changes:
        if module not in below:
            yield f"steps/{step.name}/step.toml changes {module!r}, which no earlier step adds"


def _finished(made: LayerPlan, layout: Layout) -> None:
    """Each module's finished text: by hand for drafts and studies, else from the truth."""
    step, folder = made.step, layout.solution(made.step.name)
    for module in step.modules:
        by_hand = module in step.drafts + step.studies
        source = module_file(folder if by_hand else layout.finished, module)
        text = read(source)
        if text is None:
            made.complaints.append(
                f"{layout.shown(source)} is missing ({_wanted_by(step, module)})"
            )
            continue
        try:
            ast.parse(text)
        except SyntaxError as error:
            made.complaints.append(f"{layout.shown(source)}, line {error.lineno}: {error.msg}")
            continue
        made.sources[module] = text
        if module in step.drafts:
            made.drafts[module] = source
        elif not by_hand:
            made.copies[folder / source.relative_to(layout.finished)] = text


def _wanted_by(step: Step, module: str) -> str:
    kind = "draft " * (module in step.drafts) + "study " * (module in step.studies)
    return f"steps/{step.name}/step.toml names {kind}{module!r}"


def _init(made: LayerPlan, stack: Mapping[str, str], layout: Layout) -> None:
    """The layer's ``__init__``: the finished package's public names, as far as they exist.

    The last layer's is the finished one itself: by hand, and the truth.
    """
    text, folder = read(layout.finished / "__init__.py") or "", layout.solution(made.step.name)
    if folder != layout.finished:
        text = layer_init(text, stack, made.step)
        made.copies[folder / "__init__.py"] = text
    made.starters[layout.mine(made.step.name) / "__init__.py"] = text


def layer_init(finished: str, stack: Mapping[str, str], step: Step) -> str:
    """Keep the imports of the finished ``__init__`` whose names this stack really defines."""
    lines, public = [], []
    for node in ast.parse(finished).body:
        module = (getattr(node, "module", None) or "").removeprefix(PACKAGE + ".")
        if not isinstance(node, ast.ImportFrom) or module not in stack:
            continue
        defined = top_names(ast.parse(stack[module]))
        names = [alias for alias in node.names if alias.name in defined]
        if names:
            lines.append(_import_line(f"{PACKAGE}.{module}", [ast.unparse(a) for a in names]))
            public += [alias.asname or alias.name for alias in names]
    told = f'"""Ground Up as it stands after step {step.number} (written by `{SYNC}`)."""\n'
    if not lines:
        return told + "\n__all__: list[str] = []\n"
    block = "".join(f'    "{name}",\n' for name in sorted(set(public), key=_as_isort))
    return told + "\n" + "".join(lines) + f"\n__all__ = [\n{block}]\n"


def _as_isort(name: str) -> tuple[int, str]:
    """The order that ruff wants in ``__all__``: CONSTANTS, Classes, functions."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def _import_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}\n"
    if len(line) <= WIDTH + 1:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")\n"


def _starters(made: LayerPlan, below: Mapping[str, str], layout: Layout) -> None:
    """Each of the layer's modules with its holes."""
    folder = layout.mine(made.step.name)
    for module, text in made.sources.items():
        held = _tasks_in(made.step, module)
        writes = {name: task for name, task in held.items() if task.kind == "write"}
        changes = {name: task for name, task in held.items() if task.kind == "change"}
        older = below.get(module, "")
        try:
            starter = cut(text, writes, changes, older)
        except Problem as problem:
            made.complaints.append(f"steps/{made.step.name}/step.toml: {problem}")
            continue
        made.starters[_place(folder, module, layout)] = starter
        nodes = functions(ast.parse(starter))
        made.given |= {f"{module}.{name}": text_of(starter, nodes[name][-1]) for name in changes}


def _tasks_in(step: Step, module: str) -> dict[str, Task]:
    """Qualified name inside the module → its task."""
    return {
        target.removeprefix(module + "."): task
        for task in step.tasks
        for target in task.targets
        if target_module(step, target) == module
    }


def _place(folder: Path, module: str, layout: Layout) -> Path:
    """Where a module stands in a folder of the same shape as the finished package."""
    shape = module_file(layout.finished, module)
    return folder / shape.relative_to(layout.finished)


def strangers(made: LayerPlan, layout: Layout) -> Iterator[str]:
    """Files in the solution's layer that ``step.toml`` does not name; the truth holds them all."""
    folder = layout.solution(made.step.name)
    if folder == layout.finished:
        return
    known = {module_file(folder, module) for module in made.step.modules} | set(made.copies)
    for file in sorted(folder.rglob("*.py")):
        if file not in known:
            module = module_name(folder, file)
            yield f"{layout.shown(file)}: steps/{made.step.name}/step.toml does not name {module!r}"
