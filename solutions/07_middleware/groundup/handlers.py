"""How a handler wants to be called, found out once, when it is registered.

Apart from the router because it knows functions and no paths. The rule: everything that
can be wrong with a handler's parameters is an error when the program starts, with a
sentence, and never a surprise in front of a client.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any, TypeVar

from groundup.calling import BoundCall, Call, running
from groundup.request import Request
from groundup.suggest import did_you_mean

Handler = Callable[..., Any]
AnyHandler = TypeVar("AnyHandler", bound=Handler)
ErrorCall = Callable[[Request, Exception], Any]
Filler = Callable[[Request, Mapping[str, Any]], Any]

# Asked in turn what fills a parameter that neither the path nor the request does: each gives a
# function of (request, path parameters), None if it does not know, or raises TypeError. Yours.
fillers: list[Callable[[Handler, Parameter, Sequence[str]], Filler | None]] = []


def compile_handler(handler: Handler, names: Sequence[str]) -> Call:
    """How `handler` is called with what its signature asks for, and how it runs.

    `names` are the pattern's parameters. One after the other, a parameter of the handler
      - named in `names` gets that value, by keyword;
      - that `is_request` gets the request;
      - written `**rest` takes every name in `names`;
      - that `is_optional` is left alone;
      - that is anything else is a TypeError, the one that `unfilled` makes.
    A name that the handler leaves out is not passed. `bind` makes the function, from the name
    of the parameter that gets the request ("" for none) and the names of the values wanted; it
    refuses those that have no name for a caller (before a `/`).
    """
    request_name, wanted, filled = "", [], dict[str, Filler]()
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.name in names:
            wanted.append(parameter.name)
        elif is_request(parameter):
            request_name = parameter.name
        elif parameter.kind is Parameter.VAR_KEYWORD:
            wanted = list(names)
        elif filler := find_filler(handler, parameter, names):
            filled[parameter.name] = filler
        elif not is_optional(parameter):
            raise unfilled(handler, parameter.name, names)
    if filled:
        return running(handler, bind_filled(handler, request_name, wanted, filled))
    return running(handler, bind(handler, request_name, wanted))


def find_filler(handler: Handler, parameter: Parameter, names: Sequence[str]) -> Filler | None:
    """What the first of the `fillers` that knows this parameter fills it with."""
    found = (ask(handler, parameter, names) for ask in fillers)
    return next((filler for filler in found if filler is not None), None)


def is_request(parameter: Parameter) -> bool:
    """Whether a handler's parameter is the one for the request: by its name or annotation."""
    by_annotation = parameter.annotation in (Request, "Request")
    return parameter.name in ("request", "req") or by_annotation


def is_optional(parameter: Parameter) -> bool:
    """Whether a call may leave this parameter out: it has a default, or it is `*args`."""
    has_default = parameter.default is not Parameter.empty
    return has_default or parameter.kind is Parameter.VAR_POSITIONAL


def bind(handler: Handler, request_name: str, wanted: Sequence[str]) -> BoundCall:
    """The function that calls `handler`: with the request under its name, if it has one."""
    names = tuple(dict.fromkeys(wanted))
    refuse_nameless(handler, {request_name, *names})

    def without_request(request: Request, params: Mapping[str, Any]) -> Any:
        return handler(**{name: params[name] for name in names})

    def with_request(request: Request, params: Mapping[str, Any]) -> Any:
        return handler(**{request_name: request}, **{name: params[name] for name in names})

    return with_request if request_name else without_request


def bind_filled(
    handler: Handler, request_name: str, wanted: Sequence[str], filled: Mapping[str, Filler]
) -> BoundCall:
    """The same for a handler some of whose parameters are filled by `fillers`."""
    refuse_nameless(handler, {request_name, *wanted, *filled})

    def call(request: Request, params: Mapping[str, Any]) -> Any:
        values = {name: fill(request, params) for name, fill in filled.items()}
        values |= {name: params[name] for name in wanted}
        if request_name:
            values[request_name] = request
        return handler(**values)

    return call


def compile_error_handler(handler: Handler) -> ErrorCall:
    """A function of (request, error) that calls `handler` with both, one or none of them."""
    parameters = inspect.signature(handler).parameters.values()
    needed = [parameter for parameter in parameters if not is_optional(parameter)]
    if len(needed) > 2:
        raise TypeError(f"{describe(handler)}() asks for more than (request, error)")
    if len(needed) == 2:
        return handler
    if not needed:
        return lambda request, error: handler()
    if is_request(needed[0]):
        return lambda request, error: handler(request)
    return lambda request, error: handler(error)


def refuse_nameless(handler: Handler, asked: set[str]) -> None:
    """Raise TypeError for a parameter in `asked` that can be passed by its position only."""
    for parameter in inspect.signature(handler).parameters.values():
        if parameter.kind is Parameter.POSITIONAL_ONLY and parameter.name in asked:
            raise TypeError(
                f"{describe(handler)}() takes {parameter.name!r} by position only, and handlers "
                "are called by name: take out the `/`"
            )


def describe(handler: Handler) -> str:
    """A handler's name for an error or a route: 'get_user'."""
    return str(getattr(handler, "__name__", type(handler).__name__))


def unfilled(handler: Handler, name: str, names: Sequence[str]) -> TypeError:
    """The error for a handler's parameter that neither the path nor the request fills."""
    has = f"the path has {', '.join(names)}" if names else "the path has no parameter"
    near = did_you_mean(name, [*names, "request"])
    return TypeError(f"{describe(handler)}() asks for {name!r}, but {has}{near}")
