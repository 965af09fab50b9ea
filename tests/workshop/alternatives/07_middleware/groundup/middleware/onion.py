"""The onion, another design: it is built by recursion, and a layer of two halves is one coroutine.

Driven by hand as far as it goes without waiting, so that an answer that is there costs no task.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
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


def compose(layers, heart, failed, caught=()):
    if not layers:
        return heart
    first, *rest = layers
    inside = compose(rest, heart, failed, caught + first.catches)
    return guarded(first.around(inside), failed, caught)


def all_caught(layers):
    return sum((layer.catches for layer in layers), ())


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


def make_layer(layer, catches=()):
    catches = catches if type(catches) is tuple else (catches,)
    one = layer() if isinstance(layer, type) else layer
    halves = [getattr(one, name, None) for name in ("pre", "post")]
    if any(halves):
        around = around_by_two(*halves)
    else:
        check_layer(one)
        is_async = inspect.iscoroutinefunction(as_function(one))
        around = (around_async if is_async else around_plain)(one)
    return Layer(around, catches)


def check_layer(layer: Any) -> None:
    """TypeError for what cannot be called with a request and what comes next."""
    try:
        inspect.signature(layer).bind(None, None)
    except TypeError:
        raise TypeError(
            f"a layer is a function of (request, call_next), or has `pre` or `post`: not {layer!r}"
        ) from None


def around_by_two(pre, post):
    pre = at_once(pre or (lambda request: None))
    post = at_once(post)

    def around(inner):
        def answered(request, said):
            return inner(request) if said is None else coerce(said)

        def after(request, response):
            return replaced(request, response, functools.partial(post, request, response))

        def stage(request):
            answer = follow(request, pre(request), answered)
            return follow(request, answer, after) if post else answer

        return stage

    return around


def at_once(function: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """An async function that awaits nothing as a plain one: it never waits, and costs no task."""
    code = getattr(as_function(function), "__code__", None) if function is not None else None
    if code is None or not inspect.iscoroutinefunction(function) or not never_waits(code):
        return function
    return lambda *arguments: finish(function(*arguments))


def around_async(layer):
    def around(inner):
        def call_next(request):
            return settle(request, inner(request))

        return lambda request: layer(request, call_next)

    return around


def around_plain(layer):
    def around(inner):
        def stage(request):
            def call_next(request):
                return waited(request, inner(request))

            run = in_thread if has_loop() else lambda request, layer, then: layer(request, then)
            return run(request, layer, call_next)

        return stage

    return around
