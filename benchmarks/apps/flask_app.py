"""The measured application for Flask: four routes, plain functions.

Run by waitress (`python flask_app.py PORT`, its default of four threads) and by gunicorn. The rule
for all of these files: the same four answers, in the framework's own plain style, nothing tuned.
"""

import sys
from typing import Any

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.get("/")
def plaintext() -> Response:
    return Response("Hello, World!", mimetype="text/plain")


@app.get("/json")
def as_json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/users/<int:user_id>")
def user(user_id: int) -> dict[str, int]:
    return {"id": user_id}


@app.post("/echo")
def echo() -> Any:
    return jsonify(request.get_json())


if __name__ == "__main__":
    from waitress import serve

    serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=4)
