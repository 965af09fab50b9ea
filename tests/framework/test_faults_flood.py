"""Too many: connections beyond the limit, and beyond what the system has descriptors for."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from pathlib import Path

import pytest
from faultkit import (
    ENGINES,
    all_closed,
    cpu_seconds,
    descriptors,
    figure,
)  # fmt: skip
from program import FRAMEWORK, answer, ask, connect, eventually, get, script, some
from serving import serving

from groundup import App, Limits

LIMIT = 40
app = App()


@app.get("/")
async def hello(request):
    return "hello"


@app.get("/hold")
async def hold(request):
    await asyncio.sleep(0.3)
    return "held"


class Client(threading.Thread):
    """One of the flood: connects, asks, and notes what came and how long after."""

    def __init__(self, address, together: threading.Barrier) -> None:
        super().__init__(daemon=True)
        self.address, self.together = address, together
        self.status = 0
        self.seconds = 0.0
        self.trouble = ""

    def run(self) -> None:
        self.together.wait(30)
        begin = time.monotonic()
        try:
            with connect(self.address) as sock:
                ask(sock, "/hold")
                self.status, _ = answer(sock)
                self.seconds = time.monotonic() - begin
                self.together.wait(30)  # nobody makes room for another
        except OSError as error:
            self.trouble = repr(error)
            self.together.wait(30)


@pytest.mark.parametrize("mode", ENGINES)
def test_of_a_flood_each_is_answered_or_told_within_a_second_that_there_is_no_room(mode):
    with serving(mode, app, limits=Limits(connections=LIMIT)) as served:
        together = threading.Barrier(3 * LIMIT)
        clients = [Client(served.address, together) for _ in range(3 * LIMIT)]
        for client in clients:
            client.start()
        for client in clients:
            client.join(60)
        assert get(served.address) == (200, b"hello"), "the flood is over"
    troubles = [client.trouble for client in clients if client.trouble]
    figure("flood, 3 × the limit", mode, "without any answer", len(troubles), 0, "clients")
    statuses = [client.status for client in clients]
    assert set(statuses) <= {200, 503}
    assert statuses.count(503) > 0, "there was room for all: this is no flood"
    assert statuses.count(200) >= LIMIT // 2
    late = max(client.seconds for client in clients if client.status == 503)
    figure("flood, 3 × the limit", mode, "the latest 503 after", late, 1.0)


@pytest.mark.parametrize("mode", ENGINES)
def test_idle_connections_make_room_for_those_who_ask(mode):
    with serving(mode, app, limits=Limits(connections=LIMIT)) as served, all_closed([]) as idle:
        for _ in range(3 * LIMIT):
            idle.append(connect(served.address))
            ask(idle[-1])
            assert answer(idle[-1]) == (200, b"hello")


# A process may have so many descriptors; what is left of them for connections are about 40.
EXHAUSTED = f"""
import resource, sys
sys.path[:0] = [{str(FRAMEWORK)!r}, {str(Path(__file__).parent)!r}]
from groundup.timeouts import Timeouts
from lifeapp import app
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
app.run(port=0, mode=sys.argv[1], timeouts=Timeouts(header=60))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("mode", ENGINES)
def test_without_descriptors_it_rests_and_serves_again_as_soon_as_there_are_some(mode, tmp_path):
    (tmp_path / "main.py").write_text(EXHAUSTED)
    with script(tmp_path / "main.py", mode) as server:
        server.listening()
        assert server.get()[0] == 200
        with all_closed([connect(server.address) for _ in range(100)]) as held:
            for sock in held:  # a head has begun: nobody may send these away
                sock.sendall(b"GET / HTTP/1.1\r\nHost")
            eventually(lambda: descriptors(server.pid) >= 64)
            before, begin = cpu_seconds(server.pid), time.monotonic()
            time.sleep(1.0)  # the time that is measured
            busy = (cpu_seconds(server.pid) - before) / (time.monotonic() - begin)
            figure("no descriptor left", mode, "processor used meanwhile", 100 * busy, 20, "%")
            assert not server.ended
            for sock in held:
                sock.close()
            seconds = eventually(lambda: get_or_nothing(server) == 200, 10)
            figure("no descriptor left", mode, "serving again after", seconds, 1.0)


def get_or_nothing(server) -> int:
    """The status of an answer; 0 where there was none."""
    try:
        return server.get()[0]
    except OSError:
        return 0


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("mode", ENGINES)
def test_without_descriptors_those_who_idle_make_room_for_those_who_ask(mode, tmp_path):
    (tmp_path / "main.py").write_text(EXHAUSTED)
    with script(tmp_path / "main.py", mode) as server, all_closed([]) as idle:
        server.listening()
        latest = 0.0
        for _ in range(100):
            begin = time.monotonic()
            idle.append(connect(server.address))
            ask(idle[-1])
            assert answer(idle[-1])[0] == 200
            latest = max(latest, time.monotonic() - begin)
        assert descriptors(server.pid) >= 60, "it has not been exhausted at all"
        figure("no descriptor left, all idle", mode, "the latest answer after", latest, 1.0)


@pytest.mark.parametrize("handler", ["async", "plain"])
def test_of_what_is_pipelined_no_more_is_read_than_can_be_answered_soon(handler):
    """A loop reads up to 256 KiB at a time, which may be more than it answers in a turn."""
    app, held = App(), list[int]()

    def look() -> str:
        held.extend(one._connection.buffered for one in list(served.engine._hub.protocols))
        return "hello"

    @app.get("/async")
    async def at_once(request):
        return look()

    app.get("/plain")(look)
    request = f"GET /{handler} HTTP/1.1\r\nHost: a\r\nPad: {'x' * 4000}\r\n\r\n".encode()
    with serving("protocol", app) as served, connect(served.address) as sock:
        sending = threading.Thread(target=sock.sendall, args=(request * 2000,))
        sending.start()
        answers = b""
        while answers.count(b"hello") < 2000:
            answers += some(sock)
        sending.join()
    assert max(held) < 640 << 10, f"{max(held):,} bytes were held of one client"
