"""Task 9.13: room in a flood (`Resting.may_leave`, `Hub.make_room`)."""

import asyncio

from lanes import GET, Lane

from groundup.limits import Limits
from workshop import kit

pytestmark = kit.task("9.13")

WHY = "in a flood all are new, and each would send another away before that one is heard"


def test_who_idles_may_leave():
    lane = Lane()
    protocol, _ = lane.connect()
    protocol.data_received(GET % b"/")
    kit.expect(protocol.may_leave(lane.clock()), True, "whether one that has had its answer may")


def test_who_is_new_has_a_moment():
    lane = Lane()
    protocol, _ = lane.connect()
    kit.did("a client has just connected")
    kit.expect(protocol.may_leave(lane.clock()), False, "at once", why=WHY)
    lane.clock.advance(0.9)
    kit.expect(protocol.may_leave(lane.clock()), False, "0.9 s later", why=WHY)
    lane.clock.advance(0.2)
    kit.expect(protocol.may_leave(lane.clock()), True, "1.1 s later, if it has still said nothing")


def test_who_has_begun_stays():
    lane = Lane()
    protocol, _ = lane.connect()
    protocol.data_received(GET[:9])
    lane.clock.advance(5.0)
    kit.expect(protocol.may_leave(lane.clock()), False, "whether half a head may")


def test_who_is_being_answered_stays():
    async def main():
        hub = Lane(lambda request: asyncio.Event().wait(), real=asyncio.get_running_loop())
        protocol, _ = hub.connect()
        protocol.data_received(GET % b"/")
        for _ in range(5):
            await asyncio.sleep(0)
        hub.clock.advance(5.0)
        kit.expect(protocol.may_leave(hub.clock()), False, "whether one whose handler works may")
        await hub.hub.cut_off()

    asyncio.run(main())


def test_who_has_not_read_its_answer_stays():
    lane = Lane()
    protocol, transport = lane.connect()
    protocol.data_received(GET % b"/")
    transport.unsent = 5000
    protocol.pause_writing()
    lane.clock.advance(5.0)
    kit.expect(protocol.may_leave(lane.clock()), False, "whether a slow reader may")


def test_the_oldest_that_may_leave_is_closed():
    lane = Lane()
    busy, _ = lane.connect()
    busy.data_received(GET[:9])
    pairs = [lane.connect() for _ in range(3)]
    for protocol, _ in pairs:
        protocol.data_received(GET % b"/")
    kit.did("one is in the middle of a head, three idle; make_room()")
    kit.expect(lane.hub.make_room(), True, "whether there is room now")
    kit.expect([t.closed for _, t in pairs], [True, False, False], "who is closed: one, the oldest")


def test_where_nobody_may_leave_there_is_no_room():
    lane = Lane()
    pairs = [lane.connect() for _ in range(3)]
    kit.expect(lane.hub.make_room(), False, "make_room(), when all are new")
    kit.expect([t.is_closing() for _, t in pairs], [False] * 3, "and nobody is closed")


def test_a_flood_of_newcomers_is_refused_and_nobody_is_lost():
    lane = Lane(limits=Limits(connections=10))
    pairs = [lane.connect() for _ in range(10)]
    kit.did("ten places, ten clients that have just connected, and ninety more")
    late = [lane.connect() for _ in range(90)]
    kit.expect({s for _, t in late for s in t.statuses}, {503}, "what the ninety are told")
    for protocol, _ in pairs:
        protocol.data_received(GET % b"/")
    kit.expect([t.statuses for _, t in pairs], [[200]] * 10, "what the ten are told", why=WHY)


def test_on_sockets():
    with kit.serve(limits=Limits(connections=2)) as server:
        first, second = server.connect("A"), server.connect("B")
        for client in (first, second):
            client.send(GET % b"/")
            client.read_response()
        kit.did("two places: A and B idle, C comes and asks")
        third = server.connect("C")
        third.send(GET % b"/")
        kit.expect(third.read_response().status_code, 200, "C is served")
        first.expect_closed()
        second.send(GET % b"/")
        kit.expect(second.read_response().status_code, 200, "and B is still here")
