"""Task 9.11: an answer inside the call that brought the bytes (`engines.httpprotocol`)."""

import asyncio
import logging

import pytest
from lanes import GET, Lane, echo

from groundup.errors import HTTPException
from groundup.limits import Limits
from groundup.response import Response
from groundup.streaming import StreamingResponse
from workshop import kit

pytestmark = kit.task("9.11")


def test_a_whole_request_is_answered_at_once():
    lane = Lane()
    protocol, transport = lane.connect()
    kit.did("data_received(one whole GET)")
    protocol.data_received(GET % b"/one")
    kit.expect(transport.bodies, ["/one"], "what is written when data_received returns")


def test_it_costs_one_write_and_nothing_else():
    lane = Lane()
    protocol, transport = lane.connect()
    for number in range(100):
        protocol.data_received(GET % (b"/%d" % number))
    kit.did("100 requests on one connection, one after the other")
    kit.expect(len(transport.writes), 100, "writes")
    kit.expect(
        dict(lane.loop.asked),
        {},
        "what the loop was asked for meanwhile: tasks, timers, futures, calls",
        why="each of them costs more than parsing a request",
    )


def test_a_request_in_pieces_is_answered_when_it_is_whole():
    async def main():
        lane = Lane(real=asyncio.get_running_loop())
        protocol, transport = lane.connect()
        data = GET % b"/slowly"
        for place in range(0, len(data), 7):
            kit.expect(transport.writes, [], "what is written before the last piece")
            protocol.data_received(data[place : place + 7])
        for _ in range(20):
            await asyncio.sleep(0)
        kit.expect(transport.bodies, ["/slowly"], "what is written after it")
        kit.expect_that(lane.loop.asked["create_task"] <= 1, "at most one task for it")

    asyncio.run(main())


def test_what_came_in_one_piece_is_answered_in_order():
    lane = Lane()
    protocol, transport = lane.connect()
    kit.did("data_received(five requests in one piece)")
    protocol.data_received(b"".join(GET % (b"/%d" % n) for n in range(5)))
    kit.expect(transport.bodies, [f"/{n}" for n in range(5)], "the answers, each once")


def test_half_a_request_behind_it_waits_for_its_rest():
    lane = Lane()
    protocol, transport = lane.connect()
    second = GET % b"/two"
    protocol.data_received(GET % b"/one" + second[:9])
    kit.expect(transport.bodies, ["/one"], "the first, at once")
    kit.expect_that(protocol.deadline > lane.clock(), "a deadline for the half that is here")


def test_one_client_does_not_take_all_the_turns():
    lane = Lane(limits=Limits(pipeline=4))
    protocol, transport = lane.connect()
    kit.did("Limits(pipeline=4), and ten requests in one piece")
    protocol.data_received(b"".join(GET % (b"/%d" % n) for n in range(10)))
    seen = [len(transport.writes)]
    for _ in range(3):
        lane.loop.turn()
        seen.append(len(transport.writes))
    kit.expect(seen, [4, 8, 10, 10], "answers after this call, and after each turn of the loop")
    kit.expect(transport.bodies, [f"/{n}" for n in range(10)], "in order, each once")
    kit.expect(lane.loop.asked["call_soon"], 2, "how often it has asked for another turn")


def test_who_says_close_is_the_last():
    lane = Lane()
    protocol, transport = lane.connect()
    last = (GET % b"/last").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    kit.did("a request with Connection: close, and another one behind it")
    protocol.data_received(last + GET % b"/never")
    kit.expect(transport.bodies, ["/last"], "what is answered")
    kit.expect_that(transport.ended or transport.closed, "and then the end is said")
    protocol.data_received(GET % b"/never")
    lane.loop.turn()
    kit.expect(transport.bodies, ["/last"], "what comes afterwards is thrown away")


def test_a_server_that_stops_says_so():
    lane = Lane()
    protocol, transport = lane.connect()
    lane.hub.draining = True
    protocol.data_received(GET % b"/x")
    kit.expect_that(b"connection: close" in transport.writes[0], "close, when it stops")
    kit.expect_that(transport.ended or transport.closed, "and the end")


