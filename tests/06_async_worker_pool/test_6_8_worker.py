"""Task 6.8: a thread that is a loop (`engines.pool.AsyncWorker.adopt`, `._serve`)."""

import asyncio
import selectors
import socket
import threading

import pytest
from loops import PATIENCE, Pause, body_of, bury, echo, eventually, get, hub_of

from groundup.engines.hub import Hub
from groundup.engines.pool import AsyncWorker
from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = [kit.task("6.8"), pytest.mark.usefixtures(bury.__name__)]

# Its hub looks at the clock once a second.
SLACK = Timeouts(header=10, body=30, write=None, keep_alive=75, half_closed=8, linger=8)


class Staff:
    """A worker, and clients whose connections it is given."""

    def __init__(self, handle=echo, **given):
        self.hubs = []

        def make_hub():
            self.hubs.append(hub_of(handle, **given))
            return self.hubs[-1]

        self.worker = AsyncWorker("worker-7", make_hub)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._clients = []

    def __enter__(self):
        kit.did("start a worker")
        self.worker.start()
        return self

    def __exit__(self, *_):
        self.worker.stop()
        self._listener.close()
        for client in self._clients:
            client.abandon()
            client.free()
        self.worker.thread.join(PATIENCE)

    def connected(self):
        """A client, and the server's end of its connection."""
        client = kit.Client(self._listener.getsockname()[:2])
        self._clients.append(client)
        sock, _ = self._listener.accept()
        sock.setblocking(False)
        return client, sock

    def connect(self):
        """A client whose connection the worker has adopted."""
        client, sock = self.connected()
        kit.expect(self.worker.adopt(sock), True, "what adopt() says")
        return client


def test_a_connection_that_it_adopts_is_answered():
    with Staff() as staff:
        kit.expect(body_of(get(staff.connect(), "/one")), "/one", "the answer")


def test_its_handlers_run_in_its_own_thread():
    def where(request):
        return Response(threading.current_thread().name)

    with Staff(where) as staff:
        kit.expect(body_of(get(staff.connect(), "/")), "worker-7", "the thread of the handler")


def test_the_hub_is_made_on_the_loop():
    with Staff() as staff:
        kit.expect(len(staff.hubs), 1, "the hubs that were made")
    kit.expect_raises(
        RuntimeError,
        asyncio.get_running_loop,
        want="no loop runs in the thread that has started it",
    )


def test_a_loop_that_sleeps_is_woken(monkeypatch):
    monkeypatch.setattr(Hub, "tick", lambda hub: None)
    with Staff() as staff:
        for number in range(3):
            kit.did("the loop sleeps, with no timer to wake it; a connection is adopted")
            answer = body_of(get(staff.connect(), f"/{number}"))
            kit.expect(answer, f"/{number}", "the answer")


def test_it_sleeps_while_there_is_nothing_to_do(monkeypatch):
    calls = []

    class Counting(selectors.DefaultSelector):
        """It counts how often somebody waits."""

        def select(self, timeout=None):
            calls.append(timeout)
            return super().select(timeout)

    monkeypatch.setattr(selectors, "DefaultSelector", Counting)
    with Staff(timeouts=SLACK) as staff:
        body_of(get(staff.connect(), "/"))
        before = len(calls)
        threading.Event().wait(0.2)
        turns = len(calls) - before
    kit.expect_that(before, "the loop waits by a selector", "it never did")
    kit.expect_that(
        turns < 10,
        "the loop hardly turns in 0.2 s in which nothing happens",
        "it turns on and on",
        why="nobody asks again and again: whoever has something for a loop wakes it",
    )


def test_deadlines_are_looked_at_from_the_start():
    with Staff(timeouts=Timeouts(header=0.1, linger=0.1)) as staff:
        client = staff.connect()
        client.send(b"GET / HT")
        kit.expect(client.read_response().status_code, 408, "half a head, header=0.1")


def test_when_told_to_stop_it_finishes_what_has_begun():
    pause = Pause()
    with Staff(pause) as staff:
        client = get(staff.connect(), "/hold")
        pause.holds()
        kit.did("stop() while a handler waits")
        staff.worker.stop()
        eventually(lambda: staff.hubs[0].draining or pause.ended)
        kit.did("its loop has heard of it; the handler goes on")
        pause.go()
        kit.expect(body_of(client), "/hold", "the answer")
        client.close()
        staff.worker.thread.join(PATIENCE)
        kit.expect(staff.worker.thread.is_alive(), False, "whether its thread still runs")


class Plain:
    """A handle that runs plain functions in the executor."""

    async def __call__(self, request):
        return Response(await request.run_in_executor(str, "from a thread"))


def test_at_the_end_its_executor_is_closed():
    with Staff(Plain()) as staff:
        kit.expect(body_of(get(staff.connect(), "/")), "from a thread", "the answer")
        staff.worker.stop()
        staff.worker.thread.join(PATIENCE)

        async def call():
            return await staff.hubs[0].worker.run(int)

        kit.expect_raises(
            RuntimeError, lambda: asyncio.run(call()), want="its executor takes no more calls"
        )


def exit_now(request):
    if request.target == "/exit":
        raise SystemExit("I have had enough")
    return echo(request)


@pytest.mark.filterwarnings("ignore")
def test_one_that_is_lost_says_so():
    with Staff(exit_now) as staff:
        client = get(staff.connect(), "/exit")
        kit.did("its handler calls sys.exit(): the thread ends")
        staff.worker.thread.join(PATIENCE)
        client.expect_closed()
        _, sock = staff.connected()
        with sock:
            kit.expect(staff.worker.adopt(sock), False, "what adopt() says from then on")


def test_one_that_has_ended_says_so():
    with Staff() as staff:
        staff.worker.stop()
        staff.worker.thread.join(PATIENCE)
        _, sock = staff.connected()
        with sock:
            kit.expect(staff.worker.adopt(sock), False, "what adopt() says after the end")


def test_a_loop_that_is_closed_and_not_known_to_be_is_no_surprise(monkeypatch):
    def closed(loop, *_, **__):
        raise RuntimeError("Event loop is closed")

    with Staff() as staff:
        _, sock = staff.connected()
        with sock, monkeypatch.context() as patch:
            kit.did("the loop has just been closed: call_soon_threadsafe raises RuntimeError")
            patch.setattr(asyncio.BaseEventLoop, "call_soon_threadsafe", closed)
            kit.expect(staff.worker.adopt(sock), False, "what adopt() says")
    eventually(lambda: not staff.worker.thread.is_alive())
