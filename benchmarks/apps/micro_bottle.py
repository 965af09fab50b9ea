"""The application of the comparison with small frameworks, for Bottle on cheroot.

`python micro_bottle.py PORT`: ten threads, cheroot's default. The server that comes with Bottle
answers one request at a time. The rule for the four of these files: the same answers, in the
framework's own plain style, nothing tuned.
"""

import sys
import time

from bottle import Bottle, request
from cheroot.wsgi import Server

app = Bottle()
LARGE = "x" * (1 << 20)


@app.get("/sync")
def plain() -> str:
    return "Hello, World!"


@app.get("/blocks")
def blocks() -> str:
    time.sleep(0.01)
    return "Hello, World!"


@app.get("/large")
def down() -> str:
    return LARGE


@app.post("/large")
def up() -> dict[str, int]:
    return {"bytes": len(request.body.read())}


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), app, numthreads=10).start()
