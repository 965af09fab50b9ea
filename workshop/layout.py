"""Where things stand in a repository of this shape.

Apart from everything else, so that each tool takes a ``Layout`` and its tests can build a tiny
repository in a temporary folder. The rule: no other module of the workshop spells these paths.
A module is named as in Python (``server``, ``engines.threads``); files are found from the name.
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workshop import ROOT

PACKAGE = "groundup"
FINISHED = "09_full_framework"


@dataclass(frozen=True)
class Layout:
    """The folders of one repository, found from its root."""

    root: Path = ROOT

    @property
    def finished(self) -> Path:
        """The one truth: the package of the finished framework."""
        return self.solution(FINISHED)

    def solution(self, name: str) -> Path:
        """The finished package folder of a step, ``solutions/NN_name/groundup``."""
        return self.root / "solutions" / name / PACKAGE

    def step(self, name: str) -> Path:
        """The folder ``steps/NN_name``."""
        return self.root / "steps" / name

    def mine(self, name: str) -> Path:
        """The learner's package folder of a step, ``steps/NN_name/groundup``."""
        return self.step(name) / PACKAGE

    def tests(self, name: str) -> Path:
        """The suite of a step, ``tests/NN_name``."""
        return self.root / "tests" / name

    def shown(self, path: Path) -> str:
        """A path as a person should see it: from the root, with forward slashes."""
        try:
            return path.relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()


def module_file(package: Path, module: str) -> Path:
    """Where a module of this package folder is, or would be: ``server`` → ``…/server.py``."""
    place = package.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_name(place.name + ".py")


def module_name(package: Path, file: Path) -> str:
    """The other way: ``…/engines/threads.py`` → ``engines.threads``."""
    parts = file.relative_to(package).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def near_miss(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the closest known word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else ""
