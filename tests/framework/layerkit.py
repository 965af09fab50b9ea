"""Help for the suites of layers: ask an application without a socket, and over one.

Apart because four suites need it. Rule: an answer is settled here in one way, whatever it is.
"""

from __future__ import annotations

import asyncio
import http.client
from typing import Any

from groundup import App, Request, Response


def ask(app: App, path: str = "/", method: str = "GET", body: bytes = b"", **fields: str) -> Any:
    """The Response of `app`, in a thread that may wait; `x_a="1"` is the field x-a."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    answer = app.handle(Request.build(method, path, named, body))
    return answer if isinstance(answer, Response) else asyncio.run(awaited(answer))


def ask_on_loop(app: App, path: str = "/") -> Any:
    """The same where an event loop runs."""

    async def go() -> Any:
        answer = app.handle(Request.build("GET", path))
        return answer if isinstance(answer, Response) else await answer

    return asyncio.run(go())


async def awaited(answer: Any) -> Any:
    """What is awaited."""
    return await answer


def fetch(address: Any, method: str, path: str, body: bytes = b"", fields: Any = None) -> Any:
    """(status, fields, body) over the wire."""
    connection = http.client.HTTPConnection(*address, timeout=20)
    try:
        connection.request(method, path, body or None, fields or {})
        answer = connection.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, names, answer.read()
    finally:
        connection.close()
