"""Task 8.3: a response at its reader's pace (`engines.delivery.Delivery.run`)."""

import asyncio
import logging
import socket
import threading

import pytest

from groundup.engines.pool import WorkerPool
from groundup.files import FilePart
from groundup.response import Response
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("8.3")

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
PATIENCE = 1.5  # seconds that a test waits for what happens at once


class Watched:
    """A generator's life: how many pieces were made, and whether it was closed."""

    def __init__(self, pieces, after=None):
        self.pieces, self.after = pieces, after
        self.made = 0
        self.closed = threading.Event()

    def plain(self):
        try:
            for piece in self.pieces:
                self.made += 1
                yield piece
            if self.after is not None:
                raise self.after
        finally:
            self.closed.set()

    async def later(self):
        try:
            for piece in self.pieces:
                self.made += 1
                yield piece
            if self.after is not None:
                raise self.after
        finally:
            self.closed.set()

    def expect_closed(self, when):
        kit.expect_that(
            self.closed.wait(PATIENCE),
            want=f"the generator is closed, {when}",
            got="it stands still for ever, with whatever it has open",
        )


QUICK = Timeouts(half_closed=0.05)


def served(make, timeouts=QUICK):
    return kit.serve(app=lambda request: make(), timeouts=timeouts)


@pytest.mark.parametrize("kind", ["plain", "later"])
def test_pieces_go_out_as_chunks(kind):
    watched = Watched(["one", b"", b"two"])
    with served(lambda: StreamingResponse(getattr(watched, kind)())) as server:
        client = server.connect()
        client.send(GET)
        reply = client.read_response()
        kit.expect(reply.body, b"onetwo", "both pieces, for a stream of 'one', b'', b'two'")
        kit.expect(reply.header("transfer-encoding"), "chunked", "in chunks")
        kit.expect_that(
            reply.header("date"), "a Date, as `dated(fields)` gives every response", reply.headers
        )
        watched.expect_closed("at its end")
        client.send(GET)
        client.read_response()


def test_a_declared_length_goes_out_as_content_length():
    with served(lambda: StreamingResponse([b"he", b"llo"], length=5)) as server:
        client = server.connect()
        client.send(GET)
        reply = client.read_response()
        kit.expect(reply.header("content-length"), "5", "Content-Length for length=5")
        kit.expect(reply.body, b"hello", "the bytes as they are")


def test_a_piece_goes_out_before_the_next_one_is_made():
    go_on = threading.Event()

    def two():
        yield b"first"
        go_on.wait(PATIENCE)
        yield b"second"

    with served(lambda: StreamingResponse(two())) as server:
        client = server.connect()
        client.send(GET)
        kit.did("the generator stands still after its first piece")
        client.recv_until(b"5\r\nfirst\r\n")
        go_on.set()
        client.recv_until(b"0\r\n\r\n")


@pytest.mark.parametrize("kind", ["plain", "later"])
def test_for_head_no_piece_is_made_and_the_stream_is_closed(kind):
    watched = Watched([b"x"])
    closed = threading.Event()

    class Counted(StreamingResponse):
        def close(self):
            closed.set()
            super().close()

    with served(lambda: Counted(getattr(watched, kind)(), length=1)) as server:
        client = server.connect()
        client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
        head = client.recv_until(b"\r\n\r\n")
        kit.expect_that(b"content-length: 1\r\n" in head, "the length of the GET", head)
        kit.expect(watched.made, 0, "pieces made for a HEAD")
        if kind == "plain":
            kit.expect_that(closed.wait(PATIENCE), "close(), though it was never begun")


def test_a_file_goes_out_as_its_bytes(tmp_path):
    (tmp_path / "film").write_bytes(b"0123456789")
    with (tmp_path / "film").open("rb", buffering=0) as file:
        part = FilePart(file, 2, 5)
        with served(lambda: StreamingResponse([part], length=5)) as server:
            client = server.connect()
            client.send(GET)
            kit.did("a stream of one FilePart: five bytes of an open file")
            kit.expect(client.read_response().body, b"23456", "what `parts` makes of the piece")


