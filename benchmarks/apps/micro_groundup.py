"""The application of the comparison with small frameworks, for groundup.

`python micro_groundup.py PORT [MODE]`. The rule for the four of these files: the same answers, in
the framework's own plain style, nothing tuned.
"""

import asyncio
import sys
import time

from groundup import App, Request

app = App()
LARGE = "x" * (1 << 20)


@app.get("/sync")
def plain() -> str:
    return "Hello, World!"


@app.get("/async")
async def quick() -> str:
    return "Hello, World!"


@app.get("/blocks")
def blocks() -> str:
    time.sleep(0.01)
    return "Hello, World!"


@app.get("/awaits")
async def awaits() -> str:
    await asyncio.sleep(0.01)
    return "Hello, World!"


@app.get("/large")
async def down() -> str:
    return LARGE


@app.post("/large")
async def up(request: Request) -> dict[str, int]:
    return {"bytes": len(request.body)}


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), mode=sys.argv[2] if len(sys.argv) > 2 else "protocol")
