"""A shop where everybody waits, on a pool of loops: what `run 6`, `bench 6`, `attack 6` start.

Its slow pages are slow in three ways: one awaits, one blocks a thread that is there for it, and one
blocks the loop, which nobody may do. Open /block/10 in one tab and the first page in four others,
and read what the watchdog has to say.
"""

import argparse
import asyncio
import os
import sys
import threading
import time

from groundup.app import App
from groundup.net import ListenError
from groundup.response import Response
from groundup.timeouts import Timeouts

LONGEST = 30.0  # seconds that a client may wait here
SHORT = Timeouts(header=0.6)  # seconds for a head: so that an attacker need not be patient
PAGE = """<!doctype html><meta charset="utf-8"><title>The shop</title><h1>It works</h1>
<p>Answered by {worker}.<ul>
<li><a href="/wait/3">awaits for 3 seconds</a>: an async handler, on the loop
<li><a href="/sleep/3">sleeps for 3 seconds</a>: a plain function, in a thread beside the loop
<li><a href="/where">where an answer comes from</a>: load it again
<li><a href="/block/10">blocks for 10 seconds</a>: an async handler that does what it must not
</ul>"""


def make_app() -> App:
    """The shop's routes."""
    app = App()

    @app.get("/")
    async def home() -> Response:
        return Response.html(PAGE.format(worker=threading.current_thread().name))

    @app.get("/where")
    async def where() -> Response:  # its last answer: who comes again is dealt anew
        text = f"process {os.getpid()}, {threading.current_thread().name}\n"
        return Response.text(text, headers={"connection": "close"})

    @app.get("/wait/<float:seconds>")
    async def wait(seconds: float) -> str:
        await asyncio.sleep(min(seconds, LONGEST))
        return f"waited on {threading.current_thread().name}\n"

    @app.get("/sleep/<float:seconds>")
    def sleep(seconds: float) -> str:
        time.sleep(min(seconds, LONGEST))
        return f"slept in {threading.current_thread().name}\n"

    @app.get("/block/<float:seconds>")
    async def block(seconds: float) -> str:
        time.sleep(min(seconds, LONGEST))  # the loop stands still, and with it all its clients
        return f"blocked {threading.current_thread().name}\n"

    @app.get("/work/<int:rounds>")
    def work(rounds: int) -> str:
        return f"{sum(number * number for number in range(min(rounds, 1_000_000)))}\n"

    return app


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--num-workers", type=int, default=4, help="event loops in each")
    options = parser.parse_args()
    try:
        make_app().run(
            options.host, options.port, workers=options.workers,
            num_workers=options.num_workers, watchdog=1.0, timeouts=SHORT,
        )  # fmt: skip
    except (ListenError, NotImplementedError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
