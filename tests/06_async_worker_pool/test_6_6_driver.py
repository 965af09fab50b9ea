"""Task 6.6: read and send without waiting for anybody (`engines.httpprotocol.Driver`)."""

import pytest
from loops import narrow_pair, on_loop

from groundup.response import Response
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("6.6")

LARGE = 8 << 20
GET = b"GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n"


def body_back(request):
    return Response(request.body or request.target)


def test_a_request_is_answered():
    async def test(world):
        peer = world.connect()
        peer.send(GET)
        await world.turn()
        return peer.answers()

    kit.expect(on_loop(test), ["200 /one"], "the answer")


@pytest.mark.parametrize("size", [1, 7])
def test_it_may_come_in_pieces(size):
    async def test(world):
        peer = world.connect()
        kit.did(f"the request comes {size} bytes at a time")
        for start in range(0, len(GET), size):
            peer.sock.send(GET[start : start + size])
            await world.turn()
        return peer.answers()

    kit.expect(on_loop(test), ["200 /one"], "the answer")


def test_one_connection_carries_many_requests():
    async def test(world):
        peer = world.connect()
        peer.get("/1", "/2", "/3")
        await world.turn(40)
        peer.get("/4")
        await world.turn()
        return peer.answers()

    kit.expect(on_loop(test), ["200 /1", "200 /2", "200 /3", "200 /4"], "the answers, in order")


def test_others_are_served_while_one_is_slow():
    async def test(world):
        slow, other = world.connect(), world.connect()
        slow.send(GET[:10])
        await world.turn()
        other.send(GET)
        await world.turn()
        kit.expect(other.answers(), ["200 /one"], "B's answer, while A's head is half here")
        slow.send(GET[10:])
        await world.turn()
        return slow.answers()

    kit.expect(on_loop(test), ["200 /one"], "A's answer")


def test_a_client_that_waits_for_its_100_gets_it():
    async def test(world):
        peer = world.connect()
        peer.send(POST + b"Expect: 100-continue\r\n\r\n")
        await world.turn()
        first = peer.read()
        peer.send(b"x" * 1000)
        await world.turn()
        return first, peer.answers()

    first, answers = on_loop(test, body_back)
    kit.expect(first, b"HTTP/1.1 100 Continue\r\n\r\n", "what comes before the body is sent")
    kit.expect(answers, ["200 " + "x" * 1000], "the answer after it")


def test_nonsense_is_refused_and_that_is_the_end():
    async def test(world):
        peer = world.connect()
        peer.send(b"nonsense\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await world.turn()
        return [answer[:3] for answer in peer.answers()], peer.closed

    kit.expect(on_loop(test), (["400"], True), "the answers; whether it says that no more comes")


def test_a_client_that_leaves_is_let_go():
    async def test(world):
        peer = world.connect()
        peer.send(GET)
        await world.turn()
        peer.sock.close()
        await world.turn()
        return len(world.hub.drivers)

    kit.expect(on_loop(test), 0, "connections that are left")


DEADLINES = [
    ("nothing at all", [b""], [], 10),
    ("a head that trickles", [bytes([byte]) for byte in GET], ["408"], 10),
    ("a body that trickles", [POST + b"\r\n", *[b"x" * 60] * 100], ["408"], 3),
    ("the next request never", [GET, b""], ["200"], 20),
]


@pytest.mark.parametrize(
    ("what", "pieces", "want", "seconds"), DEADLINES, ids=[case[0] for case in DEADLINES]
)
def test_each_phase_has_one_deadline_in_total(what, pieces, want, seconds):
    async def test(world):
        peer = world.connect()
        kit.did(f"{what}; each second comes a piece")
        passed = 0
        for passed in range(25):
            await world.turn()
            peer.read()
            if peer.closed:
                break
            if pieces[passed : passed + 1]:
                peer.sock.send(pieces[passed])
            await world.pass_by(1)
        return passed, peer

    timeouts = Timeouts(header=10, body=3, min_body_rate=None, keep_alive=20)
    passed, peer = on_loop(test, timeouts=timeouts)
    kit.expect_that(
        seconds <= passed <= seconds + 2,
        f"the end of the connection after {seconds} s",
        f"after {passed} s" if peer.closed else f"none in {passed} s",
        why="a deadline is a moment, not a span for each read",
    )
    status = [piece[:3].decode() for piece in peer.got.split(b"HTTP/1.1 ")[1:]]
    kit.expect(status, want, "what was said until then")


def large(request):
    return Response(b"x" * LARGE)


def test_a_reader_that_takes_nothing_is_given_up():
    async def test(world):
        peer = world.connect()
        kit.did(f"write=5; A asks for {LARGE:,} bytes and reads none of them")
        peer.send(GET)
        await world.pass_by(4)
        before = len(world.hub.drivers)
        await world.pass_by(2)
        return before, len(world.hub.drivers)

    kit.expect(on_loop(test, large, timeouts=Timeouts(write=5)), (1, 0), "there after 4 s, after 6")


def test_a_reader_that_takes_a_little_gets_it_all():
    async def test(world):
        peer = world.connect()
        kit.did("write=5; A reads some of its 8 MiB every 4 s")
        peer.send(GET)
        for _ in range(100):
            await world.pass_by(4)
            peer.read(200_000)
            if peer.closed or len(peer.got) > LARGE:
                break
        return len(peer.got)

    got = on_loop(test, large, timeouts=Timeouts(write=5))
    kit.expect_that(got > LARGE, f"all {LARGE:,} bytes of it", f"{got:,} bytes")


def test_a_reader_that_takes_less_than_a_piece_is_not_given_up():
    async def test(world):
        peer = world.connect(narrow_pair)
        kit.did("write=5; every 4 s A takes what has come, some kilobytes at a time")
        peer.send(GET)
        for _ in range(20):
            await world.pass_by(4)
            peer.read()
        return len(world.hub.drivers)

    got = on_loop(test, large, timeouts=Timeouts(write=5))
    why = "the deadline is for taking nothing: whatever is taken begins it anew"
    kit.expect(got, 1, "connections after 80 s", why=why)


def test_the_next_request_waits_until_the_answer_is_sent():
    async def test(world):
        peer = world.connect()
        kit.did("A asks for 8 MiB four times, and reads nothing")
        peer.get("/1", "/2", "/3", "/4")
        await world.turn(60)
        return seen

    seen = []

    def handle(request):
        seen.append(request.target)
        return large(request)

    kit.expect(
        on_loop(test, handle),
        ["/1"],
        "the requests that the handler was called for",
        why="write() never waits: without drain() all four answers would lie in memory",
    )
