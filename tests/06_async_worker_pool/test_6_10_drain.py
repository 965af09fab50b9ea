"""Task 6.10: stop a loop, and lose nobody (`engines.hub.Hub.drain`)."""

import asyncio

from loops import Pause, body_of, echo, eventually, get, on_loop

from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("6.10")

GRACEFUL = Timeouts(graceful=5.0, half_closed=8.0)


class Held:
    """An async handle that waits until `go`, and cleans up slowly."""

    def __init__(self):
        self.go, self.notes = asyncio.Event(), []

    async def __call__(self, request):
        try:
            await self.go.wait()
            return echo(request)
        finally:
            await asyncio.sleep(0.01)
            self.notes.append("cleaned up")


async def drained(world, seconds=0.0, most=20):
    """Begin to drain; each turn of it takes so many seconds of the clock."""
    kit.did("drain()")
    task = asyncio.ensure_future(world.hub.drain())
    for _ in range(most):
        await asyncio.wait({task}, timeout=0.03)
        if task.done():
            break
        world.clock.advance(seconds)
    return task


def test_with_nobody_there_it_returns():
    async def test(world):
        task = await drained(world)
        return task.done() and task.exception()

    kit.expect(on_loop(test), None, "what a drain without connections raises")


def test_an_idle_connection_leaves():
    async def test(world):
        peer = world.connect()
        peer.get("/1")
        await world.turn()
        task = await drained(world)
        peer.read()
        return task.done(), peer.closed

    done, closed = on_loop(test)
    kit.expect(closed, True, "A, between two requests, is closed")
    kit.expect(done, True, "drain() has returned")


def test_a_request_that_is_being_answered_gets_its_answer():
    held = Held()

    async def test(world):
        peer = world.connect()
        peer.get("/hold")
        await world.turn()
        task = asyncio.ensure_future(world.hub.drain())
        kit.did("drain() while the handler waits; then it goes on")
        await asyncio.sleep(0.03)
        before = task.done()
        held.go.set()
        await asyncio.sleep(0.03)
        peer.read()
        peer.sock.close()
        await asyncio.wait({task}, timeout=0.5)
        return before, peer.got, task.done()

    before, got, done = on_loop(test, held, timeouts=GRACEFUL)
    kit.expect(before, False, "drain() has returned before the handler did")
    kit.expect_that(got.endswith(b"/hold"), "the whole answer", got)
    kit.expect_that(
        b"connection: close" in got.lower(), "it says that it is the last one here", got
    )
    kit.expect(done, True, "drain() has returned at last")


def test_a_request_that_has_arrived_on_an_idle_connection_gets_its_answer():
    async def test(world):
        peer = world.connect()
        peer.get("/1")
        await world.turn()
        peer.read()
        kit.did("A is idle; its next request arrives, and in the same moment drain() begins")
        peer.get("/2")
        await drained(world, most=3)
        return peer.answers()

    kit.expect(
        on_loop(test),
        ["200 /2"],
        "the answer",
        why="let the loop turn before you call anybody idle: what has arrived is read meanwhile",
    )


def test_pipelined_requests_may_end_with_the_one_that_is_answered():
    async def test(world):
        peer = world.connect()
        peer.get("/1", "/2")
        await world.turn()
        task = await drained(world)
        answers = peer.answers()
        return answers[:1], task.done(), peer.closed

    kit.expect(on_loop(test), (["200 /1"], True, True), "the answer, drain() returned, A closed")


def test_half_a_head_may_come_to_its_end():
    async def test(world):
        peer = world.connect()
        peer.send(b"GET /slow HTTP/1.1\r\nHo")
        await world.turn()
        task = asyncio.ensure_future(world.hub.drain())
        await asyncio.sleep(0.03)
        peer.send(b"st: a\r\n\r\n")
        await asyncio.sleep(0.03)
        answers = peer.answers()
        peer.sock.close()
        await asyncio.wait({task}, timeout=0.5)
        return answers

    kit.expect(on_loop(test, timeouts=GRACEFUL), ["200 /slow"], "it had begun, so it is answered")


def test_a_new_connection_has_a_moment_for_its_first_byte():
    async def test(world):
        silent, late = world.connect(), world.connect()
        await world.turn()
        task = asyncio.ensure_future(world.hub.drain())
        await asyncio.sleep(0.03)
        kit.did("half a second after the beginning of drain()")
        world.clock.advance(0.5)
        await asyncio.sleep(0.03)
        silent.read()
        before = silent.closed
        late.get("/late")
        await asyncio.sleep(0.03)
        answers = late.answers()
        late.sock.close()
        kit.did("one second more")
        world.clock.advance(1)
        await asyncio.wait({task}, timeout=0.5)
        silent.read()
        return before, answers, silent.closed, task.done()

    before, answers, after, done = on_loop(test, timeouts=Timeouts(graceful=25, header=10))
    kit.expect(before, False, "A, which has said nothing, is closed after 0.5 s")
    kit.expect(answers, ["200 /late"], "B, which speaks now, is answered")
    kit.expect(after, True, "A is closed after 1.5 s", why="FRESH_GRACE is a second")
    kit.expect(done, True, "and drain() returns")


def test_after_graceful_the_rest_is_cut_off():
    held = Held()

    async def test(world):
        peer = world.connect()
        peer.get("/hold")
        await world.turn()
        begun = world.clock()
        task = await drained(world, seconds=1.0)
        peer.read()
        return task.done(), world.clock() - begun, peer, len(world.hub.drivers)

    done, seconds, peer, left = on_loop(test, held, timeouts=GRACEFUL)
    kit.expect_that(done, "drain() returns, though a handler never ends", "it waits on and on")
    kit.expect_that(4 <= seconds <= 7, "after graceful, 5 s of the clock", f"after {seconds:g} s")
    kit.expect(held.notes, ["cleaned up"], "what the handler's `finally` has done by then")
    kit.expect((peer.got, peer.closed, left), (b"", True, 0), "said to A, A closed, who is left")


def test_a_whole_pool_drains():
    pause = Pause()
    with kit.serve(app=pause, num_workers=3) as server:
        clients = [get(server.connect(), f"/hold/{number}") for number in range(6)]
        pause.holds(6)
        idle = [server.connect() for _ in range(3)]
        for client in idle:
            body_of(get(client, "/idle"))
        kit.did("stop() while six handlers wait, on three loops, and three clients are idle")
        server.engine.stop()
        for client in idle:  # so all three have heard of it
            client.expect_closed()
        pause.go()
        bodies = [body_of(client) for client in clients]
        kit.expect(bodies, [f"/hold/{number}" for number in range(6)], "all six answers")
        for client in clients:
            client.close()
        kit.expect_that(
            eventually(lambda: not server.running), "serve_forever() returns", "it still runs"
        )
