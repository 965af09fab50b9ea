"""Hooks, another design: all lists are made anew, and none is changed in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from groundup.answers import ErrorHandlers, ErrorKey
from groundup.handlers import AnyHandler, compile_error_handler
from groundup.middleware.onion import (
    Layer,
    Stage,
    all_caught,
    compose,
    make_layer,
)
from groundup.params import Factory, Provider
from groundup.params import names as provided_names
from groundup.request import Request
from groundup.response import Response

Before = TypeVar("Before", bound=Callable[[Request], Any])
After = TypeVar("After", bound=Callable[[Request, Response], Any])
AnyLayer = TypeVar("AnyLayer")


class Halves:
    def __init__(self, pre, post):
        self.pre, self.post = pre, post


class Surroundings:
    """An application's base: what it is asked to do before, after and instead of its handlers."""

    def __init__(self) -> None:
        self.error_handlers: ErrorHandlers = {}
        self.providers: dict[str, Provider] = {}
        self._before: list[Layer] = []
        self._after: list[Layer] = []
        self._layers: list[Layer] = []
        self._onion: Stage | None = None  # None: there is nothing around, and nothing to pay for
        self._caught: tuple[type[Exception], ...] = ()  # what layers want to see raised

    def errorhandler(self, key: ErrorKey) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate `handler(request, error)` for a status code or a class of exceptions.

        It may leave out either. TypeError for another `key`, or a handler that asks for more.
        """
        if not isinstance(key, int | type):
            raise TypeError(f"errorhandler() wants a status code or a class, not {key!r}")

        def register(handler: AnyHandler) -> AnyHandler:
            self.error_handlers[key] = compile_error_handler(handler)
            return handler

        return register

    def before_request(self, hook):
        self._before = [*self._before, make_layer(Halves(hook, None))]
        self._compose()
        return hook

    def after_request(self, hook):
        self._after = [make_layer(Halves(None, hook)), *self._after]
        self._compose()
        return hook

    def middleware(self, layer: AnyLayer) -> AnyLayer:
        """Decorate a layer, `layer(request, call_next)`, or a class with `pre` and `post`."""
        self.add_middleware(layer)
        return layer

    def add_middleware(self, *layers, catches=()):
        more = []
        for layer in layers:
            more.append(make_layer(layer, catches))
        self._layers = self._layers + more
        self._compose()

    def provide(self, name: str, factory: Factory) -> Factory:
        """Handlers registered from now on that have a parameter `name` get what `factory` makes.

        Once a request, by `factory()` or `factory(request)`, plain or async. A generator yields
        it, and what follows the `yield` is done when the handler has ended.
        """
        provider = self.providers[name] = Provider(name, factory)
        provided_names.setdefault(name, set()).add(provider.is_async)
        return factory

    def _compose(self) -> None:
        layers = [*self._after, *self._before, *self._layers]
        self._caught = all_caught(layers)
        self._onion = compose(layers, self._heart, self._failed)

    def _heart(self, request: Request) -> Any:
        """The innermost stage: the application itself."""
        raise NotImplementedError

    def _failed(
        self, request: Request, error: Exception, caught: tuple[type[Exception], ...]
    ) -> Any:
        """What the client gets for an exception; raises it if it is one of `caught`."""
        raise NotImplementedError
