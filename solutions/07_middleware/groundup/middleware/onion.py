"""The onion: layers around the application, each with its say on the way in and on the way out.

Apart from the app because it knows requests and responses and no routes. The rules: layers are
composed once, when they are added; each is entered once and left once, in order; what a layer
gets from within is a Response, and never an exception, unless it or one outside said `catches`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from groundup.answers import made_ready
from groundup.calling import as_function, finish, never_waits
from groundup.middleware.following import awaited, follow, replaced, settle
from groundup.middleware.lending import has_loop, in_thread, waited
from groundup.request import Request, WantBody
from groundup.response import Response, coerce

Stage = Callable[[Request], Any]
"""What `App.handle` is: a request in; a Response, an awaitable of one or a WantBody out."""
Kinds = type[Exception] | tuple[type[Exception], ...]
Failed = Callable[[Request, Exception, tuple[type[Exception], ...]], Any]


@dataclass(frozen=True)
class Layer:
    """`around(inner)` is the stage that this layer makes of the stage inside it."""

    around: Callable[[Stage], Stage]
    catches: tuple[type[Exception], ...] = ()


def compose(layers: Sequence[Layer], heart: Stage, failed: Failed) -> Stage:
    """One stage made of `layers`, the first the outermost, around `heart`.

    `failed(request, error, caught)` answers an exception, or raises it if somebody outside has
    said that they catch it: those are `caught`.
    """
    stage = heart
    for place in reversed(range(len(layers))):
        stage = guarded(layers[place].around(stage), failed, all_caught(layers[:place]))
    return stage


def all_caught(layers: Sequence[Layer]) -> tuple[type[Exception], ...]:
    """Every kind of exception that one of these layers catches."""
    return tuple(kind for layer in layers for kind in layer.catches)


def guarded(stage: Stage, failed: Failed, caught: tuple[type[Exception], ...]) -> Stage:
    """`stage`, whose exceptions become answers, and whose responses are ready to be sent."""

    def guard(request: Request) -> Any:
        return guarded_answer(request, lambda: stage(request))

    def guarded_answer(request: Request, ask: Callable[[], Any]) -> Any:
        try:
            answer = ask()
            if isinstance(answer, WantBody):
                then = answer.then
                return WantBody(lambda whole: guarded_answer(whole, lambda: then(whole)))
            if awaited(answer):
                return guarded_later(request, answer)
            return made_ready(request, coerce(answer))
        except Exception as error:
            return failed(request, error, caught)

    async def guarded_later(request: Request, answer: Any) -> Response:
        try:
            return await settle(request, made_ready(request, coerce(await answer)))
        except Exception as error:
            return await settle(request, failed(request, error, caught))

    return guard


def make_layer(layer: Any, catches: Kinds = ()) -> Layer:
    """The Layer that `layer` stands for. TypeError if it is none.

    A callable of (request, call_next), plain or async (`as_function` finds an async `__call__`,
    too); or an object, or a class of objects that need no arguments, with `pre(request)`,
    `post(request, response)` or both.
    """
    kinds = catches if isinstance(catches, tuple) else (catches,)
    if inspect.isclass(layer):
        layer = layer()
    pre, post = getattr(layer, "pre", None), getattr(layer, "post", None)
    if pre is not None or post is not None:
        return Layer(around_by_two(pre, post), kinds)
    check_layer(layer)
    if inspect.iscoroutinefunction(as_function(layer)):
        return Layer(around_async(layer), kinds)
    return Layer(around_plain(layer), kinds)


def check_layer(layer: Any) -> None:
    """TypeError for what cannot be called with a request and what comes next."""
    try:
        inspect.signature(layer).bind(None, None)
    except TypeError:
        raise TypeError(
            f"a layer is a function of (request, call_next), or has `pre` or `post`: not {layer!r}"
        ) from None


def around_by_two(
    pre: Callable[[Request], Any] | None, post: Callable[[Request, Response], Any] | None
) -> Callable[[Stage], Stage]:
    """A layer of two functions, each plain or async. Plain ones are called at once: be quick.

    What `pre` returns, unless it is None, is the answer, which `post` sees like any other; what is
    inside is not asked. What
    `post` returns takes the place of the response, unless it is None. A stream that is not sent
    after all is closed: to keep its pieces, change the response and return None.
    """
    pre, post = at_once(pre), at_once(post)

    def around(inner: Stage) -> Stage:
        def through(request: Request) -> Any:
            if pre is None:
                return enter(request, None)
            return follow(request, pre(request), enter)

        def enter(request: Request, early: Any) -> Any:
            answer = inner(request) if early is None else coerce(early)
            return answer if post is None else follow(request, answer, leave)

        def leave(request: Request, response: Any) -> Any:
            assert post is not None
            return replaced(request, response, lambda: post(request, response))

        return through

    return around


def at_once(function: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """An async function that awaits nothing as a plain one: it never waits, and costs no task."""
    code = getattr(as_function(function), "__code__", None) if function is not None else None
    if code is None or not inspect.iscoroutinefunction(function) or not never_waits(code):
        return function
    return lambda *arguments: finish(function(*arguments))


def around_async(layer: Callable[..., Any]) -> Callable[[Stage], Stage]:
    """An async layer: `await call_next(request)` gives the Response, whatever is inside."""

    def around(inner: Stage) -> Stage:
        async def call_next(request: Request) -> Response:
            return await settle(request, inner(request))

        return lambda request: layer(request, call_next)

    return around


def around_plain(layer: Callable[..., Any]) -> Callable[[Stage], Stage]:
    """A plain layer: `call_next(request)` gives the Response. It may wait, so where an event loop
    runs it is called in a thread, which lends itself to what inside would need one, too.
    """

    def around(inner: Stage) -> Stage:
        def call_next(request: Request) -> Response:
            return waited(request, inner(request))

        def through(request: Request) -> Any:
            if has_loop():
                return in_thread(request, layer, call_next)
            return layer(request, call_next)

        return through

    return around
