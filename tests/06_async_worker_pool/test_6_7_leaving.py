"""Task 6.7: notice that the client has left (`engines.httpprotocol.Driver._awaited`, `_watch`)."""

import asyncio
import socket
import struct

from loops import echo, on_loop, tcp_pair

from groundup.limits import Limits
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("6.7")

QUICK = Timeouts(half_closed=0.02)


class Held:
    """An async handle that waits until `go`; it notes how each request has ended."""

    def __init__(self):
        self.go, self.ended = asyncio.Event(), []

    async def __call__(self, request):
        how = "answered"
        try:
            if request.target.startswith("/hold"):
                await self.go.wait()
            else:
                await asyncio.sleep(0)
            return echo(request)
        except asyncio.CancelledError:
            how = "cancelled"
            raise
        finally:
            self.ended.append(f"{request.target} {how}")


async def until(condition):
    """Wait until it is so, or long enough."""
    for _ in range(60):
        if condition():
            return True
        await asyncio.sleep(0.005)
    return False


def test_a_handler_may_work_longer_than_any_deadline():
    async def test(world):
        peer = world.connect()
        peer.get("/hold")
        await world.pass_by(1000)
        kit.did("1000 s later the handler returns")
        held.go.set()
        await world.turn()
        return peer.answers()

    held = Held()
    got = on_loop(test, held)
    kit.expect(got, ["200 /hold"], "the answer", why="the alarm of a read ends with that read")


def test_what_a_handler_awaits_is_answered():
    async def test(world):
        peer = world.connect()
        peer.get("/1")
        await world.turn()
        peer.get("/2")
        await world.turn()
        return peer.answers()

    kit.expect(on_loop(test, Held()), ["200 /1", "200 /2"], "the answers")


def leaving(leave, pair=socket.socketpair):
    """How the handler of a client that leaves has ended, and what is left."""
    held = Held()

    async def test(world):
        peer = world.connect(pair)
        peer.get("/hold")
        await world.turn()
        leave(peer)
        await until(lambda: held.ended and not world.hub.drivers)
        return list(held.ended), len(world.hub.drivers), peer

    return on_loop(test, held, timeouts=QUICK)


def test_a_client_that_closes_cancels_its_handler():
    def close(peer):
        kit.did("A closes its connection while the handler waits")
        peer.sock.close()

    ended, left, _ = leaving(close)
    kit.expect(ended, ["/hold cancelled"], "what became of the handler")
    kit.expect(left, 0, "connections that are left", why="a cancellation ends the whole task")


def test_a_client_that_resets_cancels_its_handler():
    def reset(peer):
        kit.did("A resets its connection while the handler waits")
        linger = struct.pack("ii", 1, 0)
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        peer.sock.close()

    ended, _, _ = leaving(reset, tcp_pair)
    kit.expect(
        ended, ["/hold cancelled"], "what became of the handler", why="a reset is an end as well"
    )


def test_after_a_cancellation_nothing_is_sent():
    def half_close(peer):
        kit.did("A closes its side, half_closed=0.02, and goes on listening")
        peer.sock.shutdown(socket.SHUT_WR)

    ended, _, peer = leaving(half_close)
    kit.expect(ended, ["/hold cancelled"], "what became of the handler")
    kit.expect(
        peer.read(),
        b"",
        "what is sent",
        why="a cancellation is no crash, and no 500: let it through",
    )


def test_a_client_that_closes_only_its_side_gets_its_answer():
    held = Held()

    async def test(world):
        peer = world.connect()
        peer.get("/hold")
        peer.sock.shutdown(socket.SHUT_WR)
        kit.did("A closes its side at once, half_closed=8; then the handler goes on")
        await world.turn()
        held.go.set()
        await world.turn()
        return peer.answers()

    got = on_loop(test, held, timeouts=Timeouts(half_closed=8))
    kit.expect(
        got, ["200 /hold"], "the answer", why="it may still want it: `printf … | nc` does so"
    )


def test_what_comes_early_is_kept_for_its_turn():
    held = Held()

    async def test(world):
        peer = world.connect()
        peer.get("/hold")
        await world.turn()
        peer.get("/2")
        await world.turn()
        peer.get("/3")
        await world.turn()
        kit.expect(peer.answers(), [], "answers before the first handler goes on")
        held.go.set()
        await world.turn(40)
        return peer.answers()

    kit.expect(on_loop(test, held), ["200 /hold", "200 /2", "200 /3"], "the answers, in order")


def test_who_sends_on_and_on_is_made_to_wait():
    held = Held()

    async def test(world):
        peer, size, none = world.connect(), 0, 0
        peer.get("/hold")
        await world.turn()
        kit.did("pipeline_bytes=65536; A sends and sends while its handler waits")
        while none < 5 and size < 8 << 20:
            try:
                size += peer.sock.send(b"G" * 65536)
                none = 0
            except BlockingIOError:
                none += 1
            await world.turn(4)
        for _ in range(10):  # longer than half_closed: it has sent much, and has not left
            await asyncio.sleep(0.005)
        kit.expect_that(not held.ended, "the handler still waits", held.ended)
        held.go.set()
        await world.turn()
        kit.expect(peer.answers()[:1], ["200 /hold"], "the answer, when the handler goes on")
        return size

    size = on_loop(test, held, limits=Limits(pipeline_bytes=65536), timeouts=QUICK)
    kit.expect_that(
        size < 2 << 20, "no more is read after a while", f"{size:,} bytes were taken, and kept"
    )


def test_a_handler_that_fails_is_a_500():
    async def crash(request):
        await asyncio.sleep(0)
        raise KeyError("lost")

    async def test(world):
        peer = world.connect()
        peer.get("/")
        await world.turn()
        return [answer[:3] for answer in peer.answers()]

    kit.expect(on_loop(test, crash), ["500"], "the answer")


def test_nobody_watches_any_more_after_the_answer():
    async def test(world):
        before = len(asyncio.all_tasks())
        peer = world.connect()
        peer.get("/1")
        await world.turn()
        return len(asyncio.all_tasks()) - before, peer.answers()

    tasks, answers = on_loop(test, Held())
    kit.expect(answers, ["200 /1"], "the answer")
    kit.expect(tasks, 1, "tasks of this connection", why="two may not read at the same time")
