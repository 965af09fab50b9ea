"""Clients that vanish with a reset, at each phase of a request: nothing stays, nobody notices.

And clocks that jump: the one on the wall, which no deadline may look at, and the one that they do.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable

import pytest
from faultkit import ENGINES, descriptors, figure, narrow, reset
from program import answer, ask, connect, eventually, get, some
from serving import serving

from groundup import App
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts

ALL = ("serial", *ENGINES)
LENGTH = b"POST /%b HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"
TIMES = 10  # resets of each kind


class Scene:
    """An application whose handlers and streams say how they ended."""

    def __init__(self, files) -> None:
        self.begun = 0
        self.ended = 0
        self.app = App()
        self.app.get("/")(lambda: "hello")
        self.app.static("/files", files)
        (files / "large").write_bytes(bytes(16 << 20))

        @self.app.get("/waits")
        async def waits(request):
            with self:
                await asyncio.sleep(30)

        @self.app.get("/stream")
        def stream(request):
            def parts():
                with self:
                    while True:
                        yield bytes(65536)

            return StreamingResponse(parts())

        @self.app.get("/stream-async")
        async def stream_async(request):
            async def parts():
                with self:
                    while True:
                        yield bytes(65536)

            return StreamingResponse(parts())

        @self.app.get("/silent-stream")
        async def silent_stream(request):
            async def parts():
                with self:
                    yield b"one"
                    await asyncio.sleep(30)
                    yield b"two"

            return StreamingResponse(parts())

        @self.app.post("/whole")
        def whole(request):
            return str(len(request.body))

        @self.app.post("/read", stream_body=True)
        def read(request):
            with self:
                return str(sum(len(part) for part in request.stream()))

        @self.app.post("/read-async", stream_body=True)
        async def read_async(request):
            with self:
                return str(sum([len(part) async for part in request.stream()]))

    def __enter__(self) -> None:
        self.begun += 1

    def __exit__(self, *_: object) -> None:
        self.ended += 1


def begun(scene: Scene, count: int) -> None:
    eventually(lambda: scene.begun >= count)


def after_connecting(sock, scene, before):
    pass


def inside_a_head(sock, scene, before):
    sock.sendall(b"GET / HTTP/1.1\r\nHos")


def inside_a_body(sock, scene, before):
    sock.sendall(LENGTH % b"whole" + bytes(5000))


def inside_a_body_that_is_read(sock, scene, before):
    sock.sendall(LENGTH % b"read" + bytes(5000))
    begun(scene, before + 1)


def inside_a_body_that_is_read_by_a_coroutine(sock, scene, before):
    sock.sendall(LENGTH % b"read-async" + bytes(5000))
    begun(scene, before + 1)


def while_the_handler_waits(sock, scene, before):
    ask(sock, "/waits")
    begun(scene, before + 1)


def with_the_answer_unread(sock, scene, before):
    ask(sock)


def between_two_requests(sock, scene, before):
    ask(sock)
    answer(sock)


def with_pipelined_requests_unread(sock, scene, before):
    for _ in range(50):
        ask(sock, "/files/large")


def inside_a_stream(sock, scene, before):
    ask(sock, "/stream")
    some(sock)


def inside_an_async_stream(sock, scene, before):
    ask(sock, "/stream-async")
    some(sock)


def inside_a_stream_that_only_the_end_of_the_connection_ends(sock, scene, before):
    sock.sendall(b"GET /stream-async HTTP/1.0\r\n\r\n")
    some(sock)


def inside_a_stream_that_is_silent(sock, scene, before):
    ask(sock, "/silent-stream")
    some(sock)


def inside_a_file(sock, scene, before):
    ask(sock, "/files/large")
    some(sock)


def after_the_last_answer(sock, scene, before):
    ask(sock, close=True)
    answer(sock)


def after_a_refusal(sock, scene, before):
    sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
    some(sock)


PHASES: list[Callable] = [
    after_connecting, inside_a_head, inside_a_body, inside_a_body_that_is_read,
    inside_a_body_that_is_read_by_a_coroutine, while_the_handler_waits, with_the_answer_unread,
    between_two_requests, with_pipelined_requests_unread, inside_a_stream, inside_an_async_stream,
    inside_a_stream_that_only_the_end_of_the_connection_ends, inside_a_stream_that_is_silent,
    inside_a_file, after_the_last_answer, after_a_refusal,
]  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="it counts descriptors in /proc")
@pytest.mark.parametrize("mode", ALL)
def test_a_reset_at_any_phase_leaves_nothing_behind(mode, tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    scene = Scene(tmp_path)
    slowest = 0.0
    with serving(mode, scene.app) as served:
        for _ in range(30):  # what is made once is made now: threads, and their loops
            assert get(served.address, "/")[0] == 200
        for phase in PHASES:
            opened = descriptors()
            for _ in range(TIMES):
                before = scene.begun
                sock = narrow(served.address)
                phase(sock, scene, before)
                reset(sock)
            seconds = eventually(lambda: scene.ended == scene.begun, 10)
            left = eventually(lambda o=opened: descriptors() <= o + loops(mode), 10)
            slowest = max(slowest, seconds, left)
            assert get(served.address) == (200, b"hello"), phase.__name__
    figure("a reset at each phase", mode, "handlers and sockets gone after", slowest, 1.0)
    said = [record.getMessage() for record in caplog.records]
    assert not said, "a client that leaves is no error"


def loops(mode: str) -> int:
    """Descriptors that threads may make meanwhile for loops of their own, and keep."""
    return 3 * 20 if mode == "threads" else 3


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.offset = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.offset


@pytest.mark.parametrize("mode", ENGINES)
def test_a_jump_of_the_clock_ends_what_is_overdue_and_nothing_that_runs(mode):
    """As after a night of sleep, on systems whose clock goes on."""
    clock, release, app = Clock(), threading.Event(), App()
    app.get("/")(lambda: "hello")

    @app.get("/hold")
    def hold(request):
        release.wait(30)
        return "held"

    with serving(mode, app, clock=clock) as served:
        idle, head, busy = (connect(served.address) for _ in range(3))
        ask(idle)
        assert answer(idle) == (200, b"hello")
        head.sendall(b"GET / HTTP/1.1\r\nHos")
        ask(busy, "/hold")
        assert get(served.address) == (200, b"hello")  # so all that has been read by now
        begin = time.monotonic()
        clock.offset = 8 * 3600.0
        assert idle.recv(1) == b"", "closed without a word"
        assert answer(head)[0] == 408
        seconds = time.monotonic() - begin
        figure("the clock jumps ahead", mode, "the overdue ended after", seconds, 2.0)
        assert get(served.address) == (200, b"hello")
        release.set()
        assert answer(busy) == (200, b"held"), "what runs is not overdue"
        for sock in (idle, head, busy):
            sock.close()


@pytest.mark.parametrize("mode", ALL)
def test_a_clock_that_goes_back_stops_nothing(mode):
    clock, app = Clock(), App()
    app.get("/")(lambda: "hello")
    with serving(mode, app, clock=clock, timeouts=Timeouts(keep_alive=0.3)) as served:
        assert get(served.address) == (200, b"hello")
        clock.offset = -8 * 3600.0
        with connect(served.address) as sock:
            end = time.monotonic() + 0.3
            while time.monotonic() < end:  # so long that every engine has looked at the clock
                ask(sock)
                assert answer(sock) == (200, b"hello")
            begin = time.monotonic()
            assert sock.recv(1) == b"", "a deadline that was set afterwards is kept"
            figure("the clock jumps back", mode, "idle closed after", time.monotonic() - begin, 1.3)


@pytest.mark.parametrize("mode", ALL)
def test_the_clock_on_the_wall_moves_the_date_and_no_deadline(mode, monkeypatch):
    app = App()
    app.get("/")(lambda: "hello")
    wall, offset = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: wall() + offset[0])
    with serving(mode, app) as served, connect(served.address) as sock:
        for years in (30, -30, 0):
            offset[0] = years * 31556952.0
            this_year = time.gmtime(time.time()).tm_year
            eventually(lambda y=this_year: dated(sock) == y, 5)


def dated(sock) -> int:
    """The year that an answer's Date tells, on a connection that is still the first one."""
    ask(sock)
    data = b""
    while not data.endswith(b"hello"):
        data += some(sock)
    return int(data.lower().partition(b"\r\ndate: ")[2].split()[3])
