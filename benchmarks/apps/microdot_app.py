"""The measured application for Microdot on its own asyncio server: four routes, async handlers.

`python microdot_app.py PORT`. The rule for all of these files: the same four answers, in the
framework's own plain style, nothing tuned.
"""

import sys
from typing import Any

from microdot import Microdot, Request

app = Microdot()


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
    return request.json


app.run("127.0.0.1", int(sys.argv[1]))
