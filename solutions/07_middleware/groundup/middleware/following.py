"""What to do with an answer that may not be there yet.

Apart from the onion because it is the one difficulty in it: an answer is a Response, or is still
awaited, or wants the request's body first, and a layer should not have to care. The rule: what
can be had at once is had at once, and costs no coroutine.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from groundup.request import Request, WantBody
from groundup.response import Response


def awaited(answer: Any) -> bool:
    """Whether it has to be awaited."""
    return hasattr(answer, "__await__")


def follow(request: Request, answer: Any, step: Callable[[Request, Any], Any]) -> Any:
    """`step(request, value)` as soon as the value of `answer` is there."""
    if isinstance(answer, WantBody):
        then = answer.then
        return WantBody(lambda whole: follow(whole, then(whole), step))
    if awaited(answer):
        return follow_later(request, answer, step)
    return step(request, answer)


async def follow_later(
    request: Request, answer: Any, step: Callable[[Request, Any], Any]
) -> Response:
    """The same for an answer that is awaited."""
    return await settle(request, step(request, await answer))


async def settle(request: Request, answer: Any) -> Response:
    """The Response of an answer, whatever it takes: its body read whole, or awaited."""
    if isinstance(answer, WantBody):
        if request.source is not None:
            request.complete(await request.source.whole())
        answer = answer.then(request)
    response: Response = await answer if awaited(answer) else answer
    return response


def settle_blocking(request: Request, answer: Any) -> Any:
    """The same for a thread that may wait, as far as it goes: an awaitable is left as it is."""
    if not isinstance(answer, WantBody):
        return answer
    if request.source is not None:
        request.complete(request.source.whole_blocking())
    return answer.then(request)


def replaced(request: Request, old: Response, ask: Callable[[], Any]) -> Any:
    """What `ask()` gives in the place of `old`; None leaves it there.

    A stream that is not sent after all is let go, also where `ask` raises.
    """
    try:
        new = ask()
    except Exception as error:
        going = let_go(old)
        if awaited(going):
            return raised_later(going, error)
        raise
    return replaced_later(request, old, new) if awaited(new) else chosen(request, old, new)


async def replaced_later(request: Request, old: Response, new: Any) -> Response:
    """The same for what is awaited, and may be cancelled."""
    try:
        new = await new
    except BaseException:
        going = let_go(old)
        if awaited(going):
            await going
        raise
    return await settle(request, chosen(request, old, new))


async def raised_later(going: Any, error: Exception) -> Response:
    """Raise, as soon as an old stream has gone."""
    await going
    raise error


def chosen(request: Request, old: Response, new: Any) -> Any:
    """The new one if there is one; then the old one goes."""
    if new is None or new is old:
        return old
    return follow(request, let_go(old), lambda *_: new)


def let_go(response: Response) -> Any:
    """Close what a response comes from in pieces, since nobody will send it; it may be awaited."""
    aclose = getattr(getattr(response, "chunks", None), "aclose", None)
    if aclose is not None:
        return aclose()
    close = getattr(response, "close", None)
    if close is not None:
        close()
    return None
