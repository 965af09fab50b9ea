"""Task 9.12: one timer for all deadlines (`Hub.sweep`, `Resting.expire`)."""

import asyncio
from contextlib import suppress

from lanes import GET, Lane

from groundup.limits import Limits
from groundup.response import Response
from groundup.timeouts import NEVER, Timeouts
from workshop import kit

pytestmark = kit.task("9.12")

LATE = "RFC 9110 §15.5.9"
TIMES = Timeouts(header=10.0, keep_alive=20.0, write=40.0, linger=1.0)


class Waiting:
    """Something with a deadline, that leaves the hub when it is late."""

    def __init__(self, hub, deadline):
        self.hub, self.deadline, self.late = hub, deadline, 0
        hub.protocols[self] = None

    def expire(self):
        self.late += 1
        self.hub.discard(self)


def test_whoever_is_late_hears_of_it():
    lane = Lane()
    all_of_them = [Waiting(lane.hub, 1000.0 + seconds) for seconds in (5, 1, 3, 2, 4)]
    forever = Waiting(lane.hub, NEVER)
    kit.did("deadlines in 5, 1, 3, 2 and 4 s, and one that has none; sweep 3 s later")
    lane.hub.sweep(1003.0)
    kit.expect([one.late for one in all_of_them], [0, 1, 1, 1, 0], "how often each was told")
    kit.expect(forever.late, 0, "and who has no deadline")
    kit.expect(lane.hub.now, 1003.0, "what time the hub says it is")
    lane.hub.sweep(1005.0)
    kit.expect([one.late for one in all_of_them], [1, 1, 1, 1, 1], "how often, at the end")


def test_a_thousand_connections_have_no_timer():
    lane = Lane(timeouts=TIMES)
    pairs = [lane.connect() for _ in range(1000)]
    for protocol, _ in pairs:
        protocol.data_received(GET % b"/")
    kit.expect(lane.loop.asked["call_later"], 0, "timers for 1000 connections and their requests")
    lane.wait(25.0)
    kit.expect(sum(transport.closed for _, transport in pairs), 1000, "closed, when all are late")


def test_who_has_asked_nothing_is_closed_without_a_word():
    lane = Lane(timeouts=TIMES)
    _silent, its = lane.connect()
    idle, idles = lane.connect()
    idle.data_received(GET % b"/")
    kit.did("header=10, keep_alive=20: one says nothing, the other has had its answer")
    lane.wait(9.0)
    kit.expect([its.closed, idles.closed], [False, False], "who is closed after 9 s")
    lane.wait(2.0)
    kit.expect([its.closed, idles.closed], [True, False], "who after 11 s")
    lane.wait(10.0)
    kit.expect([its.closed, idles.closed], [True, True], "who after 21 s")
    kit.expect([its.writes, len(idles.writes)], [[], 1], "and nothing was said to either")
    kit.expect(its.aborted or idles.aborted, False, "whether anybody was cut off")


def test_half_a_head_is_told():
    lane = Lane(timeouts=TIMES)
    protocol, transport = lane.connect()
    protocol.data_received(GET[:9])
    lane.wait(9.0)
    protocol.data_received(b"a")
    kit.did("header=10: half a head, one byte more after 9 s")
    kit.expect(transport.writes, [], "after 9 s")
    lane.wait(2.0)
    kit.expect(transport.statuses, [408], "after 11 s, bytes that trickle or not", section=LATE)
    kit.expect_that(transport.ended or transport.closed, "and its end is said")
    lane.wait(2.0)
    lane.wait(60.0)
    kit.expect(transport.statuses, [408], "it is told once")
    kit.expect_that(transport.is_closing(), "and the connection ends, whatever the client does")


