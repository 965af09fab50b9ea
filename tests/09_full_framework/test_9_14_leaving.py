"""Task 9.14: too much at a time, and a client that has left (`engines.exchange.Exchange`)."""

import asyncio

from lanes import GET, Lane, echo

from groundup.limits import Limits
from groundup.response import Response
from groundup.streaming import StreamingResponse
from workshop import kit

pytestmark = kit.task("9.14")


class Standing:
    """A handler that stands still until it is let go."""

    def __init__(self):
        self.go, self.cancelled, self.calls = asyncio.Event(), 0, 0

    async def __call__(self, request):
        self.calls += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Response(request.target)


def on_a_loop(story):
    async def main():
        await asyncio.wait_for(story(), 1.5)

    asyncio.run(main())


async def turns(lane):
    for _ in range(300):
        await asyncio.sleep(0)
        lane.loop.turn()


def test_what_nobody_waits_for_is_bounded():
    async def story():
        standing = Standing()
        lane = Lane(standing, limits=Limits(pipeline_bytes=1000), real=asyncio.get_running_loop())
        protocol, transport = lane.connect()
        protocol.data_received(GET % b"/first")
        await turns(lane)
        one, sent = GET % b"/next", 0
        kit.did("Limits(pipeline_bytes=1000); a handler works, and its client sends on and on")
        while transport.reading and sent < 100_000:
            protocol.data_received(one)
            sent += len(one)
        kit.expect_that(
            900 < sent <= 1100,
            want="about 1000 bytes are read, then no more",
            got=f"{sent:,} bytes were read, which nobody has asked for",
            why="or a client pours into your memory whatever it likes, while a handler works",
        )
        standing.go.set()
        await turns(lane)
        kit.expect(transport.reading, True, "whether it is read again, when the handler is done")
        kit.expect(len(transport.statuses), 1 + sent // len(one), "and all that came is answered")

    on_a_loop(story)


def test_a_body_that_is_waited_for_is_no_excess():
    async def reads(request):
        size = 0
        async for part in request.stream():
            size += len(part)
        return Response(str(size))

    def begin(request):
        return reads(request)

    async def story():
        limits = Limits(pipeline_bytes=1000)
        lane = Lane(begin, limits=limits, real=asyncio.get_running_loop())
        protocol, transport = lane.connect()
        protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n")
        await turns(lane)
        kit.did("a handler reads a body of 50,000 bytes, which come 5,000 at a time")
        for _ in range(10):
            protocol.data_received(b"x" * 5000)
            kit.expect(transport.reading, True, "whether its body is read on")
            await turns(lane)
        kit.expect(transport.bodies, ["50000"], "what the handler has counted")

    on_a_loop(story)


def test_a_client_that_has_left_ends_its_handler():
    async def story():
        standing = Standing()
        lane = Lane(standing, real=asyncio.get_running_loop())
        protocol, _transport = lane.connect()
        protocol.data_received(GET % b"/")
        await turns(lane)
        kit.did("its FIN comes while the handler works")
        protocol.eof_received()
        await turns(lane)
        kit.expect(
            standing.cancelled, 0, "cancellations, at once: it may only have closed its side"
        )
        kit.expect(len(lane.loop.timers), 1, "timers that were set, for half_closed seconds")
        kit.did("half_closed seconds pass, and it has taken nothing")
        lane.loop.timers[-1].ring()
        await turns(lane)
        kit.expect(standing.cancelled, 1, "cancellations then")

    on_a_loop(story)


def test_who_only_closes_its_side_gets_its_answer():
    async def story():
        standing = Standing()
        lane = Lane(standing, real=asyncio.get_running_loop())
        protocol, transport = lane.connect()
        protocol.data_received(GET % b"/a")
        await turns(lane)
        protocol.eof_received()
        standing.go.set()
        kit.did("its FIN comes, as of `nc` with a file; the handler is done a moment later")
        await turns(lane)
        kit.expect(transport.bodies, ["/a"], "what it gets")
        kit.expect_that(
            all(timer.cancelled for timer in lane.loop.timers), "and no timer is left behind"
        )

    on_a_loop(story)


def test_who_takes_something_has_not_left():
    async def story():
        pieces, closed = asyncio.Semaphore(0), []

        async def slowly():
            try:
                while True:
                    await pieces.acquire()
                    yield b"piece"
            finally:
                closed.append(True)

        lane = Lane(lambda request: StreamingResponse(slowly()), real=asyncio.get_running_loop())
        protocol, _transport = lane.connect()
        protocol.data_received(GET % b"/download")
        await turns(lane)
        protocol.eof_received()
        kit.did("it has closed its side; a stream goes on, a piece in each half_closed seconds")
        for _ in range(5):
            pieces.release()
            await turns(lane)
            lane.loop.timers[-1].ring()
            await turns(lane)
            kit.expect(closed, [], "whether the stream is ended while it is taken")
        kit.did("now it takes nothing for half_closed seconds")
        lane.loop.timers[-1].ring()
        await turns(lane)
        kit.expect(closed, [True], "whether it is ended then")

    on_a_loop(story)


def test_a_body_that_breaks_off_is_no_body():
    read, faults = [], []

    async def reads(request):
        try:
            async for part in request.stream():
                read.append(part)
        except ConnectionError as error:
            faults.append(error)
            raise
        return Response(b"never")

    async def story():
        lane = Lane(lambda request: reads(request), real=asyncio.get_running_loop())
        protocol, transport = lane.connect()
        protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        await turns(lane)
        protocol.eof_received()
        await turns(lane)
        kit.expect(b"".join(read), b"half", "what the handler has read")
        kit.expect_that(bool(faults) or 200 not in transport.statuses, "and it was told: no 200")
        kit.expect_that(200 not in transport.statuses, "half an upload has no 200", "a 200")

    on_a_loop(story)


def test_on_a_socket():
    with kit.serve(app=echo) as server:
        client = server.connect()
        client.send(GET % b"/a")
        client.half_close()
        kit.expect(
            client.read_response().body, b"/a", "the answer, behind a half-closed connection"
        )
        client.expect_closed()
