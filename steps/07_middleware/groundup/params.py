"""Handler parameters by name: what a handler asks for is made for it, and cleaned up after it.

Apart from `handlers`, which knows what comes from the path and the request: this comes from the
program. The rules: a value is made once a request, only if somebody asks, and what was begun is
ended, the last first, whether the handler returned or raised.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from inspect import Parameter
from typing import Any

from groundup.calling import AWAITED, BLOCKING, Call, as_function
from groundup.handlers import Filler, Handler, describe, fillers, is_request
from groundup.request import Request
from groundup.tree import Route, route_changes

Factory = Callable[..., Any]
VALUES = "params.values"  # where a request's `state` keeps them while its handler runs
# Everything that any application provides, and whether by async functions, plain ones or both; the
# values are each one's own.
names: dict[str, set[bool]] = {}


class Provider:
    """How one parameter is made: by `factory(request)` or `factory()`.

    A generator function gives what it yields, and goes on after it when the handler has ended. It
    sees the handler's exception there. TypeError for a factory that asks for anything else.
    """

    def __init__(self, name: str, factory: Factory) -> None:
        parameters = inspect.signature(factory).parameters.values()
        needed = [one for one in parameters if one.default is Parameter.empty]
        if len(needed) > 1 or (needed and not is_request(needed[0])):
            raise TypeError(
                f"{describe(factory)}() provides {name!r} and may ask for `request` alone"
            )
        self.wants_request = bool(needed)
        function = as_function(factory)
        self.is_scoped = inspect.isgeneratorfunction(function)
        self.is_async_scoped = inspect.isasyncgenfunction(function)
        self.is_async = self.is_async_scoped or inspect.iscoroutinefunction(function)
        self._make = factory
        if self.is_scoped:
            self._make = contextmanager(factory)
        elif self.is_async_scoped:
            self._make = asynccontextmanager(factory)

    def make(self, request: Request) -> Any:
        """What the factory gives: the value, an awaitable, or a context manager of it."""
        return self._make(request) if self.wants_request else self._make()


def provided(request: Request, name: str) -> Provider:
    """The provider of a name. LookupError if this application has none."""
    try:
        found: Provider = request.app.providers[name]
    except (AttributeError, KeyError):
        raise LookupError(f"this application provides no {name!r}: call provide() first") from None
    return found


def find_provided(handler: Handler, parameter: Parameter, path: Sequence[str]) -> Filler | None:
    """What fills a parameter whose name somebody provides: the value made before."""
    name = parameter.name
    if name not in names:
        return None
    return lambda request, params: request.state[VALUES][name]


def scoped(route: Route) -> None:
    """Have a new route's values made before its handler and ended after it, if it wants any.

    TypeError for a plain handler that asks for what only async functions provide.
    """
    asked = asked_names(route.handler, route.names)
    if not asked:
        return
    call = route.call
    if call.kind is AWAITED or inspect.iscoroutinefunction(as_function(route.handler)):
        route.call = Call(with_values_async(call, asked), AWAITED)
        return
    for name in asked:
        if False not in names[name]:
            raise unawaited(name)
    route.call = Call(with_values(call, asked), BLOCKING)


def asked_names(handler: Handler, path: Sequence[str]) -> tuple[str, ...]:
    """The names that a handler asks for and somebody provides."""
    parameters = inspect.signature(handler).parameters
    return tuple(name for name in parameters if name in names and name not in path)


def with_values(call: Call, asked: Sequence[str]) -> Callable[[Request, Mapping[str, Any]], Any]:
    """`call`, for a plain handler: its values are made where it runs, in a thread that may wait.

    TypeError, when it is called, for a provider that is async.
    """
    raise NotImplementedError("Task 7.5: hand over what is asked for")


def unawaited(name: str) -> TypeError:
    """The error for a plain handler that asks for what an async function provides."""
    return TypeError(
        f"{name!r} is provided by an async function, which a plain handler cannot await: "
        "make the handler `async def`"
    )


def with_values_async(
    call: Call, asked: Sequence[str]
) -> Callable[[Request, Mapping[str, Any]], Any]:
    """The same for an async handler, whose `call.run` gives what is awaited if its kind is AWAITED.

    What a plain factory does is done at once: be quick.
    """
    raise NotImplementedError("Task 7.5: hand over what is asked for")


async def made(provider: Provider, request: Request, stack: AsyncExitStack) -> Any:
    """A provider's value; what is to be ended is left to `stack`."""
    value = provider.make(request)
    if provider.is_async_scoped:
        return await stack.enter_async_context(value)
    if provider.is_scoped:
        return stack.enter_context(value)
    return await value if provider.is_async else value


fillers.append(find_provided)
route_changes.append(scoped)
