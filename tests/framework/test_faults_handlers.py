"""Handlers that block, hang, raise or answer nonsense, and streams that break: who else notices?

Nobody else should, and the client itself gets an answer, or sees that there is none to come.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextlib import ExitStack, suppress

import pytest
from faultkit import ENGINES, all_closed, figure, p99, to_the_end
from program import answer, ask, connect, get
from serving import serving

from groundup import App, Response
from groundup.request import buffered
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts

ALL = ("serial", *ENGINES)
HANGING = 8  # handlers that hang: fewer than any engine has threads for them
ROUNDS, EACH = 5, 150


def app_with(release: threading.Event) -> App:
    """Handlers that hang until they are released, each in its own way, and one that answers."""
    app = App()

    @app.get("/")
    async def hello(request):
        return "hello"

    @app.get("/sync")
    def sync(request):
        return "hello"

    @app.get("/hangs")
    def hangs(request):
        release.wait(30)
        return "at last"

    @app.get("/hangs-async")
    async def hangs_async(request):
        while not release.is_set():
            await asyncio.sleep(0.05)
        return "at last"

    @app.get("/hangs-stream")
    def hangs_stream(request):
        def parts():
            yield b"one"
            release.wait(30)
            yield b"two"

        return StreamingResponse(parts())

    @app.get("/raises")
    def raises(request):
        raise RuntimeError("as ordered")

    @app.get("/nonsense")
    def nonsense(request):
        return object()

    return app


def alternate(one, other, target: str, count: int) -> tuple[list[float], list[float]]:
    """Ask both in turn: whatever the machine does besides, it does to both."""
    took: tuple[list[float], list[float]] = ([], [])
    with connect(one) as first, connect(other) as second:
        for _ in range(count):
            for sock, seconds in ((first, took[0]), (second, took[1])):
                begin = time.perf_counter()
                ask(sock, target)
                assert answer(sock) == (200, b"hello")
                seconds.append(time.perf_counter() - begin)
    return took


@pytest.mark.parametrize("target", ["/", "/sync"])
@pytest.mark.parametrize("mode", ENGINES)
def test_handlers_that_hang_slow_nobody_else_down(mode, target):
    release = threading.Event()
    app = app_with(release)
    with serving(mode, app) as calm, serving(mode, app) as hurt, all_closed([]) as hanging:
        for number in range(HANGING):
            hanging.append(connect(hurt.address))
            ask(hanging[-1], ("/hangs", "/hangs-async", "/hangs-stream")[number % 3])
        ratios = []
        for _ in range(ROUNDS):
            others, theirs = alternate(calm.address, hurt.address, target, EACH)
            ratios.append(p99(theirs) / p99(others))
        release.set()
        for sock in hanging:
            assert sock.recv(12) == b"HTTP/1.1 200"
    ratio = min(ratios)  # a busy machine adds to some of them, a handler that blocks to all
    figure(f"{HANGING} hung handlers", mode, f"others' p99, {target}", ratio, 2.0, "times")


@pytest.mark.parametrize("target", ["/raises", "/nonsense"])
@pytest.mark.parametrize("mode", ALL)
def test_a_handler_that_fails_costs_its_client_a_500_and_nothing_else(mode, target, caplog):
    caplog.set_level(logging.CRITICAL, "groundup")
    with serving(mode, app_with(threading.Event())) as served, connect(served.address) as sock:
        for _ in range(30):
            ask(sock, target)
            assert answer(sock)[0] == 500
            ask(sock)
            assert answer(sock) == (200, b"hello"), "on the same connection"


@pytest.mark.parametrize("mode", ENGINES)
def test_others_do_not_notice_handlers_that_fail(mode, caplog):
    caplog.set_level(logging.CRITICAL, "groundup")
    app = app_with(threading.Event())
    with serving(mode, app) as calm, serving(mode, app) as hurt:
        ended = threading.Event()

        def fail() -> None:
            with connect(hurt.address) as sock:
                while not ended.wait(0.005):  # some in each round
                    for target in ("/raises", "/nonsense"):
                        ask(sock, target)
                        assert answer(sock)[0] == 500

        failing = threading.Thread(target=fail)
        failing.start()
        ratios = []
        for _ in range(ROUNDS):
            others, theirs = alternate(calm.address, hurt.address, "/", EACH)
            ratios.append(p99(theirs) / p99(others))
        ended.set()
        failing.join()
    ratio = min(ratios)  # as above
    figure("handlers that raise", mode, "others' p99", ratio, 2.0, "times")


@pytest.mark.parametrize("mode", ENGINES)
def test_a_handler_that_blocks_its_event_loop_stops_no_more_than_that_loop(mode):
    """Against the rule: it is async and blocks. Of a pool one worker stands still, not four."""
    app = App()
    release, blocked = threading.Event(), threading.Event()

    @app.get("/")
    async def hello(request):
        return "hello"

    @app.get("/blocks")
    async def blocks(request):
        blocked.set()
        release.wait(30)
        return "at last"

    with ExitStack() as stack:
        served = stack.enter_context(serving(mode, app))
        sockets = [stack.enter_context(connect(served.address)) for _ in range(8)]
        for sock in sockets:
            ask(sock)
            assert answer(sock) == (200, b"hello")
        ask(sockets[0], "/blocks")
        assert blocked.wait(10)
        answered = 0
        for sock in sockets[1:]:
            ask(sock)
            sock.settimeout(0.5)
            with suppress(TimeoutError):
                answered += answer(sock)[0] == 200
            if mode == "protocol":
                break  # none of them will be
        release.set()
    least = {"protocol": 0, "pool": 6, "threads": 7}[mode]
    figure("an async handler that blocks", mode, "of 7 not answered", 7 - answered, 7 - least, "")


@pytest.mark.parametrize("mode", ALL)
def test_a_plain_function_in_place_of_an_app_may_fail_as_well(mode, caplog):
    caplog.set_level(logging.CRITICAL, "groundup")

    def handle(request):
        if request.target == "/nonsense":
            return object()
        if request.target == "/raises":
            raise RuntimeError("as ordered")
        return Response("hello")

    with serving(mode, buffered(handle)) as served:
        assert get(served.address, "/nonsense")[0] == 500
        assert get(served.address, "/raises")[0] == 500
        with connect(served.address) as sock:
            sock.sendall(b"POST /raises HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n")
            sock.sendall(b"ab")
            assert answer(sock)[0] == 500
        assert get(served.address) == (200, b"hello")


BREAKING = App()
ORDERED = RuntimeError("as ordered")


@BREAKING.get("/sync")
def breaks(request):
    def parts():
        yield b"one "
        raise ORDERED

    return StreamingResponse(parts())


@BREAKING.get("/async")
async def breaks_async(request):
    async def parts():
        yield b"one "
        raise ORDERED

    return StreamingResponse(parts())


@BREAKING.get("/nonsense")
async def breaks_by_nonsense(request):
    return StreamingResponse([b"one ", object()])


@BREAKING.get("/length")
async def breaks_a_promise(request):
    async def parts():
        yield b"one "
        raise ORDERED

    return StreamingResponse(parts(), length=100)


@pytest.mark.parametrize("target", ["/sync", "/async", "/nonsense", "/length"])
@pytest.mark.parametrize("mode", ALL)
def test_a_stream_that_breaks_has_no_end_and_its_connection_has_one(mode, target, caplog):
    caplog.set_level(logging.CRITICAL, "groundup")
    with serving(mode, BREAKING) as served, connect(served.address) as sock:
        begin = time.monotonic()
        ask(sock, target)
        data = to_the_end(sock)
        seconds = time.monotonic() - begin
        head, _, body = data.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert body == (b"one " if target == "/length" else b"4\r\none \r\n")
        figure("a generator that raises", mode, "connection closed after", seconds, 1.0)
        assert get(served.address, "/none")[0] == 404


@pytest.mark.parametrize("mode", ALL)
def test_a_broken_stream_that_only_the_end_would_end_is_reset(mode, caplog):
    caplog.set_level(logging.CRITICAL, "groundup")
    with serving(mode, BREAKING) as served, connect(served.address) as sock:
        sock.sendall(b"GET /async HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            while sock.recv(65536):
                pass


@pytest.mark.parametrize("mode", ALL)
def test_a_handler_that_takes_too_long_is_answered_for(mode):
    app = App()

    @app.get("/waits")
    async def waits(request):
        await asyncio.sleep(20)

    with serving(mode, app, timeouts=Timeouts(handler=0.2)) as served:
        begin = time.monotonic()
        assert get(served.address, "/waits")[0] == 503
        seconds = time.monotonic() - begin
        figure("a handler past its deadline", mode, "503 after", seconds, 1.2)
