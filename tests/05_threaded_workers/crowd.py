"""What the tests of this step have in common: jobs that wait at a gate, and clients that ask.

Apart from the tests because several of them need a handler that stands still until it is told to
go on. Rule: nothing here sleeps; whoever waits, waits for something that will happen.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from groundup.engines.threads import ThreadServer
from groundup.engines.workers import Workers
from groundup.request import Request
from groundup.response import Response
from workshop import kit
from workshop.kit.recording import current

PATIENCE = 1.2  # seconds, for what should come at once


class Crew:
    """Workers whose jobs are functions, and the jobs that they have given back."""

    def __init__(self, count: int = 1, queue_size: int = 10, *, start: bool = True) -> None:
        self.back: queue.Queue[Any] = queue.Queue()
        self.workers: Workers[Any] = Workers(
            lambda job: job(), self.back.put, count=count, queue_size=queue_size
        )
        kit.did(f"a crew of {count}, and {queue_size} jobs more may wait")
        if start:
            self.workers.start()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self.workers.close(PATIENCE)

    def given_back(self) -> Any:
        """The next job that is given back; None when none is."""
        try:
            return self.back.get(timeout=PATIENCE)
        except queue.Empty:
            return None


class Gate:
    """A handle: `/hold…` waits here until `open` is set; everybody is answered with the target."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.seen: list[str] = []
        self._arrived = threading.Semaphore(0)

    def __call__(self, request: Request) -> Response:
        self.seen.append(request.target)
        if request.target.startswith("/hold"):
            self._arrived.release()
            self.open.wait(PATIENCE * 2)
        return Response(request.target)

    def holds(self, count: int = 1) -> None:
        """Wait until so many requests more stand here."""
        for _ in range(count):
            kit.expect_that(
                eventually(lambda: self._arrived.acquire(blocking=False)),
                "the handler is called for /hold",
                f"it was called for {', '.join(self.seen) or 'nothing'}",
            )


serve = partial(kit.serve, engine=ThreadServer)  # these tests are about this engine alone


def get(client: kit.Client, *targets: str, fields: str = "") -> kit.Client:
    """Send a GET for each target, in one piece."""
    pieces = [f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n" for target in targets]
    client.send("".join(pieces).encode())
    return client


def body_of(client: kit.Client) -> str:
    """The body of the next answer."""
    return client.read_response().body.decode()


def in_time(call: Callable[[], Any], want: str, got: str) -> Any:
    """What `call` returns, if it returns: it runs in a thread, which may be held up."""
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(call()), daemon=True)
    thread.start()
    thread.join(PATIENCE)
    kit.expect_that(result, want, got)
    return result[0]


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it comes true; for what another thread is about to do, unless it has died."""
    for _ in range(int(PATIENCE * 200)):
        if condition():
            return True
        if any(death.fatal or is_hole(death.error) for death in current().deaths):
            return False
        threading.Event().wait(0.005)
    return False


def is_hole(error: BaseException) -> bool:
    """Whether somebody came to code that is not written yet."""
    return isinstance(error, NotImplementedError)
