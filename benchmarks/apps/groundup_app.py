"""The measured application for groundup: the same four routes as the peers', and what the other
benchmarks ask for: a handler that computes, a stream, a folder of files, as many routes as wanted.

`python groundup_app.py PORT --mode protocol --workers 2 --uvloop`. Limits, deadlines and Date are
those that are on by default, but for what `--connections` raises. The rule: public names alone.
"""

import argparse
import time
from collections.abc import AsyncIterator
from typing import Any

from groundup import App, Limits, Request
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts

options = argparse.ArgumentParser()
options.add_argument("port", type=int)
options.add_argument("--mode", default="protocol")
options.add_argument("--workers", type=int, default=1)
options.add_argument("--uvloop", action="store_true")
options.add_argument("--routes", type=int, default=0, help="so many more")
options.add_argument("--files", help="a folder to serve under /files")
options.add_argument("--connections", type=int, help="room for so many, however long they idle")


def raised(connections: int | None) -> dict[str, Any]:
    """What the application is made with: its defaults, or room for many idle connections."""
    if connections is None:
        return {}
    limits = Limits(connections=connections)
    return {"limits": limits, "timeouts": Timeouts(keep_alive=600)}


given = options.parse_args()
app = App(**raised(given.connections))


@app.get("/")
async def plaintext(request: Request) -> str:
    return "Hello, World!"


@app.get("/json")
async def as_json(request: Request) -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/users/<int:user_id>")
async def user(request: Request, user_id: int) -> dict[str, int]:
    return {"id": user_id}


@app.post("/echo")
async def echo(request: Request) -> Any:
    return request.json()


@app.get("/compute")
async def compute(request: Request) -> str:
    """Spend one millisecond of this thread's processor time, whatever else the machine does."""
    end = time.thread_time() + 0.001
    while time.thread_time() < end:
        pass
    return "computed"


@app.get("/stream/<int:mib>")
async def stream(request: Request, mib: int) -> StreamingResponse:
    async def blocks() -> AsyncIterator[bytes]:
        for _ in range(mib * 16):
            yield bytes(65536)

    return StreamingResponse(blocks())


async def thing(request: Request, id: int) -> str:
    return "Hello, World!"


for number in range(given.routes):
    app.get(f"/thing{number}/<int:id>")(thing)
if given.files:
    app.static("/files", given.files)
if __name__ == "__main__":
    chosen: dict[str, Any] = {"mode": given.mode, "workers": given.workers}
    if given.uvloop:
        chosen["uvloop"] = True
    app.run("127.0.0.1", given.port, **chosen)
