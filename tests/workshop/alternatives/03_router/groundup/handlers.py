"""How a handler wants to be called: a list of (name, source), made when it is registered.

Apart from the router because it knows functions and no paths. The rule: whatever is wrong with a
handler's parameters is an error when the program starts, with a sentence.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from inspect import Parameter
from typing import Any, TypeVar

from groundup.request import Request
from groundup.suggest import did_you_mean

Handler = Callable[..., Any]
AnyHandler = TypeVar("AnyHandler", bound=Handler)
Call = Callable[[Request, Mapping[str, Any]], Any]
ErrorCall = Callable[[Request, Exception], Any]


def compile_handler(handler: Handler, names: Sequence[str]) -> Call:
    """A function of (request, params) that calls `handler` with what its signature asks for."""
    refuse_async(handler)
    parameters = list(inspect.signature(handler).parameters.values())
    takes_rest = any(p.kind is Parameter.VAR_KEYWORD for p in parameters)
    wanted = [p for p in parameters if p.kind not in (Parameter.VAR_KEYWORD, REST)]
    values = set(names) if takes_rest else {p.name for p in wanted} & set(names)
    request_names = [p.name for p in wanted if p.name not in names and is_request(p)]
    for p in wanted:
        if p.name not in values and p.name not in request_names and p.default is Parameter.empty:
            raise unfilled(handler, p.name, names)
        if p.kind is Parameter.POSITIONAL_ONLY and p.default is Parameter.empty:
            raise TypeError(f"{describe(handler)}() takes {p.name!r} by position only")

    def call(request: Request, params: Mapping[str, Any]) -> Any:
        given = {name: params[name] for name in values}
        return handler(**given, **dict.fromkeys(request_names, request))

    return call


REST = Parameter.VAR_POSITIONAL


def is_request(parameter: Parameter) -> bool:
    """Whether a parameter is the one for the request: by its name or annotation."""
    return parameter.name in ("request", "req") or parameter.annotation in (Request, "Request")


def compile_error_handler(handler: Handler) -> ErrorCall:
    """A function of (request, error) that calls `handler` with both, one or none of them."""
    refuse_async(handler)
    needed = [
        p
        for p in inspect.signature(handler).parameters.values()
        if p.default is Parameter.empty and p.kind is not REST
    ]
    if len(needed) > 2:
        raise TypeError(f"{describe(handler)}() asks for more than (request, error)")
    only_request = len(needed) == 1 and is_request(needed[0])

    def call(request: Request, error: Exception) -> Any:
        both = (request, error)
        return handler(*(both[:1] if only_request else both[2 - len(needed) :]))

    return call


def refuse_async(handler: Handler) -> None:
    """TypeError for a coroutine function, an async generator, or an object that is called so."""
    for function in (handler, type(handler).__call__):
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{describe(handler)} is `async def`: async handlers come with step 06")


def describe(handler: Handler) -> str:
    """A handler's name."""
    return str(getattr(handler, "__name__", type(handler).__name__))


def unfilled(handler: Handler, name: str, names: Sequence[str]) -> TypeError:
    """The error for a parameter that neither the path nor the request fills."""
    has = ", ".join(names) or "no parameter"
    near = did_you_mean(name, [*names, "request"])
    return TypeError(f"{describe(handler)}() asks for {name!r}, but the path has {has}{near}")
