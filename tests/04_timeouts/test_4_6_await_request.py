"""Task 4.6: a server that nobody can hold (`server.await_request`)."""

import select
import threading
import time

import pytest
from slowness import GET, PATIENT, POST, QUICK, Ticking, answered, taken, talk_of, wired

from groundup.engines.wire import Wire
from groundup.errors import ProtocolError
from groundup.response import Response
from groundup.server import await_request
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("4.6")

LATE = "RFC 9110 §15.5.9"
OFTEN = QUICK  # the write timeout of these tests: nobody stalls, but the clock is looked at often
LARGE = 8 << 20  # bytes: more than the kernel holds for a reader that does not read


def awaited(timeouts, clock, *sent, close=False):
    """What await_request gives for a client that has sent this."""
    with wired(timeouts, clock) as (wire, peer):
        for data in sent:
            kit.did(f"the client sends {data!r}")
            peer.sendall(data)
        if close:
            kit.did("the client leaves")
            peer.close()
        return await_request(wire, talk_of(timeouts, clock))


def test_a_request_is_awaited_and_returned():
    request = awaited(Timeouts(), kit.Clock(), POST % 5 + b"hello")
    kit.expect_that(request is not None, "the request", request)
    kit.expect(
        (request.method, request.target, request.body, request.client_addr),
        ("POST", "/form", b"hello", ("127.0.0.1", 50000)),
        "the client's request, whole",
    )


def test_a_request_in_pieces_is_awaited():
    timeouts = Timeouts(write=OFTEN)
    with wired(timeouts, time.monotonic) as (wire, peer):
        pieces = [GET[:1], GET[1:9], GET[9:]]

        def send():
            for piece in pieces:
                peer.sendall(piece)
                time.sleep(0.02)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        request = await_request(wire, talk_of(timeouts, time.monotonic))
        sender.join()
    kit.expect(getattr(request, "target", None), "/", "the request, when its last piece is here")


def test_a_client_that_leaves_gives_none():
    kit.expect(awaited(Timeouts(), kit.Clock(), close=True), None, "it left: there is no request")


def test_bad_bytes_are_refused_as_before():
    clock = kit.Clock()
    error = kit.expect_raises(ProtocolError, awaited, Timeouts(), clock, b"GET\r\n\r\n", want="400")
    kit.expect(error.status_code, 400, "what is wrong, not what is late")


