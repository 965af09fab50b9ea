"""What a handler may do, read from its bytes, and one way to run each kind.

Another design than the solution's: no stepper that is kept, and no instruction is taken apart.
"""

import dis
import functools
import inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

Handler = Callable[..., Any]
BoundCall = Callable[..., Any]
BLOCKING, INSTANT, AWAITED = "it may wait", "it never waits", "it is awaited"
SEND = dis.opmap["SEND"]

Call = namedtuple("Call", "run kind")


def running(handler, bound):
    while isinstance(handler, functools.partial):
        handler = handler.func
    if not (inspect.isroutine(handler) or inspect.isclass(handler)):
        handler = type(handler).__call__
    if inspect.isasyncgenfunction(handler):
        raise TypeError("an async generator is no answer: return StreamingResponse(…) of it")
    if not inspect.iscoroutinefunction(handler):
        return Call(bound, BLOCKING)
    if SEND in handler.__code__.co_code[::2]:
        return Call(bound, AWAITED)
    return Call(lambda request, params: at_once(bound(request, params)), INSTANT)


def at_once(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise RuntimeError("it has waited")