def test_a_stream_whose_head_cannot_be_written_is_answered(caplog):
    caplog.set_level(logging.CRITICAL, logger="groundup")
    closed = threading.Event()

    class Refused(StreamingResponse):
        def close(self):
            closed.set()

    with served(lambda: Refused(["x"], headers={"Content-Length": "abc"})) as server:
        client = server.connect()
        client.send(GET)
        kit.did("a stream with the field Content-Length: abc: `start_response` raises")
        kit.expect(
            client.read_response().status_code,
            500,
            "the status",
            why="no byte of a response has gone out: there is nothing to break off",
        )
    kit.expect_that(closed.is_set(), "the stream is closed, though it was never begun")


BLOCK = b"x" * 65536
MANY = 1600  # 100 MiB


def test_a_stream_that_is_let_go_of_is_not_cancelled_any_more():
    begun, cleaned = threading.Event(), threading.Event()
    release = asyncio.Event()

    async def careful():
        try:
            while True:
                yield BLOCK
        finally:
            begun.set()
            await release.wait()
            cleaned.set()

    async def handle(request):
        if request.target == "/":
            return StreamingResponse(careful())
        try:
            await asyncio.sleep(3600)
        finally:  # it has been cancelled, and the stream as well
            release.set()
            await asyncio.sleep(0.05)

    timeouts = Timeouts(half_closed=0.05, graceful=0.1)
    with kit.serve(app=handle, engine=WorkerPool, num_workers=1, timeouts=timeouts) as server:
        one, other = server.connect("A"), server.connect("B")
        one.send(GET)
        one.recv_exactly(1000)
        other.send(b"GET /waits HTTP/1.1\r\nHost: a\r\n\r\n")
        one.close()
        kit.expect_that(begun.wait(PATIENCE), "A has left: its generator is closed")
        kit.did("A's generator awaits something in its finally; the server stops, and cancels")
        server.stop()
    kit.expect_that(
        cleaned.is_set(),
        want="the generator's finally comes to its end",
        got="it was cancelled there",
        why="a cancellation goes through whatever is awaited, unless that is shielded",
    )


@pytest.mark.parametrize("kind", ["plain", "later"])
def test_a_reader_that_does_not_read_stops_the_generator(kind):
    watched = Watched([BLOCK] * MANY)
    with served(lambda: StreamingResponse(getattr(watched, kind)())) as server:
        client = socket.create_connection(server.address, PATIENCE)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(GET)
        kit.did("ask for 100 MiB, made by a generator, and read nothing")
        other = server.connect()
        kit.did("B sends one HEAD after the other, until no piece is made meanwhile")
        seen = -1
        while seen != watched.made:  # it makes no progress during three whole requests
            seen = watched.made
            for _ in range(3):
                other.socket.sendall(GET.replace(b"GET", b"HEAD"))
                other.recv_until(b"\r\n\r\n")
        kit.expect_that(
            watched.made < MANY // 4,
            want="it has made what the socket's buffers hold, and then stands still",
            got=f"{watched.made * 64 // 1024} MiB were made, which nobody reads",
            why="memory is bounded by the reader's window, not by the body",
        )
        client.close()
        watched.expect_closed("when its client has left")


@pytest.mark.parametrize("kind", ["plain", "later"])
@pytest.mark.parametrize("length", [None, 100], ids=["chunks", "length"])
def test_a_stream_that_fails_never_looks_complete(kind, length, caplog):
    caplog.set_level(logging.CRITICAL, logger="groundup")
    watched = Watched([b"half"], RuntimeError("the secret"))

    def make():
        return StreamingResponse(getattr(watched, kind)(), length=length)

    with served(make) as server:
        client = server.connect()
        client.send(GET)
        kit.did("the generator raises after its first piece")
        raw = b""
        sock = client.socket
        try:
            while data := sock.recv(65536):
                raw += data
        except ConnectionError:
            pass
        kit.expect_that(b"half" in raw, "the piece that was made", raw)
        kit.expect_that(not raw.endswith(b"0\r\n\r\n"), "no last chunk", raw)
        kit.expect_that(b"secret" not in raw and b"500" not in raw, "nothing behind it", raw)
        watched.expect_closed("when it has failed")


