"""Task 4.2: receive, but not for ever (`engines.wire.Wire.receive`)."""

import threading
import time

from slowness import QUICK, Ticking, wired

from groundup.engines.wire import RECV_SIZE, Wire
from groundup.timeouts import NEVER, Timeouts
from workshop import kit

pytestmark = kit.task("4.2")

SPANS = Timeouts(header=QUICK, keep_alive=QUICK, write=QUICK, body=QUICK)


def test_what_is_here_is_given_at_once():
    with wired(SPANS, kit.Clock()) as (wire, peer):
        peer.sendall(b"GET /")
        kit.expect(wire.receive(NEVER), b"GET /", "the bytes that have come")
        peer.sendall(b" HTTP")
        kit.expect(wire.receive(NEVER), b" HTTP", "and those that came after them")


def test_the_end_is_an_empty_piece():
    with wired(SPANS, kit.Clock()) as (wire, peer):
        peer.sendall(b"bye")
        peer.close()
        kit.expect(wire.receive(NEVER), b"bye", "the last bytes")
        kit.expect(wire.receive(NEVER), b"", 'the end of the stream is b"", and no exception')


def test_it_waits_for_what_is_not_here_yet():
    with wired(SPANS, time.monotonic) as (wire, peer):
        late = threading.Timer(0.1, peer.sendall, [b"here"])
        late.start()
        kit.did("the peer sends b'here' after 0.1 s")
        kit.expect(wire.receive(time.monotonic() + 60), b"here", "the bytes, when they come")
        late.join()


def test_a_wait_that_was_for_nothing_is_not_the_end(monkeypatch):
    with wired(SPANS, kit.Clock()) as (wire, peer):
        waits = []

        def wait(wire, event, deadline):
            waits.append(event)
            if len(waits) == 2:
                peer.sendall(b"here")

        monkeypatch.setattr(Wire, "wait", wait)
        kit.did("`wait` comes back, and there is nothing; the second time there are bytes")
        kit.expect(wire.receive(NEVER), b"here", "the bytes, when they are there")


def test_too_late_is_a_timeout():
    clock = Ticking(2.0)
    with wired(SPANS, clock) as (wire, _):
        kit.did("a silent peer; deadline in 10 s; with each look at the clock 2 s pass")
        kit.expect_raises(TimeoutError, wire.receive, clock.now + 10, want="too late is said")
        kit.expect_that(
            clock.now >= 1010,
            "not before the deadline",
            f"after {clock.now - 1000:g} s",
            why="the deadline that was given counts, and no other",
        )
        kit.expect_that(clock.now <= 1020, "soon after it", f"after {clock.now - 1000:g} s")


def test_the_deadline_is_a_moment_and_not_a_span():
    clock = kit.Clock(5000.0)
    with wired(SPANS, clock) as (wire, _):
        kit.did("it is 5000 s on the clock, and the deadline was at 4999.5")
        kit.expect_raises(
            TimeoutError,
            wire.receive,
            4999.5,
            want="a deadline that has passed is no wait at all",
            why="who computes a new end for each call lets a peer have as many as it likes",
        )


def test_what_came_in_time_is_not_thrown_away():
    clock = kit.Clock(5000.0)
    with wired(SPANS, clock) as (wire, peer):
        peer.sendall(b"in time")
        kit.did("the bytes are here; the deadline has passed while nobody looked")
        kit.expect(
            wire.receive(4000.0),
            b"in time",
            "what is here is given",
            why="it was we who came too late to look, and not the peer",
        )


def test_no_more_than_one_piece_is_taken():
    with wired(SPANS, kit.Clock()) as (wire, peer):
        peer.setblocking(False)
        sent = 0
        while sent < 2 * RECV_SIZE:
            try:
                sent += peer.send(b"x" * RECV_SIZE)
            except BlockingIOError:
                break
        kit.did(f"the peer sends {sent:,} bytes in one go")
        size = len(wire.receive(NEVER))
        kit.expect_that(0 < size <= RECV_SIZE, f"at most {RECV_SIZE:,} bytes", f"{size:,} bytes")


def test_waiting_costs_nothing():
    looks = 0

    def clock():
        nonlocal looks
        looks += 1
        return time.monotonic()

    with wired(SPANS, clock) as (wire, _):
        kit.did("a silent peer; deadline in 0.1 s")
        before = time.thread_time()
        kit.expect_raises(TimeoutError, wire.receive, time.monotonic() + 0.1, want="too late")
        spent = time.thread_time() - before
    kit.expect_that(
        looks < 250,
        "a thread that waits sleeps",
        f"{looks:,} looks at the clock in 0.1 s ({spent:.2f} s of the processor)",
        why="a loop that asks again and again burns a whole core to do nothing",
    )
