"""Handler parameters by type hint and default: `def search(q: str, page: int = 1)`.

Apart from `handlers`, which it adds itself to, because a handler that asks for none of this must
cost nothing. A parameter of the path is read by its hint; any other whose hint is in `readers` is
a field of the query. The rule: what cannot be filled is an error when the handler is registered;
what a client sends wrong is a 400 that names the parameter.
"""

from __future__ import annotations

import inspect
import math
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import Enum
from inspect import Parameter
from typing import Any, Final
from uuid import UUID

from groundup.calling import AWAITED, Call, as_function
from groundup.errors import HTTPException
from groundup.handlers import Filler, Handler, describe, fillers
from groundup.request import Request
from groundup.suggest import did_you_mean
from groundup.tree import Route, route_changes

Reader = Callable[[str], Any]

INTEGER: Final = re.compile(r"[+-]?[0-9]{1,300}", re.ASCII)  # int() would take "1_0" and "٣" too
NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
WORDS: Final = {
    "true": True, "1": True, "yes": True, "on": True,
    "false": False, "0": False, "no": False, "off": False,
}  # fmt: skip


def read_int(text: str) -> int:
    """'42' → 42."""
    if not INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def read_float(text: str) -> float:
    """'2.5' → 2.5. Never infinite, and never no number at all."""
    if not NUMBER.fullmatch(text) or math.isinf(value := float(text)):
        raise ValueError(text)
    return value


def read_bool(text: str) -> bool:
    """'true', 'yes', 'on', '1' → True, and their opposites → False; KeyError for all else."""
    return WORDS[text.lower()]


# How a text becomes a value of the type: a ValueError or KeyError is a 400. Yours to extend.
readers: dict[Any, Reader] = {
    str: str, int: read_int, float: read_float, bool: read_bool,
    UUID: UUID, date: date.fromisoformat,
}  # fmt: skip


def reader_for(hint: Any) -> Reader | None:
    """How a text is read for a hint: a type in `readers`, or an Enum by its values."""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {str(member.value): member for member in hint}.__getitem__
    try:
        return readers.get(hint)
    except TypeError:  # it cannot be a key, so it is none of them
        return None


def without_none(hint: Any) -> tuple[Any, bool]:
    """`int | None` → (int, True); `int` → (int, False)."""
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return hint, False
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    one = kinds[0] if len(kinds) == 1 else hint
    return one, len(kinds) < len(typing.get_args(hint))


def item_of(hint: Any) -> tuple[Any, bool]:
    """`list[int]` → (int, True); `int` → (int, False)."""
    many = typing.get_origin(hint) is list
    return (typing.get_args(hint)[0] if many else hint), many


def hints_of(handler: Handler) -> dict[str, Any]:
    """A handler's hints; one that is text and means nothing here is left out, not the others."""
    function = as_function(handler)
    try:
        return typing.get_type_hints(function)
    except Exception:
        kept = getattr(function, "__annotations__", {})
        return {name: SPELLED.get(hint, hint) for name, hint in kept.items()}


SPELLED: Final = {kind.__name__: kind for kind in readers}  # `from __future__ import annotations`


def read(place: str, name: str, kind: Any, reader: Reader, text: str) -> Any:
    """A text as a value; HTTPException 400 that says where the fault is, and repeats nothing."""
    try:
        return reader(text)
    except (ValueError, KeyError):
        what = getattr(kind, "__name__", str(kind))
        raise HTTPException(400, f"{place} parameter {name!r} is no {what}") from None


def from_query(handler: Handler, parameter: Parameter, names: Sequence[str]) -> Filler | None:
    """What fills a parameter from the query, if its hint says that it is one; None: it is not.

    No `*args` are. `T | None` without a default is None where nothing is there. What must be there
    must not be called nearly as one of `names`, the path's: `refuse_misspelt`.
    """
    name = parameter.name
    hint, optional = without_none(hints_of(handler).get(name))
    kind, many = item_of(hint)
    reader = reader_for(kind)
    needed = parameter.default is Parameter.empty and not optional
    if reader is None or parameter.kind in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD):
        return None
    if needed:
        refuse_misspelt(handler, name, names)
    default = None if parameter.default is Parameter.empty else parameter.default

    def fill(request: Request, params: Mapping[str, Any]) -> Any:
        texts = request.query_params.get(name)
        if texts is None:
            if needed:
                raise HTTPException(400, f"query parameter {name!r} is missing")
            return default
        if many:
            return [read("query", name, kind, reader, text) for text in texts]
        if len(texts) > 1:
            raise HTTPException(400, f"query parameter {name!r} is there {len(texts)} times")
        return read("query", name, kind, reader, texts[0])

    return fill


def refuse_misspelt(handler: Handler, name: str, names: Sequence[str]) -> None:
    """TypeError where a parameter of the path was meant: called nearly so, and taken by nobody.

    Without this, `def user(idd: int)` under /users/<id> would look for `idd` in the query.
    """
    taken = inspect.signature(handler).parameters
    near = did_you_mean(name, [word for word in names if word not in taken])
    if near:
        raise TypeError(f"{describe(handler)}() asks for {name!r}, which the path has not{near}")


def read_path(route: Route) -> None:
    """Let the parameters of a route's path be read by the handler's hints.

    Only those without a converter: `<int:id>` has been read already. What its hint cannot be read
    as is left alone if it is no hint of ours.
    """
    hints = hints_of(route.handler) if route.names else {}
    found: list[tuple[str, Any, Reader]] = []
    for segment in route.segments:
        kind, _ = without_none(hints.get(segment.name)) if segment.name else (None, False)
        reader = reader_for(kind)
        if segment.kind == "str" and reader is not None and kind is not str:
            found.append((segment.name, kind, reader))
    if found:
        route.call = Call(reading(route.call, found), route.call.kind)


def reading(call: Call, wanted: Sequence[tuple[str, Any, Reader]]) -> Callable[..., Any]:
    """`call.run`, after the path's parameters were read; `request.path_params` has them so, too."""
    run = call.run

    def read_first(request: Request, params: dict[str, Any]) -> Any:
        for name, kind, reader in wanted:
            params[name] = read("path", name, kind, reader, params[name])
        return run(request, params)

    async def read_later(request: Request, params: dict[str, Any]) -> Any:
        return await read_first(request, params)

    return read_later if call.kind is AWAITED else read_first


fillers.append(from_query)
route_changes.append(read_path)
