"""Task 8.6: the end, in the middle of a stream (`engines.hub.Hub.drain`)."""

import asyncio
import threading
import time

from groundup.engines.pool import WorkerPool
from groundup.sse import Event, EventStream
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("8.6")

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def clock(closed):
    """An event every 10 ms, for ever."""
    try:
        number = 0
        while True:
            yield Event(str(number), id=str(number))
            number += 1
            await asyncio.sleep(0.01)
    finally:
        closed.set()


async def silence(closed):
    """One event, and then nothing for an hour."""
    try:
        yield Event("begun")
        await asyncio.sleep(3600)
    finally:
        closed.set()


def stopped(events, timeouts=None):
    """What a client of an endless stream has read when the server has stopped."""
    closed = threading.Event()
    with kit.serve(app=lambda request: EventStream(events(closed)), timeouts=timeouts) as server:
        client = server.connect()
        client.send(GET)
        client.recv_until(b"data: ")
        server.stop()  # hung, if it takes longer than the kit's patience
        rest = client.recv_all()
    kit.expect_that(closed.is_set(), "the generator is closed", "it is still open")
    return rest


def test_an_endless_stream_ends_with_an_end():
    rest = stopped(clock)
    kit.expect_that(
        rest.endswith(b"\n\n\r\n0\r\n\r\n"),
        want="a whole event, then the last chunk: the stream is complete",
        got=rest[-60:],
        why="the browser comes back with the id of the last event that it has seen",
    )


def test_a_stream_that_is_silent_ends_too():
    rest = stopped(silence)
    kit.expect_that(rest.endswith(b"0\r\n\r\n"), "the last chunk, at once", rest[-60:])


def test_all_streams_end_and_not_the_first_alone():
    def handle(request):
        return EventStream(silence(threading.Event()))

    quick = Timeouts(graceful=1.0)
    with kit.serve(app=handle, engine=WorkerPool, num_workers=1, timeouts=quick) as server:
        clients = [server.connect(name) for name in ("A", "B", "C")]
        for client in clients:
            client.send(GET)
            client.recv_until(b"data: ")
        kit.did("three endless streams on one loop; stop")
        server.engine.stop()
        for client in clients:
            rest = client.recv_all()
            kit.expect_that(rest.endswith(b"0\r\n\r\n"), f"{client.name}: the last chunk", rest)


def test_a_stream_that_does_not_listen_is_cut_off_after_its_time():
    closed = threading.Event()

    async def deaf():
        try:
            while True:
                yield b"tick"
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    timeouts = Timeouts(graceful=0.2)
    with kit.serve(app=lambda request: StreamingResponse(deaf()), timeouts=timeouts) as server:
        client = server.connect()
        client.send(GET)
        client.recv_until(b"tick")
        server.stop()
        rest = client.recv_all()
    kit.expect_that(not rest.endswith(b"0\r\n\r\n"), "a visible break, no last chunk", rest[-40:])
    kit.expect_that(closed.is_set(), "the generator is closed", "it is still open")


def test_a_download_that_has_an_end_comes_to_it():
    begun, go_on = threading.Event(), threading.Event()

    def pieces():
        yield b"first"
        begun.set()
        go_on.wait(1.0)
        yield b"last"

    with kit.serve(app=lambda request: StreamingResponse(pieces())) as server:
        client = server.connect()
        client.send(GET)
        client.recv_until(b"first\r\n")
        begun.wait(1.0)
        kit.did("stop, in the middle of a download")
        server.engine.stop()
        go_on.set()
        kit.expect_that(
            client.recv_all().endswith(b"4\r\nlast\r\n0\r\n\r\n"), "the rest of it, to its end"
        )


def test_a_stream_that_begins_while_the_server_stops_is_told_too():
    closed, go_on = threading.Event(), None
    asked = threading.Event()

    async def handle(request):
        nonlocal go_on
        go_on = asyncio.get_running_loop(), asyncio.Event()
        asked.set()
        await go_on[1].wait()
        return EventStream(clock(closed))

    with kit.serve(app=handle, timeouts=Timeouts(graceful=1.0)) as server:
        client = server.connect()
        client.send(GET)
        asked.wait(1.0)
        kit.did("stop, while the handler still thinks; then it answers with an endless stream")
        server.engine.stop()
        time.sleep(0.1)  # so that drain has begun: a right one is right at any moment
        loop, event = go_on
        loop.call_soon_threadsafe(event.set)
        raw = client.recv_all()
    kit.expect_that(
        raw.endswith(b"0\r\n\r\n"),
        want="the stream ends at once: `draining` is set, and whoever begins one asks for it",
        got=raw[-60:],
    )
