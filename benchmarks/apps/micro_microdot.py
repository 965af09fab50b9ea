"""The application of the comparison with small frameworks, for Microdot on its own server.

`python micro_microdot.py PORT`. Its limit for a body is 16 KiB, so it is raised. The rule for the
four of these files: the same answers, in the framework's own plain style, nothing else tuned.
"""

import asyncio
import sys
import time

from microdot import Microdot, Request

app = Microdot()
LARGE = "x" * (1 << 20)
Request.max_content_length = Request.max_body_length = 1 << 20


@app.get("/sync")
def plain(request: Request) -> str:
    return "Hello, World!"


@app.get("/async")
async def quick(request: Request) -> str:
    return "Hello, World!"


@app.get("/blocks")
def blocks(request: Request) -> str:
    time.sleep(0.01)
    return "Hello, World!"


@app.get("/awaits")
async def awaits(request: Request) -> str:
    await asyncio.sleep(0.01)
    return "Hello, World!"


@app.get("/large")
async def down(request: Request) -> str:
    return LARGE


@app.post("/large")
async def up(request: Request) -> dict[str, int]:
    return {"bytes": len(request.body)}


app.run("127.0.0.1", int(sys.argv[1]))
