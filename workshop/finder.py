"""The import hook behind a stack: it answers every ``groundup`` import, or refuses it.

Apart from ``stack`` because it is the only code that touches the import system, and so that
stack.py reads as plain data. The rule: once it stands first in ``sys.meta_path``, no other finder
is ever asked for ``groundup`` or anything in it, and no cached bytecode is ever used.
"""

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from workshop.layout import PACKAGE


class FreshLoader(SourceFileLoader):
    """Compiles the source each time: a cache judges by whole seconds, an editor is quicker."""

    def get_code(self, fullname: str) -> CodeType | None:
        """The code of the file as it is now."""
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class StackFinder:
    """Finds ``groundup`` modules in the given folders, in that order, and nowhere else."""

    def __init__(self, folders: Sequence[Path], required: Mapping[str, str]) -> None:
        self._folders = tuple(folders)
        self._required = dict(required)  # module → the one file that may answer for it

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of a module of the stack; None for what is not ours; an error for the rest."""
        if fullname == PACKAGE:
            return self._package_spec(fullname, self._folders[0] / "__init__.py", self._folders)
        if not fullname.startswith(PACKAGE + "."):
            return None
        module = fullname.removeprefix(PACKAGE + ".")
        wanted = self._required.get(module)
        if wanted is not None and not Path(wanted).is_file():
            raise ModuleNotFoundError(f"{fullname}: {wanted} is missing", name=fullname)
        places = [folder.joinpath(*module.split(".")) for folder in self._folders]
        for place in places:
            if place.with_name(place.name + ".py").is_file():
                return self._spec(fullname, place.with_name(place.name + ".py"))
            if (place / "__init__.py").is_file():
                inside = tuple(p for p in places if p.is_dir())
                return self._package_spec(fullname, place / "__init__.py", inside)
        searched = ", ".join(str(folder) for folder in self._folders)
        raise ModuleNotFoundError(f"no module {fullname} in the stack ({searched})", name=fullname)

    def _spec(self, fullname: str, file: Path) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(
            fullname, file, loader=FreshLoader(fullname, str(file))
        )

    def _package_spec(self, fullname: str, file: Path, inside: Sequence[Path]) -> ModuleSpec | None:
        if not file.is_file():
            raise ModuleNotFoundError(f"{fullname}: {file} is missing", name=fullname)
        return importlib.util.spec_from_file_location(
            fullname,
            file,
            loader=FreshLoader(fullname, str(file)),
            submodule_search_locations=[str(path) for path in inside],
        )


def installed() -> StackFinder | None:
    """The finder in force in this interpreter, if a stack was installed."""
    return next((finder for finder in sys.meta_path if isinstance(finder, StackFinder)), None)
