"""Too slow: heads and bodies that trickle, readers that do not read, peers that say nothing more.

Deadlines are short here, and each is waited for as a client sees it: by the end of its connection.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from faultkit import ENGINES, Bystander, all_closed, figure, narrow, resident, until_closed
from program import answer, ask, connect, eventually, get
from serving import serving

from groundup import App
from groundup.files import FileResponse
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts

SHORT = Timeouts(
    header=0.6, body=0.8, min_body_rate=500.0, rate_grace=0.4, write=0.4, keep_alive=0.4,
    linger=0.2, half_closed=0.2,
)  # fmt: skip
MANY = 150
EVERY = 0.1  # seconds between two bytes of those who trickle
HEAD = b"GET / HTTP/1.1\r\nHost: a\r\nX: "
BODY = b"POST /%b HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"
CHUNKS = b"POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
ALL = ("serial", *ENGINES)

app = App()
produced = [0]  # bytes that the endless stream has given
BLOCK = bytes(65536)
MOST = 64 << 20  # bytes after which it would end


@app.get("/")
async def hello(request):
    return "hello"


@app.post("/whole")
async def whole(request):
    return str(len(request.body))


@app.post("/stream", stream_body=True)
async def stream(request):
    return str(sum([len(part) async for part in request.stream()]))


@app.post("/sync-stream", stream_body=True)
def sync_stream(request):
    return str(sum(len(part) for part in request.stream()))


def endless():
    while produced[0] < MOST:
        produced[0] += len(BLOCK)
        yield BLOCK


@app.get("/endless")
def endless_blocks(request):
    return StreamingResponse(endless())


@app.get("/endless-async")
async def endless_async(request):
    async def blocks():
        for block in endless():
            yield block

    return StreamingResponse(blocks())


@app.get("/large")
async def large(request):
    return bytes(8 << 20)


def trickle(sockets, pieces: Callable[[], bytes], ended: threading.Event) -> None:
    """Send a little on each of them, again and again; those that are closed are left alone."""
    while not ended.wait(EVERY):
        for sock in sockets:
            with suppress(OSError):
                sock.sendall(pieces())


def attacked(mode: str, fault: str, first: bytes, pieces: Callable[[], bytes], most: float) -> None:
    """150 who trickle, and one bystander: nobody may trickle for longer than `most` seconds."""
    ended = threading.Event()
    with serving(mode, app, timeouts=SHORT) as served, Bystander(served.address) as other:
        other.until(5)
        begin = time.monotonic()
        with all_closed([connect(served.address) for _ in range(MANY)]) as slow:
            for sock in slow:
                sock.sendall(first)
            feeder = threading.Thread(target=trickle, args=(slow, pieces, ended))
            feeder.start()
            try:
                ends = [until_closed(sock, begin) for sock in slow]
            finally:
                ended.set()
                feeder.join()
        other.until(5)
    assert all(data.startswith(b"HTTP/1.1 408 ") for _, data in ends), ends[0]
    assert not other.troubles
    figure(fault, mode, "the last is closed after", max(ends)[0], most)
    figure(fault, mode, "the longest without service", other.gap, 1.0)


@pytest.mark.parametrize("mode", ENGINES)
def test_heads_that_trickle_end_at_their_deadline_and_nobody_else_notices(mode):
    attacked(mode, f"slowloris, {MANY} heads", HEAD, lambda: b"a", SHORT.header + 1)


@pytest.mark.parametrize("mode", ENGINES)
def test_bodies_that_trickle_end_by_their_rate_and_nobody_else_notices(mode):
    first = BODY % b"whole"
    attacked(mode, f"slowloris, {MANY} bodies", first, lambda: b"a", SHORT.rate_grace + 1)


@pytest.mark.parametrize("mode", ["protocol", "pool"])
def test_streamed_bodies_that_trickle_end_by_their_rate_and_nobody_else_notices(mode):
    # Not on threads: there a handler that reads a stream has a worker, and there are twenty.
    first, piece = CHUNKS, b"1\r\na\r\n"
    attacked(mode, f"slowloris, {MANY} streams", first, lambda: piece, SHORT.rate_grace + 1)


def feed(sock, data: bytes, seconds: float) -> tuple[float, bytes]:
    """Send the same again and again, until the other side has closed: when, and what it said."""
    begin = time.monotonic()
    ended = threading.Event()
    feeder = threading.Thread(target=trickle, args=([sock], lambda: data, ended))
    feeder.start()
    try:
        return until_closed(sock, begin)
    finally:
        ended.set()
        feeder.join()


@pytest.mark.parametrize("mode", ALL)
@pytest.mark.parametrize("target", [b"stream", b"sync-stream"])
def test_a_stream_that_trickles_is_cut_off_while_its_handler_reads(mode, target):
    with serving(mode, app, timeouts=SHORT) as served, connect(served.address) as sock:
        sock.sendall(BODY % target)
        seconds, data = feed(sock, b"a", 2.0)
        assert data.startswith(b"HTTP/1.1 408 ")
        figure("a trickling stream", mode, "closed after", seconds, SHORT.rate_grace + 1)
        assert get(served.address)[0] == 200


@pytest.mark.parametrize("mode", ALL)
def test_a_body_that_is_fast_enough_but_never_ends_has_a_deadline_in_total(mode):
    quick = BODY % b"whole"
    quick = quick.replace(b"1000", b"1000000")
    with serving(mode, app, timeouts=SHORT) as served, connect(served.address) as sock:
        sock.sendall(quick)
        seconds, data = feed(sock, bytes(500), 3.0)
        assert data.startswith(b"HTTP/1.1 408 ")
        assert seconds > 0.6, "it came fast enough, so it had its whole time"
        figure("a body that never ends", mode, "closed after", seconds, SHORT.body + 1)


@pytest.mark.parametrize("mode", ALL)
def test_a_head_and_its_body_together_have_a_deadline_of_their_own_if_one_is_set(mode):
    capped = App(timeouts=Timeouts(header=20, body=20, rate_grace=20), read_timeout=0.6)
    capped.post("/whole")(whole)
    with serving(mode, capped, timeouts=capped.timeouts) as served:
        with connect(served.address) as sock:
            sock.sendall(BODY % b"whole")
            seconds, data = feed(sock, b"a", 2.0)
            assert data.startswith(b"HTTP/1.1 408 ")
            figure("read_timeout, a body", mode, "closed after", seconds, 1.6)
        with connect(served.address) as sock:
            sock.sendall(b"POST /whole HTTP/1.1\r\nHost: a\r\nX: ")
            seconds, data = feed(sock, b"a", 2.0)
            assert data.startswith(b"HTTP/1.1 408 ")
            figure("read_timeout, a head", mode, "closed after", seconds, 1.6)


@pytest.mark.parametrize("mode", ALL)
@pytest.mark.parametrize("target", ["/endless", "/endless-async"])
def test_a_reader_that_does_not_read_stops_the_producer_and_is_cut_off(mode, target):
    produced[0] = 0
    with serving(mode, app, timeouts=SHORT) as served, narrow(served.address) as sock:
        before = resident() if sys.platform == "linux" else 0.0
        begin = time.monotonic()
        ask(sock, target)
        # The time that it may stall, and one that a busy machine may need.
        other = connect(served.address)
        ask(other)
        assert answer(other) == (200, b"hello"), "serial: its turn comes when the other is cut off"
        eventually(lambda: gone(served, sock), 10)
        seconds = time.monotonic() - begin
        after = resident() if sys.platform == "linux" else 0.0
        other.close()
    figure("a reader that stops", mode, "cut off after", seconds, SHORT.write + 1)
    taken = produced[0] / 2**20
    figure("a reader that stops", mode, "taken from the stream", taken, 8, "MiB")
    figure("a reader that stops", mode, "memory moved by", after - before, 8, "MiB")


def gone(served, sock) -> bool:
    """Whether the server has closed this connection: its kernel has no socket for the peer."""
    mine, server = f":{sock.getsockname()[1]:04X}", f":{served.address[1]:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1].endswith(server) and fields[2].endswith(mine) and fields[3] == "01":
            return False
    return True


@pytest.mark.parametrize("mode", ALL)
@pytest.mark.parametrize("ending", [b"", b"Connection: close\r\n"], ids=["kept", "last"])
def test_a_reader_that_is_slow_but_goes_on_gets_all_of_it(mode, ending):
    with serving(mode, app, timeouts=SHORT) as served, narrow(served.address, 65536) as sock:
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n" + ending + b"\r\n")
        got, begin = 0, time.monotonic()
        while got < 8 << 20 and (part := sock.recv(1 << 16)):
            got += len(part)
            time.sleep(0.008)  # slow: 128 times this is more than twice the deadline
        assert got >= 8 << 20, f"cut off after {got} bytes"
        assert time.monotonic() - begin > 2 * SHORT.write


@pytest.mark.parametrize("mode", ALL)
def test_one_that_pipelines_and_never_reads_is_cut_off(mode):
    with serving(mode, app, timeouts=SHORT) as served, narrow(served.address) as sock:
        sock.settimeout(0.2)
        begin = time.monotonic()
        request = b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"
        with suppress(OSError):
            while time.monotonic() - begin < 10:
                sock.sendall(request * 1000)
        eventually(lambda: gone(served, sock), 10)
        figure("pipelines and never reads", mode, "cut off after", time.monotonic() - begin, 2.5)
        assert get(served.address)[0] == 200


@pytest.mark.parametrize("mode", ALL)
def test_a_file_that_nobody_reads_is_closed_again(mode, tmp_path):
    (tmp_path / "large").write_bytes(bytes(8 << 20))
    closed = threading.Event()

    class Noticed(FileResponse):
        __slots__ = ()

        def close(self):
            super().close()
            closed.set()

    files = App()
    files.get("/file")(lambda: Noticed(tmp_path / "large"))
    with serving(mode, files, timeouts=SHORT) as served, narrow(served.address) as sock:
        ask(sock, "/file")
        begin = time.monotonic()
        assert closed.wait(10)
        seconds = time.monotonic() - begin
        figure("a file that nobody reads", mode, "closed after", seconds, SHORT.write + 1)


@pytest.mark.parametrize("mode", ALL)
def test_a_silent_peer_is_let_go_without_a_word(mode):
    with serving(mode, app, timeouts=SHORT) as served:
        with connect(served.address) as sock:
            seconds, data = until_closed(sock, time.monotonic())
            assert data == b""
            figure("half-open, before a byte", mode, "closed after", seconds, SHORT.header + 1)
        with connect(served.address) as sock:
            ask(sock)
            assert answer(sock)[0] == 200
            seconds, data = until_closed(sock, time.monotonic())
            assert data == b""
            figure("half-open, kept alive", mode, "closed after", seconds, SHORT.keep_alive + 1)


@pytest.mark.parametrize("mode", ALL)
def test_one_that_will_send_no_more_still_gets_its_answers(mode):
    with serving(mode, app, timeouts=SHORT) as served, connect(served.address) as sock:
        ask(sock)
        ask(sock, "/large")
        sock.shutdown(1)
        _, data = until_closed(sock, 0)
        first, second, third = data.split(b"HTTP/1.1 200 OK\r\n")
        assert first == b"" and second.endswith(b"\r\n\r\nhello")
        assert len(third.partition(b"\r\n\r\n")[2]) == 8 << 20


@pytest.mark.parametrize("mode", ALL)
def test_one_that_has_closed_its_side_is_waited_for_as_long_as_it_takes_something(mode):
    slow = App()

    @slow.get("/")
    async def root(request):
        async def parts():
            for _ in range(8):
                yield b"part"
                await asyncio.sleep(0.05)  # all of it is twice `half_closed`

        return StreamingResponse(parts())

    with serving(mode, slow, timeouts=SHORT) as served, connect(served.address) as sock:
        ask(sock)
        sock.shutdown(1)
        _, data = until_closed(sock, 0)
        assert data.count(b"part") == 8 and data.endswith(b"0\r\n\r\n")
