"""The measured application for Bottle under cheroot's threads: four routes, plain functions.

`python bottle_app.py PORT`. Ten threads, cheroot's default. The rule for all of these files: the
same four answers, in the framework's own plain style, nothing tuned.
"""

import sys
from typing import Any

from bottle import Bottle, request
from cheroot.wsgi import Server

app = Bottle()


@app.get("/")
def plaintext() -> str:
    return "Hello, World!"


@app.get("/json")
def as_json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/users/<user_id:int>")
def user(user_id: int) -> dict[str, int]:
    return {"id": user_id}


@app.post("/echo")
def echo() -> Any:
    return request.json


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), app, numthreads=10).start()
