"""What all connections of one event loop share: the handle, the limits, the clock, the end.

Apart from the connections because of its lifetime, and from the workers, each of which has one of
these on its loop. The rule: one timer watches all deadlines; and whoever must end, because it is
late, or idle when the server stops, is cancelled, so that there is one way to end and no second.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from groundup.engines.httpprotocol import Driver
from groundup.engines.phases import Phase
from groundup.engines.worker import LoopWorker
from groundup.limits import Limits
from groundup.request import Request
from groundup.response import Response
from groundup.timeouts import Timeouts

FRESH_GRACE = 1.0  # seconds that a stopping server gives a new connection for its first byte
DRAIN_PACE = 0.02  # seconds between two looks at what is left, when it stops
CLEAN_UP = 1.0  # seconds for what was cancelled at the very end


class Alarm:
    """`with hub.alarm(deadline):` raises TimeoutError in the task that still waits after it."""

    __slots__ = ("_alarms", "_task", "deadline", "rang")

    def __init__(self, alarms: set[Alarm], deadline: float) -> None:
        self.deadline = deadline
        self.rang = False
        self._alarms = alarms  # those that are set now: the hub looks at them

    def __enter__(self) -> Alarm:
        self._task = asyncio.current_task()
        self._alarms.add(self)
        return self

    def ring(self) -> None:
        """Wake whoever waits, once, by cancelling the task."""
        self.rang = True
        self._alarms.discard(self)
        if self._task is not None:
            self._task.cancel()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Set it no more. If it rang, take its cancellation back: `task.uncancel()`.

        That says how many are left. If there is none, a CancelledError becomes a TimeoutError, "too
        late"; what else comes out of the block, goes on.
        """
        self._alarms.discard(self)
        if self.rang and self._task is not None:
            others = self._task.uncancel()
            if not others and kind is asyncio.CancelledError:
                raise TimeoutError("too late")


class Hub:
    """What the drivers of one loop share. All of it runs on that loop."""

    def __init__(
        self,
        handle: Callable[[Request], Any],
        worker: LoopWorker,
        limits: Limits,
        timeouts: Timeouts,
        clock: Callable[[], float],
    ) -> None:
        self.handle, self.worker = handle, worker
        self.limits, self.timeouts, self.clock = limits, timeouts, clock
        self.drivers: dict[Driver, asyncio.Task[None]] = {}  # in the order of their coming
        self.draining = False
        self._alarms: set[Alarm] = set()

    def alarm(self, deadline: float) -> Alarm:
        """One that rings when the clock says `deadline`; it costs no timer of its own."""
        return Alarm(self._alarms, deadline)

    def tick(self) -> None:
        """Ring the alarms whose time has come; and again in a moment, for as long as the loop runs.

        One timer for all: ten thousand connections that wait cost one look at ten thousand numbers.
        """
        asyncio.get_running_loop().call_later(self.timeouts.granularity, self.tick)
        now = self.clock()
        for alarm in [alarm for alarm in self._alarms if alarm.deadline <= now]:
            alarm.ring()

    def welcome(self, sock: socket.socket) -> None:
        """Begin to drive a connection."""
        room = len(self.drivers) < self.limits.connections or self.make_room()
        try:
            driver = Driver(self, sock)
        except OSError:  # it has gone again
            sock.close()
            return
        self.drivers[driver] = asyncio.get_running_loop().create_task(driver.run(room=room))
        self.drivers[driver].add_done_callback(lambda _: self.drivers.pop(driver))

    def make_room(self) -> bool:
        """Close the first that is between two requests; False when there is none."""
        idle = [driver for driver in self.drivers if driver.talk.phase is Phase.IDLE]
        if idle:
            self.drivers[idle[0]].cancel()
        return bool(idle)

    def closing(self, response: Response) -> Response:
        """While the server stops, each answer is its connection's last."""
        if self.draining:
            response.headers["connection"] = "close"
        return response

    def drop(self) -> None:
        """Close the sockets of whoever is left on a loop that is no more."""
        for driver in self.drivers:
            driver.sock.close()

    async def drain(self) -> None:
        """Answer whoever has asked, for `timeouts.graceful` seconds at most; then cut off the rest.

        Who is IDLE leaves, and who is still FRESH after FRESH_GRACE: by `cancel` of its task.
        """
        self.draining = True
        begun = self.clock()
        while self.drivers and (passed := self.clock() - begun) < self.timeouts.graceful:
            await asyncio.sleep(DRAIN_PACE)
            leaving = (Phase.IDLE, Phase.FRESH) if passed >= FRESH_GRACE else (Phase.IDLE,)
            for driver, task in list(self.drivers.items()):
                if driver.talk.phase in leaving:
                    task.cancel()
        for task in self.drivers.values():
            task.cancel()
        if self.drivers:
            await asyncio.wait(list(self.drivers.values()), timeout=CLEAN_UP)
