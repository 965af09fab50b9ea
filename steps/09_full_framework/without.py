"""The guest book of this step, with one of its short cuts taken out: what was that one worth?

Apart from `demo.py` because it reaches into modules and puts a slow piece in the place of a fast
one, which nobody should do elsewhere. `--without whole`, and so on; the notebook of this step and
the chapter measure each of them against the book as it is.
"""

import argparse
import asyncio
from collections.abc import Callable
from typing import Any

from demo import make_app  # it stands beside this file

import groundup.calling
import groundup.engines.hub
import groundup.incoming
from groundup.engines.httpprotocol import HTTPProtocol
from groundup.finding import Finder


def whole() -> None:
    """No request is read in one go: the parser reads them all."""
    groundup.incoming.read_whole = lambda data, start, limits: None


def instant() -> None:
    """An async handler is awaited in a task of its own, whether it waits or not."""
    groundup.calling.never_waits = lambda code: False


def finder() -> None:
    """Each path is looked up in the tree."""
    Finder.quick = lambda self, method, path: None  # type: ignore[method-assign]


def timer() -> None:
    """Each answer cancels a timer of its connection, and makes a new one."""
    timers: dict[HTTPProtocol, asyncio.TimerHandle] = {}
    send = HTTPProtocol.send

    def send_and_set(self: HTTPProtocol, request: Any, response: Any) -> None:
        send(self, request, response)
        if self in timers:
            timers[self].cancel()
        timers[self] = self.hub.loop.call_later(75.0, self.expire)

    HTTPProtocol.send = send_and_set  # type: ignore[method-assign]


def outbox() -> None:
    """Each answer is sent inside the call that made it."""
    groundup.engines.hub.wants_outbox = lambda loop: False


CUTS: dict[str, Callable[[], None]] = {
    "whole": whole,
    "instant": instant,
    "finder": finder,
    "timer": timer,
    "outbox": outbox,
}


def main() -> None:
    """Take it out, and serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without", choices=CUTS)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if options.without:
        CUTS[options.without]()
    make_app().run(options.host, options.port)


if __name__ == "__main__":
    main()