LIKE_AN_END = "an orderly end would be the end of the body: what was sent would look complete"


def end_of(sock):
    """How a connection ends, for its client."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionError:
        return "a reset"
    return "an orderly end"


def test_to_http_1_0_an_end_that_is_none_is_a_reset(caplog):
    caplog.set_level(logging.CRITICAL, logger="groundup")
    watched = Watched([b"half"], RuntimeError("x"))
    with served(lambda: StreamingResponse(watched.plain())) as server:
        client = server.connect()
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        kit.did("HTTP/1.0: the end of the connection is the end of the body; the generator raises")
        kit.expect(end_of(client.socket), "a reset", "how the connection ends", why=LIKE_AN_END)


def test_to_http_1_0_a_stream_that_is_cut_off_is_a_reset_too():
    async def endless():
        while True:
            yield b"tick"
            await asyncio.sleep(0.01)

    timeouts = Timeouts(graceful=0.1)
    with served(lambda: StreamingResponse(endless()), timeouts) as server:
        client = server.connect()
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        client.recv_until(b"tick")
        kit.did("HTTP/1.0, an endless stream, and the server stops: it cancels what is left")
        server.stop()
        kit.expect(end_of(client.socket), "a reset", "how the connection ends", why=LIKE_AN_END)


def test_more_than_was_declared_is_cut_off(caplog):
    caplog.set_level(logging.CRITICAL, logger="groundup")
    watched = Watched([b"12345", b"678"])
    with served(lambda: StreamingResponse(watched.plain(), length=5)) as server:
        client = server.connect()
        client.send(GET + GET)
        kit.did("length=5, and the generator makes 8 bytes")
        raw = client.recv_all()
        kit.expect_that(raw.endswith(b"\r\n\r\n12345"), "five bytes, and the end", raw[-40:])
        watched.expect_closed("when it has broken its promise")


@pytest.mark.parametrize("kind", ["plain", "later"])
def test_who_leaves_is_noticed(kind):
    def endless():
        while True:
            yield BLOCK

    watched = Watched(endless())
    with served(lambda: StreamingResponse(getattr(watched, kind)())) as server:
        client = server.connect()
        client.send(GET)
        client.recv_exactly(100_000)
        kit.did("leave in the middle of an endless stream")
        client.close()
        watched.expect_closed("when its client has left")


def test_who_takes_nothing_any_more_is_cut_off():
    watched = Watched([BLOCK] * MANY)
    with served(lambda: StreamingResponse(watched.plain()), timeouts=Timeouts(write=0.2)) as server:
        client = socket.create_connection(server.address, PATIENCE)
        client.sendall(GET)
        kit.did("ask for 100 MiB and read nothing, for longer than Timeouts(write=0.2)")
        watched.expect_closed("when its reader has taken nothing for too long")
        client.close()


def test_a_stream_in_a_thread_leaves_the_loop_free():
    go_on = threading.Event()

    def waits():
        yield b"begun"
        go_on.wait(PATIENCE)

    def handle(request):
        if request.target == "/waits":
            return StreamingResponse(waits())
        return Response(b"at once")

    with kit.serve(app=handle, engine=WorkerPool, num_workers=1) as server:
        one, other = server.connect("A"), server.connect("B")
        one.send(b"GET /waits HTTP/1.1\r\nHost: a\r\n\r\n")
        one.recv_until(b"begun")
        kit.did("A's generator waits inside next(); there is one event loop")
        other.send(GET)
        kit.expect(other.read_response().body, b"at once", "B is answered meanwhile")
        go_on.set()
