"""A shop as it is written without layers: what every handler needs stands in every handler.

The chapter's first run starts it on the step before. Six handlers, eight copies, and one that was
forgotten.
"""

import argparse
import time

from groundup.app import App
from groundup.errors import abort
from groundup.request import Request
from groundup.response import Response

app = App()


def check_token(request: Request) -> None:
    """Copy 1, which every handler has to call."""
    if request.headers.get("authorization") != "Bearer open-sesame":
        abort(401)


def logged(request: Request, began: float, response: Response) -> Response:
    """Copy 2, which every handler has to call, at its end."""
    took = 1000 * (time.monotonic() - began)
    print(
        f"log: {request.method} {request.target} {response.status_code}, {took:.0f} ms", flush=True
    )
    return response


@app.get("/orders")
def orders(request: Request) -> Response:
    """Needs a token, and is logged."""
    began = time.monotonic()
    check_token(request)
    return logged(request, began, Response("the orders\n"))


@app.get("/customers")
def customers(request: Request) -> Response:
    """The same."""
    began = time.monotonic()
    check_token(request)
    return logged(request, began, Response("the customers\n"))


@app.get("/invoices")
def invoices(request: Request) -> Response:
    """The same, or so somebody thought."""
    began = time.monotonic()
    return logged(request, began, Response("the invoices\n"))


@app.get("/export")
def export(request: Request) -> Response:
    """Needs a token."""
    check_token(request)
    return Response("everything\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8000)
    app.run(port=parser.parse_args().port)
