"""The measured application for Starlette: four routes, async handlers, as its documentation writes.

Run by uvicorn and by granian; the server's options stand in benchmarks/rows.py. The rule for all
of these files: the same four answers, in the framework's own plain style, nothing tuned.
"""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route


async def plaintext(request: Request) -> PlainTextResponse:
    return PlainTextResponse("Hello, World!")


async def as_json(request: Request) -> JSONResponse:
    return JSONResponse({"message": "Hello, World!"})


async def user(request: Request) -> JSONResponse:
    return JSONResponse({"id": request.path_params["user_id"]})


async def echo(request: Request) -> JSONResponse:
    return JSONResponse(await request.json())


async def stream(request: Request) -> StreamingResponse:
    async def blocks() -> Any:
        for _ in range(request.path_params["mib"] * 16):
            yield bytes(65536)

    return StreamingResponse(blocks())


app = Starlette(
    routes=[
        Route("/", plaintext),
        Route("/json", as_json),
        Route("/users/{user_id:int}", user),
        Route("/echo", echo, methods=["POST"]),
        Route("/stream/{mib:int}", stream),
    ]
)
