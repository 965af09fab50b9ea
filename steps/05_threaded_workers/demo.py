"""A shop with slow pages on the engine of step 05: what `run 5`, `bench 5` and `attack 5` start.

It has four workers, and places for eight more requests to wait: small numbers, so that one person
with two browser tabs can see what happens when they run out.
"""

import argparse
import signal
import sys
import threading
import time

from groundup.app import App
from groundup.engines.threads import ThreadServer
from groundup.metrics import Metrics
from groundup.net import ListenError, format_address, listen
from groundup.response import Response

WORKERS, PLACES = 4, 8
LONGEST = 5.0  # seconds that a client may keep a worker here
PAGE = """<!doctype html><meta charset="utf-8"><title>The shop</title><h1>It works</h1>
<p>Answered by {worker}. Open <a href="/slow">a slow page</a> in another tab: this one is still
there. Open it in thirteen tabs.<p>Your browser may open only six connections to one server at a
time; then <code>python3 -m workshop attack 5</code> is your crowd.
<p><a href="/numbers">The numbers so far</a>"""


def make_app(metrics: Metrics) -> App:
    """The shop's routes."""
    app = App()

    @app.get("/")
    def home() -> Response:
        return Response.html(PAGE.format(worker=threading.current_thread().name))

    @app.get("/slow")
    def slow() -> str:
        time.sleep(LONGEST)
        return f"that took {LONGEST:g} seconds of {threading.current_thread().name}\n"

    @app.get("/wait/<float:seconds>")
    def wait(seconds: float) -> str:
        time.sleep(min(seconds, LONGEST))
        return "waited\n"

    @app.get("/work/<int:rounds>")
    def work(rounds: int) -> str:
        return f"{sum(number * number for number in range(min(rounds, 1_000_000)))}\n"

    @app.get("/visit")
    def visit() -> str:
        return "welcome\n"

    @app.get("/numbers")
    def numbers() -> dict[str, object]:
        seen = metrics.snapshot()
        return {
            "begun": seen.begun, "finished": seen.finished, "in flight": seen.in_flight,
            "cut off": seen.cut_off, "waiting": seen.queue_depth, "refused": seen.refused,
        }  # fmt: skip

    return app


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    metrics = Metrics()
    try:
        listener = listen(options.host, options.port)
    except ListenError as error:
        sys.exit(str(error))
    server = ThreadServer(
        listener,
        make_app(metrics).handle,
        metrics=metrics,
        max_workers=WORKERS,
        queue_size=PLACES,
    )
    thread = threading.Thread(target=serve, args=[server], name="server", daemon=True)
    thread.start()
    print(f"listening on {format_address(*server.address)}", flush=True)
    wait_for_interrupt()
    server.stop()
    thread.join()


def serve(server: ThreadServer) -> None:
    """Serve; say so where the learner has not come so far yet."""
    try:
        server.serve_forever()
    except NotImplementedError as hole:
        print("not written yet:", hole, flush=True)


def wait_for_interrupt() -> None:
    """Return at Ctrl-C or SIGTERM. (In short waits: on Windows a long one is deaf to Ctrl-C.)"""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            threading.Event().wait(0.5)
    except KeyboardInterrupt:
        print("stopping", flush=True)


if __name__ == "__main__":
    main()
