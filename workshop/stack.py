"""The layers of a step as one package: what ``import groundup`` means, and the proof of it.

A step's layer holds only the modules it adds or changes. A stack is a list of layers, highest
first, and a module comes from the highest layer that has it. ``install`` makes the interpreter
see the package so, and nothing else: an installed ``groundup``, or one in the current folder, is
never asked. A layer that lacks one of its own modules is an error that names the file; a lower
layer never answers for it. Source is always compiled afresh, so an edit is never a second late.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from workshop import Problem
from workshop.finder import StackFinder
from workshop.layout import PACKAGE, Layout, module_file
from workshop.steps import Step, find_step, load_steps

VARIABLE = "WORKSHOP_STACK"


@dataclass(frozen=True)
class Layer:
    """One step's package folder, whose code it is, and the modules that must stand in it."""

    name: str
    path: Path
    origin: str  # "mine", "solution" or "other"
    modules: tuple[str, ...]

    def file(self, module: str) -> Path:
        """Where one of its modules is, or would be."""
        return module_file(self.path, module)


@dataclass(frozen=True)
class Fault:
    """Something wrong with one file of a layer, found before anything is imported."""

    layer: str
    module: str
    file: Path
    line: int | None
    text: str


@dataclass(frozen=True)
class Stack:
    """The layers, highest first."""

    layers: tuple[Layer, ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The layers' folders: the package's ``__path__``."""
        return tuple(layer.path for layer in self.layers)

    def files(self) -> dict[str, tuple[Layer, Path]]:
        """Which module comes from which layer: the highest that has it."""
        found: dict[str, tuple[Layer, Path]] = {}
        for layer in self.layers:
            for module in layer.modules:
                found.setdefault(module, (layer, layer.file(module)))
        return dict(sorted(found.items()))

    def problems(self) -> tuple[Fault, ...]:
        """Missing, empty and unreadable files, found by reading, never by importing."""
        checked = [
            (layer, layer.file(module), module) for layer in self.layers for module in layer.modules
        ]
        checked += [(layer, layer.path / "__init__.py", "__init__") for layer in self.layers[:1]]
        return tuple(fault for entry in checked if (fault := _fault(*entry)))

    def install(self) -> None:
        """Make ``import groundup`` mean this stack in this interpreter, from now on."""
        for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
            del sys.modules[name]
        sys.meta_path[:] = [f for f in sys.meta_path if not isinstance(f, StackFinder)]
        required = {module: str(path) for module, (_, path) in self.files().items()}
        sys.meta_path.insert(0, StackFinder(self.paths, required))
        __import__(PACKAGE)

    def prove(self) -> None:
        """Problem unless every loaded ``groundup`` module stands in one of these layers."""
        homes = [path.resolve() for path in self.paths]
        for name, module in sorted(sys.modules.items()):
            if name.partition(".")[0] != PACKAGE:
                continue
            file = getattr(module, "__file__", None)
            if file is None or not any(Path(file).resolve().is_relative_to(home) for home in homes):
                raise Problem(f"{name} was imported from {file}, which is no layer of this stack")

    def encode(self) -> str:
        """The stack as text, for the environment of a subprocess."""
        return json.dumps([{**asdict(layer), "path": str(layer.path)} for layer in self.layers])

    @classmethod
    def decode(cls, text: str) -> "Stack":
        """The stack that ``encode`` wrote."""
        return cls(
            tuple(
                Layer(entry["name"], Path(entry["path"]), entry["origin"], tuple(entry["modules"]))
                for entry in json.loads(text)
            )
        )

    def environment(self) -> dict[str, str]:
        """The variables a subprocess needs to know this stack."""
        return {VARIABLE: self.encode()}


def from_environment(environment: Mapping[str, str] = os.environ) -> Stack | None:
    """The stack this process was given, if any."""
    text = environment.get(VARIABLE)
    return Stack.decode(text) if text else None


def solution_stack(
    step: Step | str | int,
    *,
    replace: Mapping[int, Path] | None = None,
    layout: Layout | None = None,
) -> Stack:
    """The finished layers of a step; ``replace`` puts another package folder in a layer's place."""
    layout = layout or Layout()
    top = step if isinstance(step, Step) else find_step(step, layout)
    other = replace or {}
    return Stack(
        tuple(
            Layer(s.name, other[s.number], "other", s.modules)
            if s.number in other
            else Layer(s.name, layout.solution(s.name), "solution", s.modules)
            for s in _down_from(top, layout)
        )
    )


def learner_stack(
    step: Step | str | int,
    on: str | None = None,
    *,
    top_mine: bool = True,
    layout: Layout | None = None,
) -> Stack:
    """The learner's layer on the layers below: ``on="mine"``, ``"solutions"``, or mine where green.

    With ``top_mine=False`` the step's own layer, too, is the learner's only where it is green.
    A layer without a solution in this copy of the repository is the learner's.
    """
    layout = layout or Layout()
    top = step if isinstance(step, Step) else find_step(step, layout)
    return Stack(
        tuple(
            Layer(s.name, layout.mine(s.name), "mine", s.modules)
            if (s == top and top_mine) or _stands_on_mine(s, on, layout)
            else Layer(s.name, layout.solution(s.name), "solution", s.modules)
            for s in _down_from(top, layout)
        )
    )


def _down_from(top: Step, layout: Layout) -> list[Step]:
    return [s for s in reversed(load_steps(layout)) if s.number <= top.number]


def _stands_on_mine(step: Step, on: str | None, layout: Layout) -> bool:
    if on in ("mine", "solutions"):
        return on == "mine"
    if not layout.solution(step.name).is_dir():
        return True
    from workshop import progress  # late: the pytest subprocess has no use for it

    return progress.load(layout.root).is_done(task.id for task in step.tasks)


def _fault(layer: Layer, file: Path, module: str) -> Fault | None:
    """What is wrong with one file, or None."""
    shown = "/".join((*layer.path.parts[-3:], *file.relative_to(layer.path).parts))
    try:
        source = file.read_bytes()
        if source.strip() or module == "__init__":
            compile(source, str(file), "exec", dont_inherit=True)
            return None
    except FileNotFoundError:
        return Fault(layer.name, module, file, None, f"{shown} is missing")
    except SyntaxError as error:
        where = f"{shown}:{error.lineno}" if error.lineno else shown
        text = f"{where}: {error.msg}\n    {(error.text or '').strip()}".rstrip()
        return Fault(layer.name, module, file, error.lineno, text)
    except (ValueError, OSError) as error:
        return Fault(layer.name, module, file, None, f"{shown} cannot be read: {error}")
    return Fault(layer.name, module, file, None, f"{shown} is empty")
