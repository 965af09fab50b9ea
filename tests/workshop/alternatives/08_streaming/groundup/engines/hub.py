"""All connections of a loop. Alarms lie in a wheel: in one box are those of the same moment.

Another design than the solution's, whose hub looks at every alarm each time. Here it opens the
boxes whose moment has come, and no other.
"""

import asyncio
from collections import defaultdict

from groundup.engines.httpprotocol import Driver
from groundup.engines.phases import Phase
from groundup.timeouts import NEVER

BOX = 0.001  # seconds


class Alarm:
    def __init__(self, boxes, deadline):
        self.rang, self.deadline, self._boxes = False, deadline, boxes
        self._key = deadline if deadline == NEVER else int(deadline / BOX)

    def __enter__(self):
        self._task = asyncio.current_task()
        self._boxes[self._key].add(self)
        return self

    def take_back(self):
        box = self._boxes.get(self._key, set())
        box.discard(self)
        if not box:
            self._boxes.pop(self._key, None)

    def ring(self):
        self.rang = True
        self.take_back()
        self._task.cancel()

    def __exit__(self, kind, error, where):
        self.take_back()
        if not self.rang:
            return
        if self._task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise TimeoutError("the time is over") from None


class Hub:
    def __init__(self, handle, worker, limits, timeouts, clock):
        self.handle, self.worker = handle, worker
        self.limits, self.timeouts, self.clock = limits, timeouts, clock
        self.drivers = {}
        self.draining = False
        self._boxes = defaultdict(set)

    def alarm(self, deadline):
        return Alarm(self._boxes, deadline)

    def tick(self):
        now = self.clock()
        for key in sorted(key for key in self._boxes if key * BOX <= now):
            for alarm in [alarm for alarm in self._boxes.get(key, ()) if alarm.deadline <= now]:
                alarm.ring()
        asyncio.get_running_loop().call_later(self.timeouts.granularity, self.tick)

    def welcome(self, sock):
        full = len(self.drivers) >= self.limits.connections and not self.make_room()
        try:
            driver = Driver(self, sock)
        except OSError:
            sock.close()
            return
        task = asyncio.ensure_future(driver.run(room=not full))
        self.drivers[driver] = task
        task.add_done_callback(lambda _: self.drivers.pop(driver))

    def make_room(self):
        for driver, task in self.drivers.items():
            if driver.talk.phase is Phase.IDLE:
                return task.cancel()
        return False

    def closing(self, response):
        if self.draining:
            response.headers["connection"] = "close"
        return response

    def drop(self):
        for driver in self.drivers:
            driver.sock.close()

    async def drain(self):
        self.draining = True
        end, polite = self.clock() + self.timeouts.graceful, self.clock() + 1
        for driver in [*self.drivers]:
            driver.stop()
        while self.drivers and self.clock() < end:
            await asyncio.sleep(0.02)
            for driver, task in [*self.drivers.items()]:
                fresh = driver.talk.phase is Phase.FRESH and self.clock() >= polite
                if fresh or driver.talk.phase is Phase.IDLE:
                    task.cancel()
        rest = [*self.drivers.values()]
        for task in rest:
            task.cancel()
        if rest:
            await asyncio.wait(rest, timeout=1)
