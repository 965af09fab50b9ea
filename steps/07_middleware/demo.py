"""A shop whose handlers know nothing of logs, tokens, origins or compression: `run 7` starts it.

All of that stands around them. Open its address, or ask with curl -i for `/`, `/list` (with
`--compressed`), `/vault` (with `Authorization: Bearer open-sesame`), `/nobody`, `/crash`.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import SupportsIndex

from groundup.app import App
from groundup.middleware.auth import BearerAuth
from groundup.middleware.compression import Gzip
from groundup.middleware.cors import CORS
from groundup.middleware.limiting import RateLimit
from groundup.middleware.requestlog import RequestId, RequestLog
from groundup.net import ListenError
from groundup.request import Request
from groundup.response import Response

SECRET = "open-sesame"
PAGE = """<!doctype html><meta charset="utf-8"><title>The shop</title><h1>Around the handlers</h1>
<p>Every answer has an id, a line in the log, and, where it pays, another coding.
<ul><li><a href="/list">a list</a><li><a href="/vault">the vault</a><li><a href="/nobody">nobody</a>
<li><a href="/crash">a crash</a></ul>"""


class Counted(str):
    """A secret that counts how often it, or one of its letters, is compared or looked at."""

    looked = 0

    def __eq__(self, other: object) -> bool:
        Counted.looked += 1
        return super().__eq__(other)

    def __getitem__(self, place: SupportsIndex | slice) -> str:
        Counted.looked += 1
        return super().__getitem__(place)

    def __iter__(self) -> Iterator[str]:
        for letter in super().__iter__():
            Counted.looked += 1
            yield letter

    __hash__ = str.__hash__


def make_app(write: Callable[[str], object]) -> App:
    """The shop: what stands around it first, the outermost first; then what it does."""
    app = App()
    app.add_middleware(
        RequestId(),
        RequestLog(write),
        RateLimit(200, 1.0),
        CORS(["https://shop.example"]),
        Gzip(),
        BearerAuth({Counted(SECRET): "ann"}, public=lambda r: r.raw_path != "/vault"),
    )

    @app.after_request
    def looked(request: Request, response: Response) -> None:
        """Tell how often the secret was looked at: an attacker would use a stopwatch."""
        response.headers["x-looked-at"] = str(Counted.looked)
        Counted.looked = 0

    def till() -> Iterator[list[str]]:
        yield ["a coin"] * 3

    app.provide("till", till)

    @app.get("/")
    def home() -> Response:
        return Response.html(PAGE)

    @app.get("/list")
    def listed() -> dict[str, object]:
        return {"items": [{"name": f"thing {n}", "price": n % 7} for n in range(200)]}

    @app.get("/vault")
    def vault(request: Request, till: list[str]) -> dict[str, object]:
        return {"user": request.state["user"], "till": till}

    @app.get("/crash")
    def crash() -> str:
        return {1: "one"}[2]

    return app


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    try:
        make_app(lambda line: print(line, file=sys.stderr)).run(options.host, options.port)
    except (ListenError, NotImplementedError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
