"""What serial and threads promise alike: answers that come in pieces, or are awaited.

Each stream is let go exactly once, whatever becomes of it; a client that leaves ends what works
for it.
"""

from __future__ import annotations

import asyncio
import random
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from rawclient import PATIENCE, RawClient
from serving import serving

from groundup import App, Request, Response
from groundup.engines import wire
from groundup.files import FilePart
from groundup.streaming import Streamed, StreamingResponse
from groundup.timeouts import Timeouts

SHORT = 0.2  # seconds of a deadline that a test lets pass


@pytest.fixture(params=["serial", "threads"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# Answers that come in pieces.


class Watched(StreamingResponse):
    """A stream that tells how often it was closed."""

    __slots__ = ("closed",)

    def __init__(self, content: Any, **options: Any) -> None:
        super().__init__(content, **options)
        self.closed: list[str] = []

    def close(self) -> None:
        self.closed.append(threading.current_thread().name)
        super().close()


def pieces() -> Iterator[bytes]:
    yield from (b"one ", b"", b"two")


@pytest.mark.parametrize("ask", ["GET", "HEAD"])
@pytest.mark.parametrize("length", [None, 7, 6, 9])
def test_a_stream_is_closed_once_whatever_becomes_of_it(mode, ask, length):
    made: list[Watched] = []

    def handle(request: Request) -> Response:
        made.append(Watched(pieces(), length=length))
        return made[-1]

    with serving(mode, handle) as served, RawClient(served.address) as client:
        client.get(method=ask)
        if ask == "HEAD" or length in (None, 7):
            assert client.answer(ask).body == (b"" if ask == "HEAD" else b"one two")
        else:
            with pytest.raises((EOFError, ConnectionError)):
                client.answer(ask)
    assert [len(stream.closed) for stream in made] == [1]


def test_a_head_takes_nothing_from_a_stream(mode):
    def handle(request: Request) -> Response:
        return StreamingResponse(iter(bytes, b"no end"))

    with serving(mode, handle) as served, RawClient(served.address) as client:
        assert client.ask(method="HEAD").status == 200
        assert client.ask(method="HEAD").status == 200


def test_a_generator_that_raises_after_a_piece_is_visibly_cut_off(mode):
    def breaks() -> Iterator[bytes]:
        yield b"one"
        raise RuntimeError("as ordered")

    with serving(mode, lambda request: StreamingResponse(breaks())) as served:
        with RawClient(served.address) as client:
            assert client.get().rest().endswith(b"3\r\none\r\n"), "no last chunk, and no reset"
        with RawClient(served.address) as client, pytest.raises(ConnectionError):
            client.send(b"GET / HTTP/1.0\r\n\r\n").answer()  # its body ends with the connection


async def slow_pieces(let_go: threading.Event) -> AsyncIterator[bytes]:
    try:
        for number in range(1000):
            yield b"%d " % number
            await asyncio.sleep(0.005)
    finally:
        let_go.set()


def test_an_async_stream_is_sent_and_let_go_when_its_client_leaves(mode):
    let_go = threading.Event()
    with (
        serving(mode, lambda request: StreamingResponse(slow_pieces(let_go))) as served,
        RawClient(served.address) as client,
    ):
        client.get().until(b"2 ")
        client.reset()
        assert let_go.wait(PATIENCE), "the generator must be closed at once"


def test_an_async_handler_is_answered_and_cancelled_when_its_client_leaves(mode):
    cancelled = threading.Event()
    app = App()

    @app.get("/<int:steps>")
    async def handler(steps: int) -> str:
        try:
            for _ in range(steps):
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return "awaited"

    with (
        serving(mode, app, timeouts=Timeouts(half_closed=PATIENCE)) as served,
        RawClient(served.address) as client,
    ):
        assert client.ask("/3").body == b"awaited"
        client.get("/3").socket.shutdown(socket.SHUT_WR)
        assert client.answer().body == b"awaited", "who has half closed still listens"
    with serving(mode, app, timeouts=Timeouts(half_closed=0.05)) as served:
        with RawClient(served.address) as client:
            client.get("/100000").socket.shutdown(socket.SHUT_WR)
            assert cancelled.wait(PATIENCE)
        cancelled.clear()
        with RawClient(served.address) as client:
            client.get("/100000").reset()
            assert cancelled.wait(PATIENCE)
        with RawClient(served.address) as client:
            assert client.ask("/1").body == b"awaited", "the next one is served"


def test_an_async_handler_that_takes_too_long_is_a_503(mode):
    async def handle(request: Request) -> Response:
        await asyncio.sleep(PATIENCE if request.target == "/slow" else 0)
        return Response("hello")

    with serving(mode, handle, timeouts=Timeouts(handler=SHORT)) as served:
        with RawClient(served.address) as client:
            late = client.ask("/slow")
            assert (late.status, late.fields["retry-after"]) == (503, "1")
            assert client.ended
        with RawClient(served.address) as client:
            assert client.ask().body == b"hello"


class Blob(Streamed):
    """Part of a file as the only piece."""

    __slots__ = ()

    def __init__(self, part: FilePart, length: int | None) -> None:
        super().__init__(b"")
        self.chunks, self.length, self.blocking = iter([part]), length, True


@pytest.mark.parametrize("by_kernel", [True, False])
@pytest.mark.parametrize("length", [6_000_000, None])
def test_a_part_of_a_file_arrives_whole(mode, tmp_path, monkeypatch, length, by_kernel):
    if not by_kernel:
        monkeypatch.setattr(wire.Wire, "has_sendfile", False)
    content = random.Random(1).randbytes(7_000_000)
    (tmp_path / "file").write_bytes(content)

    def handle(request: Request) -> Response:
        return Blob(FilePart(open(tmp_path / "file", "rb", buffering=0), 100, 6_000_000), length)

    with serving(mode, handle) as served, RawClient(served.address) as client:
        assert client.ask().body == content[100:6_000_100]
        assert client.ask().body == content[100:6_000_100]


def test_a_reader_that_takes_nothing_is_cut_off(mode):
    ended = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield bytes(65536)
        finally:
            ended.set()

    timeouts = Timeouts(write=SHORT)
    with (
        serving(mode, lambda request: StreamingResponse(endless()), timeouts=timeouts) as served,
        RawClient(served.address) as client,
    ):
        client.get()
        assert ended.wait(PATIENCE)
