"""What stands around an application: hooks, layers and error handlers, in the order of the onion.

Apart from the app because it knows no routes: it takes whatever the app answers with. The rules:
`after_request` hooks are outside of everything and see every response; then come `before_request`
hooks, then the layers, the first added the outermost. All of it is composed when it is added.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from groundup.answers import ErrorHandlers, ErrorKey
from groundup.handlers import AnyHandler, compile_error_handler
from groundup.middleware.onion import (
    Kinds,
    Layer,
    Stage,
    all_caught,
    around_by_two,
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

    def before_request(self, hook: Before) -> Before:
        """Decorate `hook(request)`: it is called before the route is found and the body is read.

        What it returns, unless it is None, is the answer. Hooks are called in the order in which
        they were registered; a plain one is called at once, so one that waits is async.
        """
        self._before.append(Layer(around_by_two(hook, None)))
        self._compose()
        return hook

    def after_request(self, hook: After) -> After:
        """Decorate `hook(request, response)`: it sees every response, errors and 404s too.

        It may change the response, or return another in its place. Called in order.
        """
        self._after.insert(0, Layer(around_by_two(None, hook)))  # the last is the outermost
        self._compose()
        return hook

    def middleware(self, layer: AnyLayer) -> AnyLayer:
        """Decorate a layer, `layer(request, call_next)`, or a class with `pre` and `post`."""
        self.add_middleware(layer)
        return layer

    def add_middleware(self, *layers: Any, catches: Kinds = ()) -> None:
        """Put layers around the application, inside of those that are there: the first is outside.

        `catches`: exceptions that these layers want to be raised by `call_next`, instead of
        getting the response that they are answered with. TypeError for what is no layer; then
        none of them is added.
        """
        self._layers += [make_layer(layer, catches) for layer in layers]
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
