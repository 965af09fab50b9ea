"""The application that test_processes, test_cli, test_lifecycle and their kind run by its name.

Apart because it must be importable by another process. Rule: each route is for one question.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator

from groundup import App, Request
from groundup.streaming import StreamingResponse

app = App()
BEGUN = os.environ.get("LIFEAPP_BEGUN")  # a file that is told of each request that has begun
begun = os.open(BEGUN, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600) if BEGUN else -1


@app.get("/")
async def hello(request: Request) -> str:
    return "hello"


@app.get("/pid")
async def pid(request: Request) -> str:
    return str(os.getpid())


@app.get("/begin/<id>")
async def begin(request: Request, id: str) -> str:
    """Tell the file, then answer, at once or after a moment."""
    os.write(begun, id.encode() + b"\n")
    if id.endswith("1"):
        await asyncio.sleep(0.01)
    return id


@app.get("/wait/<float:seconds>")
async def wait(request: Request, seconds: float) -> str:
    print("waiting", flush=True)
    await asyncio.sleep(seconds)
    return "waited"


@app.get("/block/<float:seconds>")
def block(request: Request, seconds: float) -> str:
    print("waiting", flush=True)
    time.sleep(seconds)
    return "blocked"


@app.get("/stream")
async def stream(request: Request) -> StreamingResponse:
    """Until the server stops."""

    async def parts() -> AsyncIterator[bytes]:
        while not request.stopping:
            yield b"part\n"
            await asyncio.sleep(0.02)
        yield b"end\n"

    return StreamingResponse(parts())


@app.get("/shutdown")
async def shutdown(request: Request) -> str:
    app.shutdown()
    return "bye"


@app.get("/shutdown-from-thread")
async def shutdown_from_thread(request: Request) -> str:
    threading.Thread(target=app.shutdown).start()
    return "bye"


def make_app() -> App:
    return app
