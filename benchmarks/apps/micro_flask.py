"""The application of the comparison with small frameworks, for Flask.

`python micro_flask.py PORT` on waitress, with its default of four threads; `PORT own` on the server
that comes with it, without its log. The rule for the four of these files: the same answers, in the
framework's own plain style, nothing tuned.
"""

import asyncio
import logging
import sys
import time

from flask import Flask, Response, request

app = Flask(__name__)
LARGE = "x" * (1 << 20)


def text(body: str) -> Response:
    return Response(body, mimetype="text/plain")


@app.get("/sync")
def plain() -> Response:
    return text("Hello, World!")


@app.get("/async")
async def quick() -> Response:
    return text("Hello, World!")


@app.get("/blocks")
def blocks() -> Response:
    time.sleep(0.01)
    return text("Hello, World!")


@app.get("/awaits")
async def awaits() -> Response:
    await asyncio.sleep(0.01)
    return text("Hello, World!")


@app.get("/large")
def down() -> Response:
    return text(LARGE)


@app.post("/large")
def up() -> dict[str, int]:
    return {"bytes": len(request.get_data())}


if __name__ == "__main__":
    if "own" in sys.argv:
        logging.getLogger("werkzeug").disabled = True
        app.run("127.0.0.1", int(sys.argv[1]))
    else:
        from waitress import serve

        serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
