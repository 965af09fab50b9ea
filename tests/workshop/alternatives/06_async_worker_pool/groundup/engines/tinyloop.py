"""The tiny loop with a sorted list of timers and one queue of plain functions.

Another design than the solution's: no heap, no numbers, and a timer that is cancelled is taken out.
"""

import logging
import selectors
import time
import types
from bisect import insort
from collections import namedtuple

NEVER = float("inf")
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
log = logging.getLogger("groundup.tinyloop")

Wait = namedtuple("Wait", "sock event deadline", defaults=(None, 0, NEVER))


class Call:
    def __init__(self, loop, moment, function):
        self.loop, self.moment, self.function = loop, moment, function
        self.cancelled = False

    def cancel(self):
        self.cancelled = True
        if self in self.loop.timers:
            self.loop.timers.remove(self)


class Loop:
    def __init__(self, clock=time.monotonic, selector=None):
        self.clock, self.tasks = clock, set()
        self.timers, self.queue = [], []
        self.selector = selector or selectors.DefaultSelector()

    def call_soon(self, function):
        self.queue.append(Call(self, 0, function))

    def call_at(self, moment, function):
        call = Call(self, moment, function)
        insort(self.timers, call, key=lambda timer: timer.moment)
        return call

    def watch(self, sock, event, function):
        self.selector.register(sock, event, function)

    def unwatch(self, sock):
        self.selector.unregister(sock)

    def patience(self):
        if self.queue:
            return 0
        return max(0, self.timers[0].moment - self.clock()) if self.timers else None

    def turn(self):
        for key, _ in self.selector.select(self.patience()):
            self.call_soon(key.data)
        now = self.clock()
        due = [timer for timer in self.timers if timer.moment <= now]
        self.timers = [timer for timer in self.timers if timer.moment > now]
        now_ready, self.queue = [*self.queue, *due], []
        for call in now_ready:
            if not call.cancelled:
                call.function()

    def spawn(self, coroutine):
        return Task(self, coroutine)

    def run(self):
        while self.tasks:
            self.turn()

    async def sleep(self, seconds):
        await wait(Wait(deadline=self.clock() + seconds))


class Task:
    def __init__(self, loop, coroutine):
        self.loop, self.coroutine = loop, coroutine
        self.over = lambda: None
        loop.tasks.add(self)
        loop.call_soon(lambda: self.step(None))

    def step(self, news):
        request = None
        try:
            request = self.coroutine.send(news)
        except StopIteration:
            pass
        except Exception:
            log.exception("a task has failed")
        if request is None:
            self.loop.tasks.discard(self)
        else:
            self.park(request)

    def park(self, request):
        undo = []
        if request.sock is not None:
            self.loop.watch(request.sock, request.event, lambda: self.wake(True))
            undo.append(lambda: self.loop.unwatch(request.sock))
        if request.deadline != NEVER:
            undo.append(self.loop.call_at(request.deadline, lambda: self.wake(False)).cancel)
        self.over = lambda: [call() for call in undo]

    def wake(self, ready):
        self.over()
        self.step(ready)


@types.coroutine
def wait(request):
    return (yield request)


async def ready(sock, event, deadline=NEVER):
    if not await wait(Wait(sock, event, deadline)):
        raise TimeoutError("too late")


async def recv(sock, size, deadline=NEVER):
    await ready(sock, READ, deadline)
    return sock.recv(size)


async def send_all(sock, data, deadline=NEVER):
    while data:
        await ready(sock, WRITE, deadline)
        data = data[sock.send(data) :]


async def accept(listener):
    while True:
        await ready(listener, READ)
        try:
            client, _ = listener.accept()
        except OSError:
            continue
        client.setblocking(False)
        return client
