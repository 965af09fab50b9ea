"""Task 4.1: when a body is too late (`timeouts.after`, `timeouts.BodyClock`)."""

import pytest

from groundup.timeouts import NEVER, BodyClock, Timeouts, after
from workshop import kit

pytestmark = kit.task("4.1")

LATE = "RFC 9110 §15.5.9"
USUAL = Timeouts(body=30.0, min_body_rate=500.0, rate_grace=10.0)  # 5,000 bytes in each 10 s


def test_a_deadline_is_a_moment():
    kit.expect(after(10.0, 5.0), 15.0, "after(10.0, 5.0): ten seconds from 5.0")
    kit.expect(after(0.0, 5.0), 5.0, "after(0.0, 5.0): zero seconds are a limit, too")
    kit.expect(after(None, 5.0), NEVER, "after(None, 5.0): no limit")


def test_a_body_has_one_end_in_total():
    kit.did("BodyClock(Timeouts(body=30, min_body_rate=None), 1000): no rate, so no windows")
    clock = BodyClock(Timeouts(body=30.0, min_body_rate=None), 1000.0)
    kit.expect(clock.deadline, 1030.0, "30 s from its begin")
    for now in (1001.0, 1015.0, 1029.9):
        kit.did(f"100,000 bytes at {now}")
        clock.received(100_000, now)
        kit.expect(
            clock.deadline,
            1030.0,
            "the end stays where it was",
            why="a deadline that moves with each byte is none: a byte in time buys the next wait",
            section=LATE,
        )


def test_a_body_that_trickles_is_too_late():
    clock = BodyClock(USUAL, 1000.0)
    kit.expect(clock.deadline, 1010.0, "5,000 bytes are due in the first 10 s")
    for second in range(1, 10):
        clock.received(1, 1000.0 + second)
    kit.did("one byte in each of 9 seconds")
    kit.expect(
        clock.deadline,
        1010.0,
        "nine bytes do not buy a second more",
        why="500 bytes a second are the slowest body that is not an attack",
        section=LATE,
    )


def test_a_window_that_fills_is_followed_by_the_next():
    clock = BodyClock(USUAL, 1000.0)
    kit.did("4,999 bytes at 1007, 1 byte at 1008")
    clock.received(4_999, 1007.0)
    kit.expect(clock.deadline, 1010.0, "one byte is missing")
    clock.received(1, 1008.0)
    kit.expect(clock.deadline, 1018.0, "the window is full, and the next begins at once, at 1008")
    clock.received(4_999, 1009.0)
    kit.expect(clock.deadline, 1018.0, "the second window needs its own 5,000 bytes")


def test_a_burst_buys_no_later_silence():
    clock = BodyClock(USUAL, 1000.0)
    kit.did("400,000 bytes at 1001: eighty windows' worth")
    clock.received(400_000, 1001.0)
    kit.expect(clock.deadline, 1011.0, "the next 5,000 bytes are due 10 s later, all the same")
    clock.received(4_999, 1002.0)
    kit.expect(clock.deadline, 1011.0, "4,999 bytes are not enough, whatever came before")


def test_the_sooner_end_counts():
    clock = BodyClock(USUAL, 1000.0)
    kit.did("5,000 bytes at 1009, at 1018 and at 1027")
    for now, want in ((1009.0, 1019.0), (1018.0, 1028.0), (1027.0, 1030.0)):
        clock.received(5_000, now)
        kit.expect(clock.deadline, want, f"at {now}, the sooner of total and window")


def test_a_body_that_is_just_fast_enough_is_never_late():
    clock = BodyClock(USUAL, 1000.0)
    kit.did("500 bytes in each of 29 seconds")
    for second in range(1, 30):
        now = 1000.0 + second
        kit.expect_that(now <= clock.deadline, f"not late at {now}", clock.deadline)
        clock.received(500, now)


@pytest.mark.parametrize("sizes", [[5_000], [2_500] * 2, [1] * 5_000], ids=["one", "two", "bytes"])
def test_it_does_not_matter_how_the_bytes_are_cut(sizes):
    clock = BodyClock(USUAL, 1000.0)
    for size in sizes:
        clock.received(size, 1004.0)
    kit.expect(clock.deadline, 1014.0, f"5,000 bytes at 1004 in {len(sizes):,} pieces")


NO_LIMITS = [
    (Timeouts(body=None), 1010.0, "no total: the windows count"),
    (Timeouts(min_body_rate=None), 1030.0, "no rate: the total counts"),
    (Timeouts(min_body_rate=0.0), 1030.0, "a rate of zero is none"),
    (Timeouts(body=None, min_body_rate=None), NEVER, "neither: never late"),
]


@pytest.mark.parametrize(("timeouts", "want", "story"), NO_LIMITS)
def test_each_limit_may_be_off(timeouts, want, story):
    clock = BodyClock(timeouts, 1000.0)
    clock.received(1, 1001.0)
    kit.expect(clock.deadline, want, story)


def test_a_streamed_body_has_a_rate_and_no_total():
    clock = BodyClock(USUAL, 1000.0, streamed=True)
    for now in range(1005, 1100, 5):
        clock.received(5_000, float(now))
    kit.expect(clock.deadline, 1105.0, "fast enough for 100 s: only the rate counts")


def test_a_pause_of_the_reader_does_not_count():
    clock = BodyClock(USUAL, 1000.0)
    clock.received(100, 1002.0)
    kit.did("the application stops reading at 1004, and goes on at 1104")
    clock.pause(1004.0)
    kit.expect(clock.deadline, NEVER, "nobody reads, so nobody can be late")
    clock.resume(1104.0)
    kit.expect(clock.deadline, 1110.0, "six seconds are left of the window, as there were")
