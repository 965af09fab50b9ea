"""Task 4.7: an error answer that the client really receives (`server.linger`)."""

import select
import threading
from contextlib import suppress

import pytest
from slowness import GET, PATIENT, POST, QUICK, Ticking, answered, ended, wired

from groundup.server import LINGER_BYTES, linger
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("4.7")

OFTEN = Timeouts(write=QUICK)
LATE = "RFC 9110 §15.5.9"
RESET = "a socket that is closed with unread bytes is reset, and a reset can overtake the answer"


def lingers(wire, deadline):
    """It may end by TimeoutError: whoever calls it is about to close anyway."""
    with suppress(TimeoutError):
        linger(wire, deadline)


def test_the_client_is_told_at_once_that_no_more_will_come():
    told = []

    def each(looks):
        if looks == 3:
            told.append(ended(peer, 0.5))
            peer.close()

    clock = Ticking(0.01, each)
    with wired(OFTEN, clock) as (wire, peer):
        kit.did("linger until 10 s from now; the client leaves when it sees the end")
        lingers(wire, clock.now + 10)
    kit.expect(told, [True], "the client sees the end while the server still listens")


def test_it_reads_on_and_throws_away():
    clock = kit.Clock()
    with wired(OFTEN, clock) as (wire, peer):
        wire.send(b"HTTP/1.1 413 Content Too Large\r\n\r\n")
        seen, lost = [], []

        def client():
            try:
                for _ in range(10):
                    peer.sendall(b"x" * 50_000)
                peer.shutdown(1)
                while data := peer.recv(1000):
                    seen.append(data)
            except OSError as error:
                lost.append(f"after {error!r}: the server does not listen")

        sender = threading.Thread(target=client, daemon=True)
        sender.start()
        kit.did("the client still sends 500,000 bytes, and reads only then")
        lingers(wire, clock() + 10)
        sender.join(1)
    kit.expect_that(not lost, "the client can send it all", f"it has given up {lost}", why=RESET)
    kit.expect(
        b"".join(seen)[:12], b"HTTP/1.1 413", "it could send it all, and has its answer", why=RESET
    )


def test_it_ends_with_the_client():
    clock = kit.Clock()
    with wired(OFTEN, clock) as (wire, peer):
        peer.close()
        kit.did("the client has left; the clock stands still")
        lingers(wire, clock() + 10)  # a server that waits on would hang here


def test_it_ends_at_the_deadline_however_the_client_trickles():
    def each(looks):
        if looks <= 100:
            peer.sendall(b"x")

    clock = Ticking(0.1, each)
    with wired(OFTEN, clock) as (wire, peer):
        kit.did("until 1 s from now; the client sends a byte with each look at the clock")
        lingers(wire, clock.now + 1)
    kit.expect_that(
        clock.now < 1005,
        "soon after the deadline: one for the whole of it",
        f"after {clock.now - 1000:.1f} s",
        why="politeness needs an end, too, or it is a new way to hold the server",
    )


def test_it_ends_after_so_many_bytes():
    sent = 0

    def client():
        nonlocal sent
        with suppress(OSError):
            while sent < 8 * LINGER_BYTES:
                sent += peer.send(b"x" * 65536)

    clock = kit.Clock()
    with wired(OFTEN, clock) as (wire, peer):
        sender = threading.Thread(target=client, daemon=True)
        sender.start()
        kit.did("a client that never stops sending; the clock stands still")
        lingers(wire, clock() + 10)
        wire.sock.close()
        sender.join(1)
    kit.expect_that(
        sent < 8 * LINGER_BYTES,
        f"about {LINGER_BYTES:,} bytes are listened to, and no more",
        f"{sent:,} bytes were taken",
    )


def test_a_late_client_may_still_be_sending():
    with kit.serve(timeouts=Timeouts(header=0.1)) as server:
        client = server.connect("A")
        client.send(b"GET / HT")
        kit.expect(client.read_response().status_code, 408, "A is told")
        kit.expect(client.socket.recv(1), b"", "and sees the end of what it gets")
        client.send(b"TP/1.1\r\n", b"x" * 1000, b"x" * 1000)
        client.half_close()
        client.expect_closed()  # and not reset


def test_the_refusal_of_a_large_body_arrives():
    with kit.serve() as server:
        client = server.connect("A")
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
        client.send(b"x" * 600_000)
        reply = client.read_response()
        kit.expect(reply.status_code, 413, "A is told, though it was still sending", why=RESET)
        client.half_close()
        client.expect_closed()


def test_lingering_holds_nobody_for_long():
    with kit.serve(timeouts=Timeouts(linger=0.1)) as server:
        client = server.connect("A")
        client.send(b"nonsense\r\n\r\n")
        kit.expect(client.read_response().status_code, 400, "A is refused, and does not leave")
        other = server.connect("B")
        other.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        kit.expect(other.read_response().status_code, 200, "B is served 0.1 s later at the latest")


# And so a client that is late is told so, whatever it was late with.


@pytest.mark.parametrize(
    ("sent", "part"),
    [(b"GET / HT", "head"), (POST % 100 + b"half of it", "body")],
    ids=["head", "body"],
)
def test_a_request_that_stays_half_is_told_and_closed(sent, part):
    timeouts = Timeouts(header=PATIENT, body=PATIENT, linger=0.05)
    with kit.serve(timeouts=timeouts) as server:
        slow = server.connect("A")
        slow.send(sent)
        kit.did(f"A says nothing more; its {part} has {PATIENT} s")
        answered(server)
        reply = slow.read_response()
        kit.expect(reply.status_code, 408, f"A is told that its {part} was late", section=LATE)
        kit.expect((reply.header("connection") or "").lower(), "close", "and that this is the end")
        kit.expect_that(reply.header("date"), "dated, as every response", reply.headers)
        slow.expect_closed()


def test_a_body_slower_than_the_rate_is_told():
    timeouts = Timeouts(body=60.0, min_body_rate=2000.0, rate_grace=PATIENT, linger=0.05)
    with kit.serve(timeouts=timeouts) as server:
        slow = server.connect("A")
        slow.send(POST % 10_000 + b"x" * 100)
        kit.did("A sends 100 bytes of 200 that are due in 0.1 s; body=60 is far away")
        answered(server)
        kit.expect(slow.read_response().status_code, 408, "a body below the rate", section=LATE)
        slow.expect_closed()


def test_the_clock_is_the_one_that_was_given():
    clock = kit.Clock()
    with kit.serve(timeouts=Timeouts(header=0.1), clock=clock) as server:
        client = server.connect("A")
        client.send(GET[:9])
        kit.did("header=0.1, on a clock that stands still; 0.15 s later A goes on")
        ready, _, _ = select.select([client], [], [], 0.15)
        kit.expect(ready, [], "no time has passed on that clock, so nobody is late")
        client.send(GET[9:])
        kit.expect(client.read_response().status_code, 200, "A is served")
        client.send(GET[:9])
        for _ in range(50):
            if select.select([client], [], [], 0.02)[0]:
                break
            clock.advance(0.1)
        kit.expect(client.read_response().status_code, 408, "the clock moves on: now it is late")