def test_a_reader_that_takes_nothing_is_cut_off():
    lane = Lane(timeouts=TIMES)
    protocol, transport = lane.connect()
    protocol.data_received(GET % b"/")
    transport.unsent = 5000
    protocol.pause_writing()
    kit.did("write=40: the reader has 5,000 bytes to take, and takes one every 30 s")
    for _ in range(12):
        lane.wait(10.0)
        transport.unsent -= 1 if int(lane.clock()) % 30 == 0 else 0
    kit.expect(transport.aborted, False, "whether it is cut off while it takes a little")
    kit.did("from now on it takes nothing")
    for _ in range(10):
        lane.wait(10.0)
    kit.expect(transport.aborted, True, "whether it is cut off then")


def test_a_request_under_way_knows_what_to_do():
    async def main():
        lane = Lane(lambda request: asyncio.Event().wait(), timeouts=TIMES, real=loop())
        protocol, transport = lane.connect()
        protocol.data_received(GET % b"/works")
        upload, its = lane.connect()
        upload.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        await turns(lane)
        lane.wait(500.0)
        await turns(lane)
        kit.expect(transport.writes, [], "what a client is told whose handler works")
        kit.expect(transport.is_closing(), False, "whether it is sent away")
        kit.expect(its.writes, [], "a handler that reads nothing of an upload works, too")
        await lane.hub.cut_off()

    asyncio.run(main())


def test_a_slow_reader_is_cut_off_though_its_handler_works():
    async def main():
        lane = Lane(lambda request: asyncio.Event().wait(), timeouts=TIMES, real=loop())
        protocol, transport = lane.connect()
        protocol.data_received(GET % b"/works")
        await turns(lane)
        kit.did("a handler works, and the client takes nothing of what was sent: 5,000 bytes wait")
        transport.unsent = 5000
        protocol.pause_writing()
        for _ in range(20):
            lane.wait(10.0)
        kit.expect(transport.aborted, True, "whether it is cut off: that it reads nothing is first")
        await lane.hub.cut_off()

    asyncio.run(main())


def test_a_body_that_stays_away_is_told():
    async def main():
        lane = Lane(reads, timeouts=TIMES, real=loop())
        protocol, transport = lane.connect()
        protocol.data_received(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")
        await turns(lane)
        kit.did("half a body, and then nothing for 500 s")
        lane.wait(500.0)
        await turns(lane)
        kit.expect(transport.statuses, [408], "what its client is told", section=LATE)

    asyncio.run(main())


async def reads(request):
    return Response(b"".join([part async for part in request.stream()]))


def loop():
    return asyncio.get_running_loop()


async def turns(lane):
    for _ in range(20):
        await asyncio.sleep(0)
        lane.loop.turn()


def test_on_sockets():
    short = Timeouts(header=0.1, keep_alive=0.1)
    with kit.serve(timeouts=short) as server:
        silent, half, idle = (server.connect(name) for name in ("silent", "half", "idle"))
        half.send(GET[:9])
        idle.send(GET % b"/")
        kit.expect(idle.read_response().status_code, 200, "the idle one's answer")
        kit.expect(half.read_response().status_code, 408, "half a head", section=LATE)
        silent.expect_closed()
        idle.expect_closed()


def test_a_reader_that_takes_nothing_on_a_socket():
    large = 8 << 20
    short = Timeouts(write=0.1)
    with kit.serve(app=lambda request: Response(b"x" * large), timeouts=short) as server:
        client = server.connect()
        client.send(GET % b"/")
        kit.did("write=0.1; a client asks for 8 MiB, and takes nothing until the server has ended")
        server.stop()
        size = 0
        with suppress(ConnectionError):
            while data := client.socket.recv(1 << 20):
                size += len(data)
        kit.expect_that(size < large, "it was cut off in the middle", f"{size:,} bytes came")


def test_the_refusal_of_a_large_body_arrives():
    with kit.serve(limits=Limits(body=1000), timeouts=Timeouts(linger=0.5)) as server:
        client = server.connect()
        body = b"x" * 300_000
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        with suppress(ConnectionError):
            client.socket.sendall(body)
        kit.did("it sends 300,000 bytes where 1000 are allowed, and reads only then")
        kit.expect(client.read_response().status_code, 413, "what it reads: no reset before it")
