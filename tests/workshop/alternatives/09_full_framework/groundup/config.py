"""Options of a server from outside the program: a dict, a file, the environment.

Apart from `launch`, which judges what options mean together, because here they are only read: their
names, their types, and where they come from. The rule: a name that nobody knows is an error that
names the nearest one, and so is a value of another type; nothing is guessed.
"""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final

from groundup.limits import Limits
from groundup.suggest import did_you_mean
from groundup.timeouts import Timeouts

PREFIX: Final = "GROUNDUP_"  # of a variable: GROUNDUP_PORT=8080

Source = Mapping[str, Any] | str | os.PathLike[str] | None

# Every option, and its type: what a text in the environment becomes. `object`: it has no text.
OPTIONS: Final[dict[str, type]] = {
    "host": str, "port": int, "unix": str, "backlog": int, "reuse_port": bool, "mode": str,
    "workers": int, "reload": bool, "uvloop": bool, "executor": int, "queue": int,
    "max_workers": int, "queue_size": int, "num_workers": int, "executor_per_worker": int,
    "certfile": str, "keyfile": str, "access_log": str, "health": str, "lame_duck": float,
    "graceful": float, "max_body_size": int, "read_timeout": float, "limits": Limits,
    "timeouts": Timeouts, "sock": object, "ssl_context": object, "metrics": object,
    "limiter": object, "watchdog": object,
}  # fmt: skip
ALIASES: Final = {"ip": "host"}
KNOWN: Final = (*OPTIONS, *ALIASES)
WORDS: Final = {"true": True, "1": True, "yes": True, "on": True,
                "false": False, "0": False, "no": False, "off": False}  # fmt: skip


class ConfigError(TypeError):
    """A configuration that cannot be meant. `str(error)` is one sentence for a person."""

    for_a_person = True


def load_config(source: Source = None, environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The options of a dict or a file, and over them those of the environment."""
    where, given = "config", source
    if given is None:
        given = {}
    elif not isinstance(given, Mapping):
        where, given = str(given), read_file(Path(given))
    options = checked(given, where)
    if environ is None:
        environ = os.environ
    options.update(from_environment(environ))
    return options


def read_file(path: Path) -> Mapping[str, Any]:
    """What a file says; ConfigError, with the file's name, for one that cannot be read."""
    parse = {".toml": tomllib.loads, ".json": json.loads}.get(path.suffix.lower())
    if parse is None:
        raise ConfigError(f"config file {str(path)!r}: it is .toml or .json")
    try:
        given = parse(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read config file {str(path)!r}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"config file {str(path)!r} is malformed: {error}") from None
    if not isinstance(given, Mapping):
        raise ConfigError(f"config file {str(path)!r}: it holds no table of options")
    return given


def checked(given: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The options by their own names, each of its type. None stands for: not given."""
    options: dict[str, Any] = {}
    for spelled, value in given.items():
        name = ALIASES.get(spelled, spelled)
        if name not in OPTIONS:
            near = did_you_mean(str(spelled), KNOWN)
            raise ConfigError(f"{where} has an unknown option {spelled!r}{near}")
        if name in options:
            raise ConfigError(f"{where} gives {name!r} twice: {spelled!r} is the same")
        if value is not None:
            options[name] = fitting(name, value, where)
    return options


def fitting(name: str, value: Any, where: str) -> Any:
    """A value of the option's type; ConfigError for one that is not."""
    kind = OPTIONS[name]
    if kind in (Limits, Timeouts) and isinstance(value, Mapping):
        return table(kind, value, f"{where}, {name}")
    if kind is float and type(value) is int:
        return float(value)
    if name == "access_log" and value is not None:
        return value  # True, a path or an open file
    if isinstance(value, kind) and (kind is object or type(value) is not bool or kind is bool):
        return value
    raise ConfigError(f"{where}: {name!r} is {value!r}, and should be {kind.__name__}")


def table(kind: type[Limits] | type[Timeouts], given: Mapping[str, Any], where: str) -> Any:
    """Limits or Timeouts of a table; ConfigError for a name that they have not, or a bad value."""
    known = [field.name for field in fields(kind)]
    for name, value in given.items():
        if name not in known:
            raise ConfigError(f"{where} has an unknown option {name!r}{did_you_mean(name, known)}")
        if type(value) not in ((int, float, type(None)) if kind is Timeouts else (int,)):
            raise ConfigError(f"{where}: {name!r} is {value!r}, and should be a number")
    try:
        return kind(**given)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The options among the variables: `{"GROUNDUP_PORT": "8080"}` → `{"port": 8080}`."""
    left = {name: text for name, text in environ.items() if name.startswith(PREFIX)}
    options: dict[str, Any] = {}
    known = []
    for option, kind in OPTIONS.items():
        variable = f"{PREFIX}{option.upper()}"
        if kind not in READ:
            continue
        known.append(variable)
        if variable in left:
            options[option] = from_text(variable, kind, left.pop(variable))
    for variable in left:
        raise ConfigError(f"nobody knows {variable}{did_you_mean(variable, known)}")
    return options


READ: Final[dict[type, Callable[[str], Any]]] = {
    str: str,
    int: int,
    float: float,
    bool: lambda text: WORDS[text.lower()],
}


def from_text(variable: str, kind: type, text: str) -> Any:
    """A variable's text as a value of the type."""
    try:
        return READ[kind](text)
    except (ValueError, KeyError):
        raise ConfigError(f"{variable}={text!r} should be {kind.__name__}") from None


def options_of(app: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """What to serve an App with: what was said when it was started, over its configuration.

    `max_body_size` and `read_timeout` become part of the limits and the timeouts.
    """
    config = getattr(app, "config", None)
    options = {} if config is None else load_config(config)
    if "max_body_size" in options:
        limits = options.get("limits") or app.limits
        options["limits"] = replace(limits, body=options.pop("max_body_size"))
    if "read_timeout" in options:
        timeouts = options.get("timeouts") or app.timeouts
        options["timeouts"] = replace(timeouts, request=options.pop("read_timeout"))
    return {**options, **given}
