"""The same tiny shop on whatever engine a step has: what the picture of the staircase measures.

    python -m workshop.within benchmarks/apps/stair_app.py groundup.server:Server message

It runs inside a step's stack. `/wait` takes WAIT seconds, as a database would, in the way that is
right for the engine: by blocking, or (`async`) by awaiting. Everything else is answered at once.
"""

import asyncio
import inspect
import sys
import time
from importlib import import_module
from typing import Any

WAIT = 0.005  # seconds
HEADER = 1.0  # seconds: the deadline of a head, where the engine knows one
ROOM = 10_000  # connections, where the engine counts them
BODY = b"Hello, World!"


def for_messages(head: Any, body: bytes) -> Any:
    """The handler of the engines that know no Request."""
    if head.target == "/wait":
        time.sleep(WAIT)
    return 200, [("content-type", "text/plain")], BODY


def for_requests(request: Any) -> Any:
    """A plain handler."""
    if request.target == "/wait":
        time.sleep(WAIT)
    return answer()


def on_a_loop(request: Any) -> Any:
    """An async one: a coroutine only where it waits."""
    return waited() if request.target == "/wait" else answer()


async def waited() -> Any:
    """What a handler returns after it has waited."""
    await asyncio.sleep(WAIT)
    return answer()


def answer() -> Any:
    """The Response."""
    return import_module("groundup.response").Response(BODY, 200, {"content-type": "text/plain"})


HANDLES = {"message": for_messages, "request": for_requests, "async": on_a_loop}


def settings(engine: Any) -> dict[str, Any]:
    """The options that this engine knows."""
    known = inspect.signature(engine).parameters
    anything = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in known.values())
    limits = import_module("groundup.limits").Limits
    found: dict[str, Any] = {}
    if "connections" in inspect.signature(limits).parameters:
        found["limits"] = limits(connections=ROOM)
    if "timeouts" in known or anything:
        found["timeouts"] = import_module("groundup.timeouts").Timeouts(header=HEADER)
    return found


def main(where: str, shape: str) -> None:
    """Serve until killed."""
    module, _, name = where.partition(":")
    engine = getattr(import_module(module), name)
    listener = import_module("groundup.net").listen(backlog=1024)
    server = engine(listener, HANDLES[shape], **settings(engine))
    host, port = server.address
    print(f"listening on {host}:{port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
