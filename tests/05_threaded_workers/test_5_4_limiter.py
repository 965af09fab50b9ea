"""Task 5.4: how often somebody may ask (`ratelimit.RateLimiter.allow`)."""

from interleaving import meetings

from groundup import ratelimit
from groundup.ratelimit import RateLimiter
from workshop import kit

pytestmark = kit.task("5.4")


def asked(limiter, *moments, key="a"):
    """What allow(key, moment) says, moment by moment."""
    kit.did(f"{key!r} asks at {', '.join(f'{moment:g}' for moment in moments)}")
    return [limiter.allow(key, moment) for moment in moments]


def test_who_has_asked_too_often_is_told_how_long_to_wait():
    kit.did("at most 2 in any 10 seconds")
    kit.expect(
        asked(RateLimiter(2, 10.0), 0.0, 4.0, 9.0),
        [0.0, 0.0, 1.0],
        "0 twice; then 1 second, for the first one leaves the window at 10",
    )


def test_a_moment_that_is_as_old_as_the_window_is_outside():
    kit.did("at most 2 in any 10 seconds")
    kit.expect(
        asked(RateLimiter(2, 10.0), 0.0, 4.0, 10.0, 13.0, 14.0),
        [0.0, 0.0, 0.0, 1.0, 0.0],
        "at 10 the first has left, at 14 the second",
    )


def test_the_window_slides():
    kit.did("at most 5 in any 60 seconds")
    moments = [59 + number / 10 for number in range(20)]
    answers = asked(RateLimiter(5, 60.0), *moments)
    kit.expect(
        answers.count(0.0),
        5,
        "allowed between 0:59 and 1:01",
        why="a counter that begins anew at each full minute would have let 10 in",
    )


def test_who_was_refused_is_not_counted():
    kit.did("at most 1 in any 10 seconds")
    kit.expect(
        asked(RateLimiter(1, 10.0), 0.0, 3.0, 6.0, 9.0, 10.0),
        [0.0, 7.0, 4.0, 1.0, 0.0],
        "in at 10, as promised",
        why="if refusals counted, whoever keeps asking would never come in again",
    )


def test_keys_do_not_share():
    limiter = RateLimiter(1, 10.0)
    kit.did("at most 1 in any 10 seconds")
    kit.expect(asked(limiter, 0.0, key="a"), [0.0], "the first of a")
    kit.expect(asked(limiter, 0.0, key="b"), [0.0], "the first of b")
    kit.expect(asked(limiter, 5.0, key="a"), [5.0], "the second of a")


def test_memory_is_bounded_whoever_asks():
    limiter = RateLimiter(3, 10.0, keys=100)
    kit.did("keys=100; 1,000 clients ask once each")
    for number in range(1000):
        limiter.allow(str(number), number / 1000)
    kit.expect(len(limiter), 100, "keys that are remembered")


def test_who_is_heard_often_is_remembered():
    limiter = RateLimiter(2, 100.0, keys=2)
    kit.did("at most 2 in any 100 seconds, keys=2")
    asked(limiter, 0.0, key="busy")
    asked(limiter, 1.0, key="silent")
    asked(limiter, 2.0, key="busy")
    asked(limiter, 3.0, key="new")
    kit.expect(
        asked(limiter, 4.0, key="busy"),
        [96.0],
        "busy is still known: whoever was silent longest had to go",
        why="else an attacker would only have to be so busy that it is forgotten",
    )


def test_who_is_refused_is_heard_too():
    limiter = RateLimiter(1, 100.0, keys=2)
    kit.did("at most 1 in any 100 seconds, keys=2")
    asked(limiter, 0.0, key="flood")
    asked(limiter, 1.0, key="silent")
    asked(limiter, 2.0, key="flood")
    asked(limiter, 3.0, key="new")
    kit.expect(
        asked(limiter, 4.0, key="flood"),
        [96.0],
        "flood is still known, though its last request was refused",
        why="else who floods would be forgotten first, and let in again",
    )


def test_whose_moments_have_all_left_is_no_new_key():
    limiter = RateLimiter(1, 10.0, keys=2)
    kit.did("at most 1 in any 10 seconds, keys=2")
    asked(limiter, 5.0, key="a")
    asked(limiter, 12.0, key="b")
    asked(limiter, 14.0, 16.0, key="a")
    kit.expect(asked(limiter, 17.0, key="b"), [5.0], "b is still known: a was never a third key")


def test_two_threads_share_one_limit(monkeypatch):
    def ask(limiter):
        return limiter.allow("a", 1.0)

    def one():
        return RateLimiter(1, 10.0)

    for _, results in meetings(ratelimit, monkeypatch.setattr, one, ask, ask):
        if sorted(results) != [0.0, 10.0]:
            kit.did("two threads ask, the second in the middle of the first")
        kit.expect(sorted(results), [0.0, 10.0], "one may, and the other has to wait")
