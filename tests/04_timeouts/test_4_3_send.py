"""Task 4.3: a reader that takes nothing is cut (`engines.wire.Wire.send`)."""

import hashlib
import threading
from contextlib import suppress

from slowness import QUICK, Ticking, wired

from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("4.3")

# The write timeout is what is tested; the short header only makes the clock be looked at often.
WRITE = Timeouts(write=30.0, header=QUICK)
LARGE = 8 << 20  # bytes: more than the kernel holds for a reader that does not read


def test_short_bytes_go_out_at_once():
    with wired(WRITE, kit.Clock()) as (wire, peer):
        wire.send(b"HTTP/1.1 200 OK\r\n")
        kit.expect(peer.recv(100), b"HTTP/1.1 200 OK\r\n", "what was sent")
        wire.send(b"")
        peer.setblocking(False)
        kit.expect_raises(BlockingIOError, peer.recv, 100, want='send(b"") sends nothing')


def test_all_of_it_is_sent_to_whoever_reads():
    data = bytes(range(256)) * (LARGE // 256)
    got = hashlib.sha256()

    def read_all(peer):
        while piece := peer.recv(1 << 16):
            got.update(piece)

    with wired(WRITE, kit.Clock()) as (wire, peer):
        reader = threading.Thread(target=read_all, args=[peer], daemon=True)
        reader.start()
        kit.did(f"send {LARGE:,} bytes to a peer that reads")
        wire.send(data)
        wire.sock.close()
        reader.join()
    kit.expect(
        got.hexdigest(), hashlib.sha256(data).hexdigest(), "every byte once, in order (its SHA-256)"
    )


def test_a_reader_that_takes_nothing_is_cut():
    clock = Ticking(3.0)
    with wired(WRITE, clock) as (wire, _):
        kit.did("write=30; the peer never reads; with each look at the clock 3 s pass")
        kit.expect_raises(
            TimeoutError,
            wire.send,
            b"x" * LARGE,
            want="a stalled reader is given up",
            why="who takes nothing holds our memory, and here the whole server",
        )
    kit.expect_that(
        clock.now >= 1030, "but not before 30 s", f"after {clock.now - 1000:g} s on the clock"
    )


def test_a_reader_that_takes_a_little_has_more_time():
    def each(looks):
        if looks % 4 == 0:
            with suppress(BlockingIOError):
                while peer.recv(1 << 20):
                    pass

    clock = Ticking(5.0, each)
    with wired(WRITE, clock) as (wire, peer):
        peer.setblocking(False)
        kit.did("write=30; the peer takes what is there every 20 s or so")
        wire.send(b"x" * (1 << 20))
    kit.expect_that(
        clock.now > 1030,
        "longer than 30 s in total, and yet not cut: it never took nothing for 30 s",
        f"all was sent after {clock.now - 1000:g} s",
    )


def test_each_send_has_its_own_time():
    clock = kit.Clock()
    with wired(WRITE, clock) as (wire, peer):
        wire.send(b"one")
        clock.advance(1000)
        wire.send(b"two")
        kit.expect(peer.recv(100), b"onetwo", "both: nobody waited, so nobody was late")


def test_no_limit_is_no_limit():
    def each(looks):
        if looks == 10:
            reader.start()

    def read_all():
        while len(got) < LARGE:
            got.extend(peer.recv(1 << 20))

    got = bytearray()
    reader = threading.Thread(target=read_all, daemon=True)
    clock = Ticking(1000.0, each)
    with wired(Timeouts(write=None, header=QUICK, linger=QUICK), clock) as (wire, peer):
        kit.did("write=None; the peer reads after 10,000 s")
        wire.send(b"x" * LARGE)
        reader.join()
    kit.expect(len(got), LARGE, "write=None: never cut")
