"""The measured application for FastAPI: four routes, async handlers, parameters by type.

Run by uvicorn; the options stand in benchmarks/rows.py. The rule for all of these files: the same
four answers, in the framework's own plain style, nothing tuned.
"""

from typing import Any

from fastapi import Body, FastAPI
from fastapi.responses import PlainTextResponse

app = FastAPI()


@app.get("/", response_class=PlainTextResponse)
async def plaintext() -> str:
    return "Hello, World!"


@app.get("/json")
async def as_json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/users/{user_id}")
async def user(user_id: int) -> dict[str, int]:
    return {"id": user_id}


@app.post("/echo")
async def echo(value: Any = Body()) -> Any:  # noqa: B008 - FastAPI's own way to say it
    return value
