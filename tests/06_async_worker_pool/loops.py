"""What the tests of this step have in common: connections on one loop, handlers that stand still.

Apart from the tests because most of them need connections that are driven, without a pool above.
Rule: nothing here sleeps in the hope that something has happened. On one loop nothing is luck: a
byte that was sent is there, and after a few turns whatever can go on has gone on.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from groundup.engines.hub import Hub
from groundup.engines.worker import LoopWorker
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

PATIENCE = 1.2  # seconds, for what should come at once


def echo(request: Any) -> Response:
    """A handle that never waits: the target is the answer."""
    return Response(request.target)


def hub_of(handle: Any = echo, **given: Any) -> Hub:
    """A hub; `threads` and `queue` are its executor's."""
    worker = LoopWorker(given.get("threads", 2), given.get("queue", 10), Lifecycle(), "threads")
    clock = given.get("clock") or asyncio.get_running_loop().time
    limits, timeouts = given.get("limits", Limits()), given.get("timeouts", Timeouts())
    return Hub(handle, worker, limits, timeouts, clock)


class Peer:
    """A client at the other end of a socket pair: what it sends is there at once."""

    def __init__(self, sock: socket.socket, name: str) -> None:
        sock.setblocking(False)
        self.sock = sock
        self.name = name
        self.got = b""
        self.closed = False  # the other side has said that nothing more will come

    def send(self, data: bytes) -> None:
        """Send it."""
        shown = repr(data) if len(data) < 60 else f"{len(data):,} bytes"
        kit.did(f"{self.name} sends {shown}")
        try:
            self.sock.send(data)
        except ConnectionError:
            kit.expect_that(False, f"{self.name} is still connected", f"{self.name} was closed")

    def get(self, *targets: str) -> None:
        """Send a GET for each target, in one piece."""
        self.send(
            "".join(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n" for target in targets).encode()
        )

    def read(self, most: int = 1 << 30) -> bytes:
        """What has come and was not read before."""
        new = b""
        while len(new) < most and not self.closed:
            try:
                data = self.sock.recv(min(1 << 16, most - len(new)))
            except BlockingIOError:
                break
            except ConnectionError:
                data = b""
            self.closed = not data
            new += data
        self.got += new
        return new

    def answers(self) -> list[str]:
        """The answers that have come since the last time: `["200 /one"]`, status and body."""
        pieces = self.read().split(b"HTTP/1.1 ")[1:]
        parts = [piece.partition(b"\r\n\r\n") for piece in pieces]
        return [f"{head[:3].decode()} {body.decode()}".strip() for head, _, body in parts]


class World:
    """A hub on this loop, a clock that stands still, and clients whose connections are driven."""

    def __init__(self, handle: Any, **given: Any) -> None:
        self.clock = kit.Clock()
        self.hub = hub_of(handle, **{"clock": self.clock, **given})
        self._names = iter("ABCDEFGH")

    def connect(self, pair: Any = socket.socketpair) -> Peer:
        """A client whose connection is driven from now on."""
        ours, theirs = pair()
        ours.setblocking(False)
        peer = Peer(theirs, next(self._names))
        kit.did(f"connect {peer.name}")
        self.hub.welcome(ours)
        return peer

    async def turn(self, times: int = 12) -> None:
        """Let the loop turn, until everything that can go on has gone on."""
        for _ in range(times):
            await asyncio.sleep(0)

    async def pass_by(self, seconds: float) -> None:
        """Let time pass, and the hub look at the clock."""
        await self.turn()
        self.clock.advance(seconds)
        self.hub.tick()
        await self.turn()


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection: only there is a reset what it is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        return listener.accept()[0], theirs


def narrow_pair() -> tuple[socket.socket, socket.socket]:
    """A pair of sockets between which no more than some kilobytes are under way."""
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
    return ours, theirs


def on_loop(test: Callable[[World], Any], handle: Any = echo, **given: Any) -> Any:
    """Run `test(world)` on a loop."""

    async def main() -> Any:
        world = World(handle, **given)
        try:
            return await asyncio.wait_for(test(world), PATIENCE)
        finally:
            world.hub.worker.close()

    return asyncio.run(main())


class Pause:
    """An async handle: `/hold…` waits until `go()`; it notes who was called, who ended, and how."""

    def __init__(self) -> None:
        self.ended: dict[str, str] = {}
        self._arrived, self._ended = threading.Semaphore(0), threading.Semaphore(0)
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def __call__(self, request: Any) -> Any:
        return self._hold(request) if request.target.startswith("/hold") else echo(request)

    async def _hold(self, request: Any) -> Response:
        event = asyncio.Event()
        self._waiting.append((asyncio.get_running_loop(), event))
        self._arrived.release()
        how = "answered"
        try:
            await event.wait()
            return echo(request)
        except asyncio.CancelledError:
            how = "cancelled"
            raise
        finally:
            self.ended[request.target] = how
            self._ended.release()

    def holds(self, count: int = 1) -> None:
        """Wait until so many more requests stand here."""
        for _ in range(count):
            kit.expect_that(
                self._arrived.acquire(timeout=PATIENCE),
                "the handler is called for /hold",
                "it is not",
            )

    def go(self) -> None:
        """Let everybody who stands here go on."""
        for loop, event in self._waiting:
            loop.call_soon_threadsafe(event.set)

    def end(self, want: str, why: str | None = None) -> None:
        """Wait until one more has ended; it was `answered` or `cancelled`."""
        if not self._ended.acquire(timeout=PATIENCE):
            kit.expect_that(False, f"the handler is {want}", "it still waits", why=why)
        kit.expect(list(self.ended.values())[-1], want, "what became of the handler", why=why)


@pytest.fixture(scope="module")
def bury() -> Iterator[None]:
    """Have the tasks that died with their loop logged at the end of a module.

    Their tracebacks are written when they are collected; inside an `ast.parse` of pytest's, that
    is a SystemError of Python 3.11.
    """
    yield
    gc.collect()


def get(client: kit.Client, *targets: str, fields: str = "") -> kit.Client:
    """Send a GET for each target, in one piece."""
    pieces = [f"GET {target} HTTP/1.1\r\nHost: a\r\n{fields}\r\n" for target in targets]
    client.send("".join(pieces).encode())
    return client


def body_of(client: kit.Client) -> str:
    """The body of the next answer."""
    return client.read_response().body.decode()


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it comes true; for what another thread is about to do."""
    for _ in range(int(PATIENCE * 200)):
        if condition():
            return True
        threading.Event().wait(0.005)
    return False
