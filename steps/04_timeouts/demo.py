"""A small shop on the server of step 04: what `run 4`, `bench 4` and `attack 4` start.

Its limits are the framework's own, ten seconds for a head and so on. With `--hurry` they are about
one second each, so that an attack need not take a minute to fail.
"""

import argparse
import sys
import time

from groundup.app import App
from groundup.net import ListenError
from groundup.request import Request
from groundup.response import Response
from groundup.timeouts import Timeouts

HURRY = Timeouts(header=1.5, body=20, rate_grace=0.8, write=0.8, keep_alive=5, linger=0.3)
LONGEST = 5.0  # seconds that a slow page may take: no deadline of this step ends a handler
FILM = b"The server is awake. " * 50_000  # a megabyte, for readers who stall
PAGE = """<!doctype html><meta charset="utf-8"><title>The shop</title><h1>It works</h1>
<p>The time here is {now}. Reload as often as you like: whatever the others do, you are served.
<ul><li><a href="/film">a megabyte</a><li><a href="/limits">how long this server waits</a></ul>
<form method="post" action="/letters"><textarea name="text">Dear shop, </textarea>
<button>send</button></form>"""


def make_app(timeouts: Timeouts) -> App:
    """The shop's routes."""
    app = App()

    @app.get("/")
    def home() -> Response:
        return Response.html(PAGE.format(now=time.strftime("%H:%M:%S")))

    @app.get("/film")
    def film() -> bytes:
        return FILM

    @app.get("/limits")
    def limits() -> dict[str, float | None]:
        names = ("header", "body", "min_body_rate", "write", "keep_alive")
        return {name: getattr(timeouts, name) for name in names}

    @app.get("/wait/<float:seconds>")
    def wait(seconds: float) -> str:
        time.sleep(min(seconds, LONGEST))
        return "waited\n"

    @app.get("/work/<int:rounds>")
    def work(rounds: int) -> str:
        return f"{sum(number * number for number in range(min(rounds, 1_000_000)))}\n"

    @app.post("/letters")
    def letter(request: Request) -> str:
        return f"thank you for {len(request.body):,} bytes\n"

    return app


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--hurry", action="store_true", help="limits of about one second")
    options = parser.parse_args()
    timeouts = HURRY if options.hurry else Timeouts()
    try:
        make_app(timeouts).run(options.host, options.port, timeouts=timeouts)
    except (ListenError, NotImplementedError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
