"""What all connections of one event loop share: the clock, the limits, the handle, the end.

Apart from the protocol, of which there is one for each connection, because of its lifetime, and
from the servers, because a pool has one of these in each of its threads. The rule: one timer
watches all deadlines, so that a request costs no timer of its own, and an idle connection nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from groundup.engines.common import CRASH, plain
from groundup.engines.outbox import Outbox, wants_outbox
from groundup.engines.settings import Settings
from groundup.engines.worker import LoopWorker
from groundup.errors import HTTPException, ResponseError
from groundup.request import Request
from groundup.timeouts import after
from groundup.writer import response_bytes

if TYPE_CHECKING:
    from groundup.engines.httpprotocol import HTTPProtocol

log = logging.getLogger("groundup.server")


class Hub:
    """One event loop's share of a server. Everything but `stop` runs on that loop."""

    def __init__(
        self,
        handle: Callable[[Request], Any],
        worker: LoopWorker,
        settings: Settings,
    ) -> None:
        self.handle = handle
        self.worker = worker
        self.limits, self.timeouts = settings.limits, settings.timeouts
        self.streamed_limits = replace(settings.limits, body=settings.limits.streamed_body)
        self.clock, self.record = settings.clock, settings.record
        self._refusals = settings.refusals
        self.protocols: dict[HTTPProtocol, None] = {}  # in the order of their coming
        self.tasks: set[asyncio.Task[None]] = set()
        self.draining = False
        self.keep_alive = after(settings.timeouts.keep_alive, 0.0)  # what is added to `now`
        self.now = settings.clock()
        self.date = b""
        self._empty: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look at the clock; on the loop."""
        self.loop = asyncio.get_running_loop()
        self.outbox = Outbox(self.loop) if wants_outbox(self.loop) else None
        self._tick()

    def _tick(self) -> None:
        """Once in a while: what time it is, the Date that goes with it, and who is late."""
        self._timer = self.loop.call_later(self.timeouts.granularity, self._tick)
        self.date = f"date: {formatdate(usegmt=True)}\r\n".encode()
        self.sweep(self.clock())

    def sweep(self, now: float) -> None:
        """End what has lasted too long at the time `now`."""
        raise NotImplementedError("Task 9.12: one timer for all deadlines")

    def admit(self, protocol: HTTPProtocol) -> bool:
        """Count a new connection in; False when there is no room and nobody idle to make some."""
        room = len(self.protocols) < self.limits.connections or self.make_room()
        self.protocols[protocol] = None
        return room

    def make_room(self) -> bool:
        """Close the oldest connection on which nothing has begun; False if there is none."""
        raise NotImplementedError("Task 9.13: make room in a flood")

    def discard(self, protocol: HTTPProtocol) -> None:
        """A connection has ended."""
        self.protocols.pop(protocol, None)
        if self._empty is not None and not self.protocols and not self._empty.done():
            self._empty.set_result(None)

    def spawn(self, work: Any) -> asyncio.Task[None]:
        """A task that is remembered until it is done, as a loop itself does not."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def failure(self, error: Exception, what: object) -> HTTPException:
        """What the client is told of an exception that `handle`, or what it gave, has raised.

        An App raises none; a plain function may, and so may a stream.
        """
        if isinstance(error, HTTPException) and not isinstance(error, ResponseError):
            try:
                answer = plain(error)
                response_bytes(answer.status_code, answer.fields, answer.body)
                return error
            except ResponseError as unfit:  # it says what no response may say
                error = unfit
        log.error("%s failed", what, exc_info=error)
        return CRASH

    def refused(self, error: HTTPException, peer: object) -> None:
        """Remember a refusal for the log."""
        if self._refusals is not None:
            self._refusals(error, peer)
        else:
            log.info("refused %s: %s", peer, error)

    async def drain(self) -> bool:
        """Let everything that has begun come to its end; True if it did in `graceful` seconds."""
        self.draining = True
        await asyncio.sleep(0)  # what has arrived is read before anybody is called idle
        await asyncio.sleep(0)
        for protocol in list(self.protocols):
            protocol.drain()
        if self.protocols:
            self._empty = self.loop.create_future()
            await asyncio.wait((self._empty,), timeout=self.timeouts.graceful)
        finished = not self.protocols
        await self.cut_off()
        if self._timer is not None:
            self._timer.cancel()
        return finished

    async def cut_off(self) -> None:
        """End what has not ended by itself; give what was cancelled the time to clean up."""
        for protocol in list(self.protocols):
            protocol.cut()
        for task in list(self.tasks):
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=1.0)
        await asyncio.sleep(0)  # a transport closes its socket in the loop's next turn
