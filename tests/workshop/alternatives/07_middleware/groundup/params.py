"""Parameters, another design: what was begun is ended by hand, and no stack is asked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from inspect import Parameter
from typing import Any

from groundup.calling import AWAITED, BLOCKING, Call, as_function
from groundup.handlers import Filler, Handler, describe, fillers, is_request
from groundup.request import Request
from groundup.tree import Route, route_changes

Factory = Callable[..., Any]
VALUES = "params.values"  # where a request's `state` keeps them while its handler runs
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
    """Have a new route's values made before its handler and ended after it, if it wants any."""
    asked = asked_names(route.handler, route.names)
    if not asked:
        return
    call = route.call
    if call.kind is AWAITED or inspect.iscoroutinefunction(as_function(route.handler)):
        route.call = Call(with_values_async(call, asked), AWAITED)
    else:
        route.call = Call(with_values(call, asked), BLOCKING)


def asked_names(handler: Handler, path: Sequence[str]) -> tuple[str, ...]:
    """The names that a handler asks for and somebody provides."""
    parameters = inspect.signature(handler).parameters
    return tuple(name for name in parameters if name in names and name not in path)


def with_values(call, asked):
    def run(request, params):
        def inside(left, values):
            if not left:
                request.state[VALUES] = values
                return call.run(request, params)
            provider = provided(request, left[0])
            if provider.is_async:
                raise TypeError(f"{left[0]} is made by an async function: so must the handler be")
            value = provider.make(request)
            if not provider.is_scoped:
                return inside(left[1:], {**values, left[0]: value})
            with value as entered:
                return inside(left[1:], {**values, left[0]: entered})

        return inside(tuple(asked), {})

    return run


def with_values_async(call, asked):
    async def run(request, params):
        stack = AsyncExitStack()
        async with stack:
            request.state[VALUES] = {}
            for name in asked:
                value = await made(provided(request, name), request, stack)
                request.state[VALUES] |= {name: value}
            answer = call.run(request, params)
            if hasattr(answer, "__await__"):
                answer = await answer
            return answer

    return run


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
