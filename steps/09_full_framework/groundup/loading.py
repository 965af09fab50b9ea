"""Find an application by the name that a person typed: `module:app`.

Apart from the command line because processes that are started later find theirs by the same name.
The rule: a name that leads nowhere is answered with one sentence and the nearest name that does;
an error inside the application's own code keeps its traceback.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
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


def asked_apart(target: str, question: Callable[[Any, dict[str, Any]], dict[str, Any]]) -> Any:
    """What `question(app, {})` says of an application that this process does not import.

    {} where that fails: whoever serves it will meet the same error, and tell it.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer"
        code = (
            "import pickle, sys; from groundup.loading import load; "
            f"from {question.__module__} import {question.__name__} as ask; "
            "found = pickle.dumps(ask(load(sys.argv[1]), {})); open(sys.argv[2], 'wb').write(found)"
        )
        command = [sys.executable, "-c", code, target, str(answer)]
        path = os.pathsep.join(map(str, sys.path))  # so that it finds what we find
        environment = {**os.environ, "PYTHONPATH": path}
        quiet = subprocess.DEVNULL
        subprocess.run(command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet)
        return pickle.loads(answer.read_bytes()) if answer.exists() else {}


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
