"""The measured application for aiohttp: four routes and a stream, async handlers.

`python aiohttp_app.py PORT`. Its C parser, asyncio's loop, no access log; idle connections may stay
as long as the measurement of idle ones takes. The rule for all of these files: the same four
answers, in the framework's own plain style, nothing tuned.
"""

import sys

from aiohttp import web

routes = web.RouteTableDef()


@routes.get("/")
async def plaintext(request: web.Request) -> web.Response:
    return web.Response(text="Hello, World!")


@routes.get("/json")
async def as_json(request: web.Request) -> web.Response:
    return web.json_response({"message": "Hello, World!"})


@routes.get(r"/users/{user_id:\d+}")
async def user(request: web.Request) -> web.Response:
    return web.json_response({"id": int(request.match_info["user_id"])})


@routes.post("/echo")
async def echo(request: web.Request) -> web.Response:
    return web.json_response(await request.json())


@routes.get(r"/stream/{mib:\d+}")
async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(int(request.match_info["mib"]) * 16):
        await response.write(bytes(65536))
    await response.write_eof()
    return response


app = web.Application()
app.add_routes(routes)
web.run_app(
    app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None, keepalive_timeout=600
)
