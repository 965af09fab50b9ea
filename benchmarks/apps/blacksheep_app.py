"""The measured application for blacksheep: four routes, async handlers, parameters by type.

Run by uvicorn; the options stand in benchmarks/rows.py. The rule for all of these files: the same
four answers, in the framework's own plain style, nothing tuned.
"""

from blacksheep import Application, Request, Response, get, json, post, text

app = Application()


@get("/")
async def plaintext() -> Response:
    return text("Hello, World!")


@get("/json")
async def as_json() -> Response:
    return json({"message": "Hello, World!"})


@get("/users/{user_id}")
async def user(user_id: int) -> Response:
    return json({"id": user_id})


@post("/echo")
async def echo(request: Request) -> Response:
    return json(await request.json())
