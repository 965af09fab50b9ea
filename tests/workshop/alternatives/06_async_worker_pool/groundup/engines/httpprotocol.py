"""One connection by the loop's own `sock_recv`, and sends that wait for room by `add_writer`.

Another design than the solution's: no streams and no transport; what is read ahead while a handler
works is read by a callback, and not by a task.
"""

import asyncio
import inspect
import socket
from contextlib import suppress

from groundup.engines.talk import Talk
from groundup.errors import HTTPException, ProtocolError
from groundup.server import log, refusal, respond
from groundup.timeouts import after

SIZE = 1 << 16


def new_talk(hub, sock):
    try:
        return Talk(hub.limits, hub.timeouts, hub.clock, sock.getpeername()[:2])
    except OSError:
        return None


class Driver:
    def __init__(self, hub, talk, sock):
        self.hub, self.talk, self.sock = hub, talk, sock
        self.loop = asyncio.get_running_loop()

    async def live(self, full):
        try:
            with suppress(OSError):
                if full:
                    raise_full = HTTPException(503, "too many connections", {"retry-after": "1"})
                    await self.send(refusal(self.talk.connection, raise_full))
                else:
                    await self.converse()
                await self.linger()
        finally:
            self.sock.close()

    async def converse(self):
        connection = self.talk.connection
        while not connection.must_close:
            try:
                request = await self.next_request()
            except ProtocolError as error:
                log.info("refused: %s", error)
                await self.send(refusal(connection, error))
                return
            if request is None:
                raise ConnectionError("it has left, or said nothing")
            await self.send(await self.answer(request))
            await asyncio.sleep(0)

    async def next_request(self):
        while True:
            request = self.talk.next_request()
            if request is not None or self.talk.connection.must_close:
                return request
            await self.send(self.talk.connection.send_continue())
            try:
                with self.hub.alarm(self.talk.deadline):
                    data = await self.loop.sock_recv(self.sock, SIZE)
            except TimeoutError:
                error = self.talk.overdue
                if error is None:
                    return None
                raise error from None
            self.talk.receive(data)

    async def send(self, data):
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self.sock.send(rest) :]
            except BlockingIOError:
                with self.hub.alarm(after(self.hub.timeouts.write, self.hub.clock())):
                    await self.room()

    async def room(self):
        ready = self.loop.create_future()
        self.loop.add_writer(self.sock, lambda: ready.done() or ready.set_result(None))
        try:
            await ready
        finally:
            self.loop.remove_writer(self.sock)

    async def answer(self, request):
        request.worker = self.hub.worker
        made, error = None, None
        try:
            made = self.hub.handle(request)
            if inspect.isawaitable(made):
                made = await self._awaited(made)
        except Exception as caught:
            error = caught

        def given(_):
            if error is not None:
                raise error
            if self.hub.draining:
                made.headers["connection"] = "close"
            return made

        return respond(self.talk.connection, given, request)

    async def _awaited(self, work):
        timers = self._watch(asyncio.current_task())
        try:
            return await work
        finally:
            self.loop.remove_reader(self.sock)
            for timer in timers:
                timer.cancel()

    def _watch(self, task):
        ahead, timers = [0], []

        def readable():
            try:
                data = self.sock.recv(SIZE)
            except BlockingIOError:
                return
            except OSError:
                self.loop.remove_reader(self.sock)
                task.cancel()
                return
            ahead[0] += len(data)
            if data:
                self.talk.receive(data)
            else:
                timers.append(self.loop.call_later(self.hub.timeouts.half_closed, task.cancel))
            if not data or ahead[0] > self.hub.limits.pipeline_bytes:
                self.loop.remove_reader(self.sock)

        self.loop.add_reader(self.sock, readable)
        return timers

    async def linger(self):
        self.sock.shutdown(socket.SHUT_WR)
        with self.hub.alarm(after(self.hub.timeouts.linger, self.hub.clock())):
            for _ in range(16):
                if not await self.loop.sock_recv(self.sock, SIZE):
                    return