def test_a_reader_that_is_slow_is_not_sent_more():
    lane = Lane()
    protocol, transport = lane.connect()
    before = transport.write

    def write(data):
        before(data)
        if len(transport.writes) == 2:
            transport.unsent = 1 << 20
            protocol.pause_writing()

    transport.write = write
    kit.did("six requests; the transport is full after the second answer")
    protocol.data_received(b"".join(GET % (b"/%d" % n) for n in range(6)))
    lane.loop.turn()
    kit.expect(len(transport.writes), 2, "answers, while the reader takes nothing")
    kit.expect(transport.reading, False, "whether more is read from it meanwhile")
    transport.unsent = 0
    protocol.resume_writing()
    lane.loop.turn()
    kit.expect(transport.bodies, [f"/{n}" for n in range(6)], "when it reads again: all, each once")


def test_an_idle_connection_has_its_deadline():
    lane = Lane()
    protocol, _ = lane.connect()
    lane.hub.now = lane.clock()
    protocol.data_received(GET % b"/x")
    kit.expect(
        protocol.deadline,
        lane.clock() + lane.hub.timeouts.keep_alive,
        "when it ends, if nothing more is asked",
    )


def test_a_handle_that_raises_is_answered(caplog):
    caplog.set_level(logging.CRITICAL, logger="groundup")

    def handle(request):
        if request.target == "/teapot":
            raise HTTPException(418)
        if request.target == "/bug":
            raise LookupError("the secret")
        return echo(request)

    lane = Lane(handle)
    protocol, transport = lane.connect()
    protocol.data_received(b"".join(GET % t for t in (b"/teapot", b"/bug", b"/fine")))
    kit.expect(transport.statuses, [418, 500, 200], "three answers, on one connection")
    kit.expect_that("secret" not in b"".join(transport.writes).decode(), "and no secret in them")


def test_bytes_that_are_no_request_are_refused():
    lane = Lane()
    protocol, transport = lane.connect()
    protocol.data_received(GET % b"/one" + b"BAD\r\n\r\n" + GET % b"/never")
    kit.expect(transport.statuses, [200, 400], "one answer, one refusal, nothing behind it")


def test_a_stream_is_not_sent_as_if_it_were_whole():
    async def main():
        stream = StreamingResponse([b"one ", b"two"])
        lane = Lane(lambda request: stream, real=asyncio.get_running_loop())
        protocol, transport = lane.connect()
        kit.did("the handle gives StreamingResponse([b'one ', b'two']), which is a Response, too")
        protocol.data_received(GET % b"/")
        for _ in range(50):
            await asyncio.sleep(0)
            lane.loop.turn()
        sent = b"".join(transport.writes)
        kit.expect_that(b"one " in sent and b"two" in sent, "its pieces are sent", repr(sent))

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["async", "body"])
def test_what_takes_time_takes_a_task(kind):
    async def later(request):
        await asyncio.sleep(0)
        return Response(request.target)

    async def main():
        lane = Lane(later if kind == "async" else echo, real=asyncio.get_running_loop())
        protocol, transport = lane.connect()
        if kind == "async":
            protocol.data_received(GET % b"/a" + GET % b"/b")
        else:
            head = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            protocol.data_received(head + b"4\r\nbody\r\n0\r\n\r\n" + GET % b"/b")
        for _ in range(50):
            await asyncio.sleep(0)
            lane.loop.turn()
        kit.expect(transport.bodies, ["/a", "/b"], "both answers, in order")

    asyncio.run(main())


def test_a_protocol_posts_its_answers():
    lane = Lane(outbox=True)
    pairs = [lane.connect() for _ in range(10)]
    for number, (protocol, _) in enumerate(pairs):
        protocol.data_received(GET % (b"/%d" % number))
    kit.expect(dict(lane.loop.asked), {"call_soon": 1}, "calls of the loop for ten requests")
    lane.loop.turn()
    kit.expect([t.bodies for _, t in pairs], [[f"/{n}"] for n in range(10)], "and ten answers")
