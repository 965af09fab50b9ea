"""Task 8.5: a request's body, piece by piece (`engines.delivery.Upload.read`)."""

import queue
import select
import socket
import threading
from contextlib import suppress

import pytest

from groundup.app import App
from groundup.errors import ProtocolError
from groundup.limits import Limits
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("8.5")

HEAD = b"POST /up HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PATIENCE = 1.5  # seconds that a test waits for what happens at once


def shop():
    """A route that reads a stream, one whose handler is plain, one that wants all of it."""
    app = App()

    @app.post("/up", stream_body=True)
    async def up(request):
        parts = [part async for part in request.stream()]
        return {"size": sum(map(len, parts)), "text": b"".join(parts)[:20].decode("latin-1")}

    @app.post("/plain", stream_body=True)
    def plain(request):
        return str(sum(len(part) for part in request.stream()))

    @app.post("/whole")
    async def whole(request):
        return request.body

    return app


BODIES = [
    (HEAD + b"Content-Length: 5\r\n\r\nhello", b'{"size":5,"text":"hello"}'),
    (CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b'{"size":5,"text":"hello"}'),
    (HEAD + b"Content-Length: 0\r\n\r\n", b'{"size":0,"text":""}'),
    (HEAD.replace(b"/up", b"/plain") + b"Content-Length: 5\r\n\r\nhello", b"5"),
    (HEAD.replace(b"/up", b"/whole") + b"Content-Length: 5\r\n\r\nhello", b"hello"),
]


@pytest.mark.parametrize(
    ("raw", "want"), BODIES, ids=["length", "chunks", "empty", "plain handler", "whole"]
)
def test_a_body_is_read_to_its_end(raw, want):
    with kit.serve(app=shop().handle) as server:
        for split in (len(raw), len(raw) - 3):
            client = server.connect()
            client.send(raw[:split])
            client.send(raw[split:] + b"GET /nobody HTTP/1.1\r\nHost: a\r\n\r\n")
            kit.expect(client.read_response().body, want, "what the handler made of the body")
            kit.expect(client.read_response().status_code, 404, "and the next request follows")


def test_a_part_is_there_before_the_next_one_is_sent():
    seen, go_on = [], threading.Event()
    app = App()

    @app.post("/up", stream_body=True)
    async def up(request):
        async for part in request.stream():
            seen.append(part)
            go_on.set()
        return "done"

    with kit.serve(app=app.handle) as server:
        client = server.connect()
        client.send(CHUNKED + b"5\r\nfirst\r\n")
        kit.did("send the first chunk, and wait")
        kit.expect_that(go_on.wait(PATIENCE), "the handler has it", "it waits for the whole body")
        kit.expect(b"".join(seen), b"first", "the part that was sent")
        client.send(b"0\r\n\r\n")
        kit.expect(client.read_response().body, b"done", "the end of the body ends the loop")


