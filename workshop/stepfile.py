"""Read ``steps/NN_name/step.toml`` and refuse what is wrong in it.

Apart from ``steps`` so that what a step *is* reads on one screen. The rule: a key that is unknown
or missing, a target in no module, a task with two hints: each is an error that names the file and
the key, and the nearest known word, before any tool works with half a step.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, get_type_hints

from workshop import Problem
from workshop.layout import Layout, near_miss
from workshop.steps import Part, Serve, Step, Task, target_module

KINDS = ("write", "change")
HANDLERS = ("stream", "message", "request")
STEP_FOLDER = re.compile(r"\d\d_[a-z0-9_]+\Z")


def load_step(name: str, layout: Layout | None = None) -> Step:
    """Read and check ``steps/NAME/step.toml``."""
    file = (layout or Layout()).step(name) / "step.toml"
    where = f"steps/{name}/step.toml"
    if not STEP_FOLDER.match(name):
        raise Problem(f"steps/{name}: a step's folder is named like 01_echo_socket")
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(f"{where} is missing") from None
    except UnicodeDecodeError as error:
        raise Problem(f"{where}: {error}") from error
    return _parsed(name, text, where)


@lru_cache(maxsize=64)  # the kit asks for each test; the text is the key, so an edit is seen
def _parsed(name: str, text: str, where: str) -> Step:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problem(f"{where}: {error}") from error
    step = _step(name, table, where)
    _check(step, where)
    return step


def _step(name: str, table: dict[str, Any], where: str) -> Step:
    rows = table.pop("task", [])
    tasks = [_build(Task, row, f"{where}: [[task]] {row.get('id', '?')}") for row in rows]
    parts = [_build(Part, row, f"{where}: [[part]]") for row in table.pop("part", [])]
    serve = _build(Serve, table.pop("serve", {}), f"{where}: [serve]")
    values = {"name": name, **table, "serve": serve, "tasks": tuple(tasks), "parts": tuple(parts)}
    return _build(Step, values, where)


Made = TypeVar("Made", Step, Task, Part, Serve)


def _build(kind: type[Made], table: Mapping[str, Any], where: str) -> Made:
    """Make the dataclass from a table, refusing keys and types it does not have."""
    types: dict[str, Any] = get_type_hints(kind)
    needed = [f.name for f in fields(kind) if f.default is MISSING]
    for key in table:
        if key not in types:
            raise Problem(f"{where}: unknown key {key!r}{near_miss(key, types)}")
    for key in needed:
        if key not in table:
            raise Problem(f"{where}: {key!r} is missing")
    values: dict[str, Any] = {}
    for key, value in table.items():
        values[key] = _value(types[key], value, f"{where}: {key}")
    return kind(**values)


def _value(wanted: Any, value: object, where: str) -> object:
    """Check one value against its annotation; a list of strings becomes a tuple."""
    if wanted == tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Problem(f"{where} must be a list of strings")
        return tuple(value)
    if not isinstance(value, wanted if isinstance(wanted, type | UnionType) else object):
        named = "a whole number" if isinstance(0, wanted) else "a string"
        raise Problem(f"{where} must be {named}")
    return value


def _check(step: Step, where: str) -> None:
    """What the types cannot say."""
    for complaint in _complaints(step):
        raise Problem(f"{where}: {complaint}")


def _complaints(step: Step) -> Iterator[str]:
    for name in step.drafts:
        if name not in step.adds + step.changes:
            yield f"draft {name!r} is in neither adds nor changes"
    if step.serve.handler not in HANDLERS:
        yield f"[serve] handler is one of {', '.join(HANDLERS)}"
    for name in step.regressions:
        if not STEP_FOLDER.match(name) or name >= step.name:
            yield f"regression {name!r} is not an earlier step's folder name"
    yield from _misnumbered(step)
    targets = [target for task in step.tasks for target in task.targets]
    for target in targets:
        if targets.count(target) > 1:
            yield f"target {target!r} stands in two tasks"
    for task in step.tasks:
        yield from (f"task {task.id}: {text}" for text in _task_complaints(step, task))


def _misnumbered(step: Step) -> Iterator[str]:
    ids = [task.id for task in step.tasks]
    expected = [f"{step.number}.{count}" for count in range(1, len(ids) + 1)]
    if ids != expected:
        yield f"task ids are {', '.join(ids)}, not {', '.join(expected)}"


def _task_complaints(step: Step, task: Task) -> Iterator[str]:
    if task.kind not in KINDS:
        yield f"kind is one of {', '.join(KINDS)}"
    if len(task.hints) != 3:
        yield f"it has {len(task.hints)} hints, not 3"
    if not task.targets:
        yield "it has no target"
    if not 1 <= task.part <= max(1, len(step.parts)):
        yield f"part {task.part} is not one of the {max(1, len(step.parts))}"
    for target in task.targets:
        if target_module(step, target) is None:
            close = near_miss(target, step.modules)
            yield f"target {target!r} is in no module of this step{close}"
