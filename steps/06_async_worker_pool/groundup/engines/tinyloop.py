"""An event loop that can be read in five minutes: calls, timers, sockets, and tasks on top.

Apart from the engines, which run on asyncio, because it is a study: asyncio works like this, with
more of everything. One thread does all the work, and it sleeps in one place only: in `select`,
where the kernel tells it which sockets are ready.
Rule kept: whoever waits for one thing never keeps the others from going on.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import selectors
import socket
import time
import types
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, NamedTuple

from groundup.timeouts import NEVER

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE

log = logging.getLogger("groundup.tinyloop")


class Call:
    """A function that the loop will call, unless somebody cancels it first."""

    __slots__ = ("cancelled", "function")

    def __init__(self, function: Callable[[], object]) -> None:
        self.function = function
        self.cancelled = False

    def cancel(self) -> None:
        """See that it is not called, even if its moment has come already."""
        self.cancelled = True


class Loop:
    """Calls functions, one after another: when it is their turn, their time, or their socket's."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        selector: selectors.BaseSelector | None = None,
    ) -> None:
        self.clock = clock
        self.tasks: set[Task] = set()  # those that have not come to their end
        self._selector = selector or selectors.DefaultSelector()
        self._ready: deque[Call] = deque()
        self._timers: list[tuple[float, int, Call]] = []  # a heap: the earliest is the first
        self._numbers = itertools.count()  # of two timers for one moment, the older one is first

    def call_soon(self, function: Callable[[], object]) -> None:
        """Call it in the next turn."""
        self._ready.append(Call(function))

    def call_at(self, moment: float, function: Callable[[], object]) -> Call:
        """Call it when `clock()` says `moment`; the Call that is returned can be cancelled."""
        call = Call(function)
        heapq.heappush(self._timers, (moment, next(self._numbers), call))
        return call

    def watch(self, sock: socket.socket, event: int, function: Callable[[], object]) -> None:
        """Call it in each turn that finds the socket ready for `event`, READ or WRITE."""
        self._selector.register(sock, event, function)

    def unwatch(self, sock: socket.socket) -> None:
        """Look at this socket no more."""
        self._selector.unregister(sock)

    def patience(self) -> float | None:
        """How many seconds `select` may sleep. None: until a socket is ready, whenever that is.

        Not at all while a call is ready; else until the moment of the first timer. Timers that
        were cancelled are no reason to wake up: those at the top of `_timers` are dropped here.
        """
        raise NotImplementedError("Task 6.1: turn the loop once")

    def turn(self) -> None:
        """Once around: sleep until there is something to do, and do it.

        What is to be called comes into `_ready`: first the functions of the sockets that `select`
        found (the `data` of its keys), then the timers whose moment has come. Each call that is
        there *now*, and not cancelled, is called once; what these add waits for the next turn,
        or they could keep the loop from ever looking at its sockets again.
        """
        raise NotImplementedError("Task 6.1: turn the loop once")

    def spawn(self, coroutine: Coroutine[Any, Any, object]) -> Task:
        """Begin with this coroutine in the next turn."""
        return Task(self, coroutine)

    def run(self) -> None:
        """Turn until all tasks have come to their end."""
        while self.tasks:
            self.turn()

    async def sleep(self, seconds: float) -> None:
        """Let others go on for so long; `sleep(0)` for one turn."""
        await wait(Wait(deadline=self.clock() + seconds))


class Wait(NamedTuple):
    """What a coroutine hands out when it waits: for a socket, until a moment, or for both."""

    sock: socket.socket | None = None
    event: int = 0
    deadline: float = NEVER


class Task:
    """A coroutine on a loop. It runs from one wait to the next; in between, the others do."""

    def __init__(self, loop: Loop, coroutine: Coroutine[Any, Any, object]) -> None:
        self._loop = loop
        self._coroutine = coroutine
        self._sock: socket.socket | None = None  # that it waits for
        self._timer: Call | None = None  # that ends its wait
        loop.tasks.add(self)
        loop.call_soon(partial(self.step, None))

    def step(self, news: bool | None) -> None:
        """Run the coroutine to its next wait, and park it there; `news` is what it is told.

        `send(news)` gives the next Wait, or raises: StopIteration when the coroutine has returned,
        and whatever it raised itself, which is logged, for one task must not end the others. Either
        way it leaves the loop's `tasks`.
        """
        raise NotImplementedError("Task 6.2: let a coroutine wait")

    def park(self, request: Wait) -> None:
        """See that `wake` is called: with True when the socket is ready, False at the deadline.

        What it has asked for is kept in `_sock` and `_timer`. No deadline (NEVER), no timer.
        """
        raise NotImplementedError("Task 6.2: let a coroutine wait")

    def wake(self, ready: bool) -> None:
        """The first of the two has come: take back the other, and go on with `step(ready)`."""
        raise NotImplementedError("Task 6.2: let a coroutine wait")


@types.coroutine
def wait(request: Wait) -> Generator[Wait, bool, bool]:
    """Stop here until it has come. True: the socket is ready; False: the deadline has passed.

    The one `yield` under every `await`: it goes up through all of them, to `Task.step`.
    """
    return (yield request)


async def ready(sock: socket.socket, event: int, deadline: float = NEVER) -> None:
    """Wait until the socket is ready for `event`; TimeoutError after the deadline."""
    if not await wait(Wait(sock, event, deadline)):
        raise TimeoutError("too late")


async def recv(sock: socket.socket, size: int, deadline: float = NEVER) -> bytes:
    """The next bytes. It waits first, even when some are here: so nobody keeps the loop busy."""
    await ready(sock, READ, deadline)
    return sock.recv(size)


async def send_all(sock: socket.socket, data: bytes, deadline: float = NEVER) -> None:
    """Send every byte, as the socket takes them."""
    rest = memoryview(data)
    while rest:
        await ready(sock, WRITE, deadline)
        rest = rest[sock.send(rest) :]


async def accept(listener: socket.socket) -> socket.socket:
    """The next client, on a socket that does not block."""
    while True:
        await ready(listener, READ)
        try:
            client = listener.accept()[0]
        except OSError:  # it has gone again
            continue
        client.setblocking(False)
        return client
