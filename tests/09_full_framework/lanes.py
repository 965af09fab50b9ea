"""What the tests of this step have in common: a protocol, and a loop that counts what it is asked.

Apart from the tests because half of them need a connection without a socket. Rule: nothing here
waits and no time passes by itself; a transport keeps what is written, a timer rings when a test
says so, and every task, timer and future that is made is counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from functools import lru_cache
from typing import Any

from groundup.engines.httpprotocol import HTTPProtocol
from groundup.engines.hub import Hub
from groundup.engines.outbox import Outbox
from groundup.engines.settings import Settings
from groundup.engines.worker import LoopWorker
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

GET = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n"


class Timer:
    """What `call_later` gives."""

    def __init__(self, function: Any, arguments: Any) -> None:
        self.function, self.arguments = function, arguments
        self.cancelled = False

    def cancel(self) -> None:
        """It rings no more."""
        self.cancelled = True

    def ring(self) -> None:
        """Its time has come."""
        if not self.cancelled:
            self.function(*self.arguments)


@lru_cache(maxsize=1)
def spare_loop() -> asyncio.AbstractEventLoop:
    """A loop that never runs, for futures that nobody awaits."""
    return asyncio.new_event_loop()


class Loop:
    """An event loop as far as a protocol sees it. `real`: whose tasks and futures these are."""

    def __init__(self, real: asyncio.AbstractEventLoop | None = None) -> None:
        self.asked: Counter[str] = Counter()
        self.soon: deque[tuple[Any, Any]] = deque()
        self.timers: list[Timer] = []
        self._real = real or spare_loop()

    def call_soon(self, function: Any, *arguments: Any) -> None:
        """In the next turn, which a test makes."""
        self.asked["call_soon"] += 1
        self.soon.append((function, arguments))

    def call_later(self, seconds: float, function: Any, *arguments: Any) -> Timer:
        """When a test says so."""
        self.asked["call_later"] += 1
        self.timers.append(Timer(function, arguments))
        return self.timers[-1]

    call_at = call_later

    def create_future(self) -> asyncio.Future[None]:
        """A future of the real loop."""
        self.asked["create_future"] += 1
        return self._real.create_future()

    def create_task(self, work: Any) -> asyncio.Task[None]:
        """A task of the real loop."""
        self.asked["create_task"] += 1
        return self._real.create_task(work)

    def turn(self) -> None:
        """One turn: what has been asked for until now is called."""
        for _ in range(len(self.soon)):
            function, arguments = self.soon.popleft()
            function(*arguments)


class Transport(asyncio.Transport):
    """A peer that takes everything, and says so."""

    def __init__(self, lost: Any = None) -> None:
        super().__init__()
        self._lost = lost  # told when it is closed, and everything was taken
        self.writes: list[bytes] = []
        self.unsent = 0  # bytes that the peer has not taken
        self.reading, self.ended, self.closed, self.aborted = True, False, False, False

    def write(self, data: Any) -> None:
        """Keep it."""
        self.writes.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        """What was not taken."""
        return self.unsent

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """They do not matter."""

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed or self.aborted

    def close(self) -> None:
        """Closed, when everything was taken."""
        self.closed = True
        if not self.unsent:
            self._end()

    def abort(self) -> None:
        """Closed, and what was not sent is lost."""
        self.aborted = True
        self._end()

    def _end(self) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            lost()

    def can_write_eof(self) -> bool:
        """It is no TLS."""
        return True

    def write_eof(self) -> None:
        """Half closed."""
        self.ended = True

    def pause_reading(self) -> None:
        """The peer must wait."""
        self.reading = False

    def resume_reading(self) -> None:
        """It may go on."""
        self.reading = True

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Its address, and nothing else."""
        return ("127.0.0.1", 50000) if name == "peername" else default

    @property
    def statuses(self) -> list[int]:
        """The status of each response that was written."""
        return [int(piece[:3]) for piece in b"".join(self.writes).split(b"HTTP/1.1 ")[1:]]

    @property
    def bodies(self) -> list[str]:
        """The body of each."""
        pieces = b"".join(self.writes).split(b"HTTP/1.1 ")[1:]
        return [piece.partition(b"\r\n\r\n")[2].decode() for piece in pieces]


def echo(request: Any) -> Response:
    """A handle that never waits: the target is the answer."""
    return Response(request.target)


class Lane:
    """A hub on a loop that counts, and a clock that stands."""

    def __init__(
        self,
        handle: Any = echo,
        *,
        limits: Limits | None = None,
        timeouts: Timeouts | None = None,
        real: asyncio.AbstractEventLoop | None = None,
        outbox: bool = False,
    ) -> None:
        self.clock = kit.Clock()
        settings = Settings(
            limits=limits or Limits(), timeouts=timeouts or Timeouts(), clock=self.clock
        )
        self.hub = Hub(handle, LoopWorker(1, 1, Lifecycle()), settings)
        self.loop: Any = Loop(real)
        self.hub.loop = self.loop
        self.hub.outbox = Outbox(self.loop) if outbox else None

    def connect(self) -> tuple[HTTPProtocol, Transport]:
        """A connection that has just been made."""
        protocol = HTTPProtocol(self.hub)
        transport = Transport(lambda: self.loop.soon.append((protocol.connection_lost, (None,))))
        protocol.connection_made(transport)
        return protocol, transport

    def wait(self, seconds: float) -> None:
        """So much time passes, and the hub looks at the clock."""
        self.clock.advance(seconds)
        self.hub.sweep(self.clock())
        self.loop.turn()
