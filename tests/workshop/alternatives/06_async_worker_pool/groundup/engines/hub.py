"""All connections of a loop, and one heap of alarms: the earliest is the first to be looked at.

Another design than the solution's, whose hub looks at every alarm each time.
"""

import asyncio
import heapq
import itertools

from groundup.engines.httpprotocol import Driver, new_talk
from groundup.engines.phases import Phase

DRAIN_PACE = 0.02


class Alarm:
    def __init__(self):
        self.is_set = self.rang = False

    def __enter__(self):
        self.is_set, self.task = True, asyncio.current_task()

    def ring(self):
        if self.is_set:
            self.is_set, self.rang = False, True
            self.task.cancel()

    def __exit__(self, kind, error, _):
        self.is_set = False
        if self.rang and self.task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise TimeoutError("too late") from None


class Hub:
    def __init__(self, handle, worker, limits, timeouts, clock):
        self.handle, self.worker = handle, worker
        self.limits, self.timeouts, self.clock = limits, timeouts, clock
        self.drivers = {}
        self.draining = False
        self._alarms = []
        self._numbers = itertools.count()

    def alarm(self, deadline):
        alarm = Alarm()
        heapq.heappush(self._alarms, (deadline, next(self._numbers), alarm))
        return alarm

    def tick(self):
        asyncio.get_running_loop().call_later(self.timeouts.granularity, self.tick)
        now = self.clock()
        while self._alarms and (self._alarms[0][0] <= now or not self._alarms[0][2].is_set):
            heapq.heappop(self._alarms)[2].ring()

    def welcome(self, sock):
        talk = new_talk(self, sock)
        if talk is None:
            sock.close()
            return
        full = len(self.drivers) >= self.limits.connections and not self.make_room()
        task = asyncio.get_running_loop().create_task(Driver(self, talk, sock).live(full))
        self.drivers[task] = talk, sock
        task.add_done_callback(self.drivers.pop)

    def make_room(self):
        for task, (talk, _) in self.drivers.items():
            if talk.phase is Phase.IDLE:
                return task.cancel()
        return False

    def drop(self):
        for _, sock in self.drivers.values():
            sock.close()

    async def drain(self):
        self.draining, start = True, self.clock()
        while self.drivers:
            await asyncio.sleep(DRAIN_PACE)
            passed = self.clock() - start
            for task, (talk, _) in list(self.drivers.items()):
                fresh = talk.phase is Phase.FRESH and passed >= 1
                if fresh or talk.phase is Phase.IDLE:
                    task.cancel()
            if passed >= self.timeouts.graceful:
                break
        tasks = list(self.drivers)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1)
