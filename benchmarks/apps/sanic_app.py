"""The measured application for Sanic: four routes, async handlers.

`python sanic_app.py PORT`. One process, without its manager, without access log. The rule for all
of these files: the same four answers, in the framework's own plain style, nothing tuned.
"""

import sys

from sanic import HTTPResponse, Request, Sanic, json, text

app = Sanic("bench")


@app.get("/")
async def plaintext(request: Request) -> HTTPResponse:
    return text("Hello, World!")


@app.get("/json")
async def as_json(request: Request) -> HTTPResponse:
    return json({"message": "Hello, World!"})


@app.get("/users/<user_id:int>")
async def user(request: Request, user_id: int) -> HTTPResponse:
    return json({"id": user_id})


@app.post("/echo")
async def echo(request: Request) -> HTTPResponse:
    return json(request.json)


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), single_process=True, access_log=False, motd=False)