def test_who_waits_for_a_100_gets_it_when_somebody_reads():
    read = threading.Event()
    app = App()

    @app.post("/up", stream_body=True)
    def up(request):
        read.wait(PATIENCE)
        return str(sum(len(part) for part in request.stream()))

    with kit.serve(app=app.handle) as server:
        client = server.connect()
        client.send(HEAD + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        client.socket.settimeout(0.15)
        with suppress(TimeoutError):
            early = client.socket.recv(1)
            kit.expect_that(False, "no byte before the handler reads", early)
        client.socket.settimeout(PATIENCE)
        read.set()
        kit.did("it asked with Expect: 100-continue, and now the handler begins to read")
        got = b""
        with suppress(TimeoutError):
            got = client.socket.recv(len(CONTINUE))
        kit.expect(got, CONTINUE, "the 100 that the client waits for before it sends its body")
        client.send(b"hello")
        kit.expect(client.read_response().body, b"5", "the body, sent after the 100")


def test_a_client_is_held_up_by_a_handler_that_does_not_read():
    go_on = threading.Event()
    app = App()

    @app.post("/up", stream_body=True)
    def up(request):
        go_on.wait(PATIENCE)
        return "enough"

    with kit.serve(app=app.handle) as server:
        client = socket.create_connection(server.address, PATIENCE)
        client.sendall(HEAD + b"Content-Length: 200000000\r\n\r\n")
        client.settimeout(0.3)
        sent = 0
        with suppress(TimeoutError):
            while sent < 100_000_000:
                sent += client.send(b"x" * 65536)
        go_on.set()
        client.close()
        kit.expect_that(
            sent < 50_000_000,
            want="the kernel's buffers fill, and then the client has to wait",
            got=f"{sent >> 20} MiB were taken, which nobody reads",
        )


def test_a_body_longer_than_limits_body_can_be_streamed():
    size = 3_000_000
    with kit.serve(app=shop().handle, limits=Limits(body=1000)) as server:
        client = server.connect()
        client.send(HEAD + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
        kit.expect_that(
            b'"size":3000000' in client.read_response().body, "three million bytes, streamed"
        )
        client.send(HEAD.replace(b"/up", b"/whole") + b"Content-Length: 1001\r\n\r\n")
        kit.expect(client.read_response().status_code, 413, "and 413 where all of it would be held")


def test_a_body_that_breaks_off_is_no_body():
    outcome = []
    app = App()

    @app.post("/up", stream_body=True)
    async def up(request):
        try:
            async for _ in request.stream():
                pass
            outcome.append("an end")
        except Exception as error:
            outcome.append(type(error))
        return "all is well"

    with kit.serve(app=app.handle) as server:
        client = server.connect()
        client.send(CHUNKED + b"5\r\nfirst\r\n")
        client.half_close()
        kit.did("send one chunk, no last one, and close")
        raw = client.recv_all()
        kit.expect_that(b"200 OK" not in raw, "no 200, whatever the handler makes of it", raw)
    kit.expect(outcome, [ProtocolError], "what the handler's loop is told")


def test_nonsense_in_the_middle_is_refused_whatever_the_handler_does():
    app = App()

    @app.post("/up", stream_body=True)
    async def up(request):
        with suppress(Exception):
            async for _ in request.stream():
                pass
        return "all is well"

    with kit.serve(app=app.handle) as server:
        client = server.connect()
        client.send(CHUNKED + b"5\r\nfirst\r\nzz\r\n")
        kit.did("a chunk, and then a size that is none; the handler swallows the error")
        kit.expect(client.read_response().status_code, 400, "400, and the end")


def test_a_body_that_trickles_is_too_slow_and_a_slow_handler_is_not():
    timeouts = Timeouts(min_body_rate=1000, rate_grace=0.2)
    go_on = threading.Event()
    app = App()

    @app.post("/up", stream_body=True)
    def up(request):
        if request.headers.get("x-slow"):
            go_on.wait(0.5)  # longer than the grace: it is not the client who is slow
        return str(sum(len(part) for part in request.stream()))

    with kit.serve(app=app.handle, timeouts=timeouts) as server:
        client = server.connect()
        client.send(HEAD + b"Content-Length: 50\r\n\r\n12345")
        kit.did("Timeouts(min_body_rate=1000, rate_grace=0.2): send 5 of 50 bytes")
        kit.expect(client.read_response().status_code, 408, "408: the body came too slowly")
        client = server.connect()
        client.send(HEAD + b"X-Slow: yes\r\nContent-Length: 5\r\n\r\nhello")
        kit.expect(client.read_response().body, b"5", "its whole body was there in time")


def test_a_body_that_trickles_on_and_on_is_too_slow_too():
    clock, timeouts = kit.Clock(), Timeouts(min_body_rate=1000, rate_grace=5.0, header=0.1)
    parts = queue.SimpleQueue()
    app = App()

    @app.post("/up", stream_body=True)
    async def up(request):
        async for part in request.stream():
            parts.put(part)

    with kit.serve(app=app.handle, timeouts=timeouts, clock=clock) as server:
        client = server.connect()
        client.send(HEAD + b"Content-Length: 50\r\n\r\n")
        kit.did("rate_grace=5: a byte, three seconds, a byte, three seconds, and so on")
        answered = False
        for _ in range(10):
            client.socket.sendall(b"x")
            parts.get(timeout=PATIENCE)
            clock.advance(3)
            answered, _, _ = select.select([client], [], [], 0.05)
            if answered:
                break
        kit.expect_that(
            answered,
            want="a 408 after some of them",
            got="ten bytes in 30 seconds, and the body may go on like this",
            why="the clock begins with the body, once; each part that began it anew would buy time",
        )
        kit.expect(client.read_response().status_code, 408, "what it is told")


def test_the_time_of_a_handler_that_does_something_else_does_not_count():
    clock, timeouts = kit.Clock(), Timeouts(min_body_rate=1000, rate_grace=5.0, header=0.1)
    read, go_on = threading.Event(), threading.Event()
    app = App()

    @app.post("/up", stream_body=True)
    def up(request):
        size = 0
        for part in request.stream():
            size += len(part)
            read.set()
            go_on.wait(PATIENCE)
        return str(size)

    with kit.serve(app=app.handle, timeouts=timeouts, clock=clock) as server:
        client = server.connect()
        client.send(HEAD + b"Content-Length: 10\r\n\r\n12345")
        read.wait(PATIENCE)
        kit.did("rate_grace=5: the handler has 5 of 10 bytes, and does something else for a minute")
        clock.advance(60)
        go_on.set()
        client.socket.settimeout(0.3)  # a clock that ran on has time to ring
        with suppress(TimeoutError):
            early = client.socket.recv(100)
            kit.expect_that(False, "no answer yet: it is not the client who was slow", early)
        client.socket.settimeout(PATIENCE)
        client.send(b"67890")
        kit.expect(client.read_response().body, b"10", "the rest, which came at once")
