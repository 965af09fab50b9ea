"""Find an application by the name that a person typed: `module:app`.

Apart from the command line because processes that are started later find theirs by the same name.
The rule: a name that leads nowhere is answered with one sentence and the nearest name that does;
an error inside the application's own code keeps its traceback.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

from groundup.suggest import did_you_mean


class LoadError(Exception):
    """There is no such application. `str(error)` is one sentence for a person."""

    for_a_person = True


def load(target: str) -> Any:
    """The App, or `handle`, that `target` names: `shop:app`, `shop.web:make_app()`, `shop`.

    Without a name after the module it is `app`. Raises LoadError, and whatever the module raises
    when it is imported.
    """
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    name, _, attribute = target.partition(":")
    module = imported(name)
    attribute = attribute or "app"
    found = module
    for part in attribute.removesuffix("()").split("."):
        if not hasattr(found, part):
            near = did_you_mean(part, [word for word in vars(found) if not word.startswith("_")])
            raise LoadError(f"{name} has no {part!r}{near}")
        found = getattr(found, part)
    app: Any = found() if attribute.endswith("()") and callable(found) else found
    if not hasattr(app, "handle") and not callable(app):
        raise LoadError(f"{target} is a {type(app).__name__}: it should be an App")
    return app


def imported(name: str) -> ModuleType:
    """The module of this name; LoadError if there is none."""
    path = Path(name)
    if path.suffix == ".py" or len(path.parts) > 1:
        dotted = ".".join(path.with_suffix("").parts)
        raise LoadError(f"{name} is a file: give the module's name, {dotted!r}")
    if not all(part.isidentifier() for part in name.split(".")):
        raise LoadError(f"{name!r} is no module's name: the form is module:app")
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing != name and not name.startswith(f"{missing}."):
            raise  # it is the application that misses something
        raise LoadError(f"there is no module {missing!r}{near_module(missing)}") from None


def near_module(name: str) -> str:
    """The end of a sentence: the nearest module beside the one that is missing."""
    package, _, last = name.rpartition(".")
    places = getattr(sys.modules.get(package), "__path__", None) if package else [os.getcwd()]
    return did_you_mean(last, [module.name for module in iter_modules(places)])
