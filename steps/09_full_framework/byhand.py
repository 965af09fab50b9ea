"""Three handlers of a guest book, on the step before: each does by hand what a framework would do.

Apart from `demo.py`, which is the same book on this step. It is what everybody writes first, and
each handler is right for whoever means well. The chapter asks it three questions.
"""

import argparse
from typing import Any

from groundup.app import App
from groundup.request import Request


def make_app() -> App:
    """The guest book's routes."""
    app = App()
    entries = [f"hello {number}" for number in range(50)]

    @app.get("/search")
    async def search(request: Request) -> list[str]:
        page = int(request.query_params.get("page", ["1"])[0])
        return entries[(page - 1) * 20 : page * 20]

    @app.post("/sign")
    async def sign(request: Request) -> str:
        fields = dict(piece.split("=") for piece in request.body.decode().split("&"))
        return f"thank you, {fields['name']}"

    @app.get("/hello")
    async def hello(request: Request) -> Any:
        name = request.query_params["name"][0]
        return f"hello {name}", 200, {"set-cookie": f"name={name}; HttpOnly"}

    return app


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    make_app().run("127.0.0.1", parser.parse_args().port, mode="pool")
