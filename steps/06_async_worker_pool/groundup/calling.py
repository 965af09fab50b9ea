"""How a handler runs: at once, step by step until it waits, or in a thread that may wait.

Apart from `handlers`, which finds out what a handler wants to be given. The rule: an event loop
is never kept waiting. A plain function may wait, so it runs in a thread; an `async def` without
any `await` cannot, so it runs at once and costs no task; any other is awaited.
"""

from __future__ import annotations

import dis
import inspect
import threading
import types
from collections.abc import Callable, Coroutine, Generator, Mapping
from enum import Enum
from types import CodeType
from typing import Any

from groundup.request import Request

Handler = Callable[..., Any]
BoundCall = Callable[[Request, Mapping[str, Any]], Any]


class Kind(Enum):
    """What may be expected of a handler."""

    BLOCKING = "a plain function: it may wait, and nobody can tell"
    INSTANT = "an async function that awaits nothing: it never waits"
    AWAITED = "an async function"


BLOCKING, INSTANT, AWAITED = Kind


class Call:
    """`run(request, params)` calls the handler; `kind` tells where that may be done.

    For a BLOCKING or INSTANT handler `run` returns its result, for an AWAITED one a coroutine.
    """

    __slots__ = ("kind", "run")

    def __init__(self, run: BoundCall, kind: Kind) -> None:
        self.run = run
        self.kind = kind


def running(handler: Handler, bound: BoundCall) -> Call:
    """How `handler` is run, found out once. TypeError for an async generator function."""
    raise NotImplementedError("Task 6.3: call a handler where it may wait")


def as_function(handler: Handler) -> Any:
    """The function that a call of `handler` runs: its own, or its class's `__call__`."""
    while hasattr(handler, "func"):  # functools.partial
        handler = handler.func
    if inspect.isroutine(handler) or inspect.isclass(handler):
        return handler
    return getattr(handler, "__call__", handler)  # noqa: B004  we want the method itself


def never_waits(code: CodeType) -> bool:
    """Whether a coroutine of this code cannot be suspended: nothing in it awaits.

    `await`, `async for` and `async with` all compile to SEND (Python 3.11 and later).
    """
    return all(instruction.opname != "SEND" for instruction in dis.get_instructions(code))


def finishing(bound: BoundCall) -> BoundCall:
    """`bound`, whose coroutine never waits: one step takes it to its end, and gives its result."""

    def run(request: Request, params: Mapping[str, Any]) -> Any:
        stepper = steppers.one
        if stepper.gi_running:  # a handler that calls a handler
            return finish(bound(request, params))
        try:
            return stepper.send(bound(request, params))
        except BaseException:
            steppers.one = new_stepper()  # the exception has gone through it, and ended it
            raise

    return run


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("a coroutine waits where none may")


@types.coroutine
def stepping() -> Generator[Any, Any, None]:
    """Is sent coroutines that never wait, and yields their results.

    A coroutine ends by an exception, and to make and catch one costs more than a short handler.
    Awaited by another, as here, it hands over its result without.
    """
    result: Any = None
    while True:
        coroutine = yield result
        result = yield from coroutine


def new_stepper() -> Any:
    """A stepper that is ready to be sent the first coroutine."""
    stepper = stepping()
    stepper.send(None)
    return stepper


class Steppers(threading.local):
    """Each thread has one of its own: a generator runs once at a time."""

    def __init__(self) -> None:
        self.one = new_stepper()


steppers = Steppers()