def test_a_trickled_head_is_late_in_total():
    def each(looks):
        if looks % 3 == 0:  # not with each look, or there would always be something to read
            peer.sendall(head[looks // 3 - 1 : looks // 3])

    head = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    timeouts, clock = Timeouts(header=10.0, write=OFTEN), Ticking(1.0, each)
    with wired(timeouts, clock) as (wire, peer):
        kit.did("header=10; the client sends a byte every 3 s")
        error = kit.expect_raises(
            ProtocolError,
            await_request,
            wire,
            talk_of(timeouts, clock),
            want="408, ten seconds after the first byte",
            why="a timeout for each read is none: this head would live for 81 s, and a longer "
            "one for ever",
            section=LATE,
        )
    kit.expect(error.status_code, 408, "a head that took too long")
    kit.expect_that(clock.now < 1030, "soon after 10 s", f"after {clock.now - 1000:g} s")


def test_an_idle_or_silent_client_gives_none():
    timeouts = Timeouts(header=10.0, keep_alive=20.0, write=OFTEN)
    clock = Ticking(2.0)
    with wired(timeouts, clock) as (wire, peer):
        talk = talk_of(timeouts, clock)
        kit.did("a client connects and says nothing")
        kit.expect(await_request(wire, talk), None, "nothing was asked, so nothing is said")
    with wired(timeouts, clock) as (wire, peer):
        talk = talk_of(timeouts, clock)
        peer.sendall(GET)
        kit.did("another one is answered, and then says nothing")
        await_request(wire, talk)
        talk.connection.send_response(200, {}, b"")
        kit.expect(await_request(wire, talk), None, "an idle connection ends without a word")
        kit.expect(select.select([peer], [], [], 0)[0], [], "and nothing was sent to it")


def test_who_waits_for_100_gets_it_before_we_wait():
    timeouts, clock = Timeouts(body=10.0, write=OFTEN), Ticking(1.0)
    with wired(timeouts, clock) as (wire, peer):
        peer.sendall((POST % 5).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        kit.did("the client sends a head, waits for 100, and never sends its body")
        error = kit.expect_raises(
            ProtocolError, await_request, wire, talk_of(timeouts, clock), want="408 for its body"
        )
        kit.expect(error.status_code, 408, "the body is late")
        came = select.select([peer], [], [], 0)[0]
        said = peer.recv(100)[:12] if came else b""
        kit.expect(said, b"HTTP/1.1 100", "what it was given before that: its 100")


def test_who_does_not_take_its_100_is_lost(monkeypatch):
    def send(wire, data):
        if data:
            raise TimeoutError("the client takes nothing")

    monkeypatch.setattr(Wire, "send", send)
    with wired(Timeouts(), kit.Clock()) as (wire, peer):
        peer.sendall((POST % 5).replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n"))
        kit.did("the client waits for 100, and `send` gives it up: it takes nothing")
        kit.expect_raises(
            TimeoutError, await_request, wire, talk_of(Timeouts(), kit.Clock()),
            want="the TimeoutError of `send`: the connection is lost",
            why="it was the server that could not send; nothing of the client's was late",
        )  # fmt: skip


# The same, seen from outside.


@pytest.mark.parametrize("asks", [False, True], ids=["silent", "idle"])
def test_who_has_asked_nothing_is_closed_without_a_word(asks):
    with kit.serve(timeouts=Timeouts(header=PATIENT, keep_alive=PATIENT)) as server:
        client = server.connect("A")
        if asks:
            client.send(GET)
            kit.expect(client.read_response().status_code, 200, "A is answered")
        kit.did(f"A says nothing for {PATIENT} s")
        answered(server)
        client.expect_closed()


def test_a_stalled_reader_does_not_hold_the_server():
    def handle(request):
        return Response(b"x" * LARGE if request.target == "/large" else b"small")

    with kit.serve(app=handle, timeouts=Timeouts(write=0.05)) as server:
        stalled, end = server.connect("A"), time.monotonic() + 0.35
        kit.did(f"write=0.05; A asks for {LARGE:,} bytes and reads none of them for 0.35 s")
        stalled.send(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answered(server)
        time.sleep(max(0.0, end - time.monotonic()))  # this is what A does: nothing
        size = taken(stalled)
    kit.expect_that(
        size < LARGE,
        "A's connection was cut while most of it was unsent",
        f"{size:,} bytes came",
        why="a reader that takes nothing is given up after `write` seconds",
    )


def test_a_client_in_time_is_served():
    timeouts = Timeouts(header=1.0, body=1.0, keep_alive=1.0, write=1.0)
    with kit.serve(timeouts=timeouts) as server:
        client = server.connect("A")
        for _ in range(3):
            client.send(*[GET[i : i + 4] for i in range(0, len(GET), 4)])
            kit.expect(client.read_response().status_code, 200, "a client that is quick enough")


def test_a_slow_handler_is_nobodys_fault():
    def handler(seen):
        time.sleep(1.5 * PATIENT)
        return 200, [], b"done"

    short = Timeouts(header=PATIENT, body=PATIENT, keep_alive=PATIENT, write=PATIENT)
    with kit.serve(handler, timeouts=short) as server:
        client = server.connect("A")
        client.send(GET)
        kit.did(f"the handler takes {1.5 * PATIENT:g} s, all limits are {PATIENT} s")
        kit.expect(client.read_response().status_code, 200, "the client has done all it could")
