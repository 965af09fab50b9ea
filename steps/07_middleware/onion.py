"""An onion composed by hand: `python3 -m workshop run 7 steps/07_middleware/onion.py`.

Two layers around a shop, before an App knows of any. Ask it with curl -i for `/`, `/nobody` and
`/crash`: whatever the answer, both layers have seen it.
"""

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

from groundup.answers import answer_error
from groundup.app import App
from groundup.launch import serve
from groundup.middleware.onion import Stage, compose, make_layer
from groundup.net import ListenError
from groundup.request import Request
from groundup.response import Response

app = App()


@app.get("/")
def home() -> str:
    """Something to be around of."""
    return "in the middle\n"


@app.get("/crash")
def crash() -> str:
    """A handler that raises."""
    return {1: "one"}[2]


async def stopwatch(request: Request, call_next: Callable[[Request], Any]) -> Response:
    """A function: it sees the time between the way in and the way out."""
    began = time.perf_counter()
    response: Response = await call_next(request)
    response.headers["x-took"] = f"{(time.perf_counter() - began) * 1000:.2f} ms"
    return response


class Stamp:
    """A class with one method: it sees the way out."""

    def post(self, request: Request, response: Response) -> None:
        """Put a field on the answer."""
        response.headers["x-seen"] = f"{request.method} {request.path}"


def failed(request: Request, error: Exception, caught: tuple[type[Exception], ...]) -> Any:
    """What becomes of an exception: a 500, since this shop has no error handlers."""
    return answer_error({}, request, error)


def onion() -> Stage:
    """The stopwatch outside, the stamp inside of it, and the shop in the middle."""
    return compose([make_layer(stopwatch), make_layer(Stamp)], app.handle, failed)


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    try:
        serve(onion(), options.host, options.port)
    except (ListenError, NotImplementedError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
