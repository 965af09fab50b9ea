"""What the tests of this step have in common: ask a stage or an application, without a socket.

Apart from the tests because an answer may be there at once, be awaited, or want a body first, and
most tests do not care. Rule: every answer ends in one place, as a Response, or as a sentence.
"""

from __future__ import annotations

import asyncio
from typing import Any

from groundup.request import Request
from groundup.response import Response
from workshop import kit

PATIENCE = 1.2  # seconds, for what should come at once


def request_of(
    target: str = "/", method: str = "GET", client: str | None = None, **fields: str
) -> Request:
    """A request; `x_a="1"` is the field x-a, `client` its address."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    request = Request.build(method, target, named)
    if client is not None:
        request.client_addr = (client, 50_000)
    return request


def settled(answer: Any, what: str = "the answer") -> Response:
    """The Response of an answer, awaited if it must be."""
    if hasattr(answer, "__await__"):
        answer = asyncio.run(waited(answer))
    told = "None: was the `return` forgotten?" if answer is None else repr(answer)
    kit.expect_that(isinstance(answer, Response), f"{what}: a Response", told)
    return answer


async def waited(answer: Any) -> Any:
    """What is awaited, within bounds."""
    return await asyncio.wait_for(answer, PATIENCE)


def callable_of(value: Any, what: str) -> Any:
    """What should be a function, said in a sentence if it is none."""
    told = "None: was the `return` forgotten?" if value is None else repr(value)
    kit.expect_that(callable(value), f"{what}: a function", told)
    return value


def ask(app: Any, target: str = "/", method: str = "GET", **fields: str) -> Response:
    """What an app answers, where nobody minds waiting."""
    kit.did(f"{method} {target}")
    return settled(app.handle(request_of(target, method, **fields)))


def on_loop(app: Any, worker: Any, target: str = "/") -> Response:
    """What an app answers where `worker` runs its requests on an event loop."""
    kit.did(f"GET {target}, on a loop")
    request = request_of(target)
    request.worker = worker

    async def main() -> Any:
        answer = app.handle(request)
        return await waited(answer) if hasattr(answer, "__await__") else answer

    return settled(asyncio.run(main()))
