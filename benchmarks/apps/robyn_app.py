"""The measured application for Robyn: four routes, async handlers; its server is written in Rust.

`python robyn_app.py PORT`. One process, one worker. The rule for all of these files: the same four
answers, in the framework's own plain style, nothing tuned.
"""

import sys

from robyn import Request, Robyn, jsonify

app = Robyn(__file__)


@app.get("/")
async def plaintext() -> str:
    return "Hello, World!"


@app.get("/json")
async def as_json() -> dict[str, str]:
    return {"message": "Hello, World!"}


@app.get("/users/:user_id")
async def user(request: Request) -> dict[str, int]:
    return {"id": int(request.path_params["user_id"])}


@app.post("/echo")
async def echo(request: Request) -> str:
    return jsonify(request.json())


if __name__ == "__main__":
    app.start(host="127.0.0.1", port=int(sys.argv[1]), _check_port=False)
