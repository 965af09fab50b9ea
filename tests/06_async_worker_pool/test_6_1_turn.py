"""Task 6.1: one turn of the loop (`engines.tinyloop.Loop`): how long it sleeps, whom it calls."""

import pytest
from tiny_world import World

from groundup.engines.tinyloop import READ, WRITE
from workshop import kit

pytestmark = kit.task("6.1")


def timer(moment, *, cancelled=False):
    def add(world):
        call = world.loop.call_at(moment, world.writes("timer"))
        if cancelled:
            call.cancel()

    return add


def a_call(world):
    world.loop.call_soon(world.writes("call"))


def three_seconds_pass(world):
    world.clock.advance(3)


PATIENCE = [
    ("a timer in 3 s", [timer(3)], 3),
    ("nothing to do: until a socket is ready", [], None),
    ("a call is ready", [a_call], 0),
    ("a call is ready, and a timer in 3 s", [timer(3), a_call], 0),
    ("timers in 5 s and in 2 s", [timer(5), timer(2)], 2),
    ("a timer whose moment is now", [timer(3), three_seconds_pass], 0),
    ("a timer that is late", [timer(2), three_seconds_pass], 0),
    ("a timer that was cancelled", [timer(3, cancelled=True)], None),
    ("a cancelled timer before a good one", [timer(3, cancelled=True), timer(8)], 8),
    ("a cancelled timer behind a good one", [timer(3), timer(8, cancelled=True)], 3),
    ("three cancelled ones before a good one", [*[timer(1, cancelled=True)] * 3, timer(9)], 9),
]


@pytest.mark.parametrize(("story", "steps", "want"), PATIENCE, ids=[row[0] for row in PATIENCE])
def test_how_long_select_may_sleep(story, steps, want):
    with World() as world:
        for step in steps:
            step(world)
        kit.did(story)
        kit.did("patience()")
        kit.expect(world.loop.patience(), want, f"seconds, for {story}")


def test_calls_come_in_their_order_and_once():
    with World() as world:
        for name in ("first", "second", "third"):
            world.loop.call_soon(world.writes(name))
        kit.did("three calls of call_soon, then two turns (a timer keeps the second from sleeping)")
        world.loop.call_at(0, lambda: None)
        world.loop.turn()
        world.loop.call_soon(lambda: None)
        world.loop.turn()
        names = [name for name, _ in world.diary]
        kit.expect(names, ["first", "second", "third"], "each function once, in order")


def test_what_a_call_adds_waits_for_the_next_turn():
    with World() as world:
        ours, peer = world.pair()
        peer.send(b"x")

        def again():
            world.note("again")
            world.loop.call_soon(again)
            if len(world.diary) > 100:
                raise kit.Wrong("a turn that ends", "100 calls in one turn: each adds one more")

        world.loop.call_soon(again)
        world.loop.watch(ours, READ, world.writes("socket"))
        kit.did("a call that adds itself again, each time; and a socket with a byte in it")
        kit.did("turn() three times")
        for _ in range(3):
            world.loop.turn()
        names = [name for name, _ in world.diary]
        kit.expect(names.count("again"), 3, "one call of it in each turn")
        kit.expect(
            names.count("socket"),
            3,
            "the socket is seen in each turn",
            why="a call that adds a call, for ever, would keep all clients out: they starve",
        )


def test_timers_come_at_their_moment_and_in_its_order():
    with World() as world:
        for moment, name in ((3, "c"), (1, "a"), (2, "b")):
            world.loop.call_at(moment, world.writes(name))
        kit.did("timers for 3 s, 1 s and 2 s; three turns")
        for _ in range(3):
            world.loop.turn()
        kit.expect(world.diary, [("a", 1), ("b", 2), ("c", 3)], "(name, moment) of each")


def test_a_timer_is_called_in_the_turn_that_slept_for_it():
    with World() as world:
        world.loop.call_at(3, world.writes("timer"))
        kit.did("a timer in 3 s; one turn")
        world.loop.turn()
        kit.expect(
            world.diary,
            [("timer", 3)],
            "called at 3 s, in this turn",
            why="what time it is, is a question for *after* the sleep",
        )


def test_timers_of_one_moment_come_all_in_one_turn_the_older_first():
    with World() as world:
        for name in ("older", "younger", "youngest"):
            world.loop.call_at(1, world.writes(name))
        kit.did("three timers for the same moment; one turn")
        world.loop.turn()
        names = [name for name, _ in world.diary]
        kit.expect(names, ["older", "younger", "youngest"], "in the order of their making")


def test_a_late_timer_does_not_wait_for_a_socket():
    with World() as world:
        ours, _ = world.pair()
        world.loop.watch(ours, READ, world.writes("socket"))
        world.loop.call_at(2, world.writes("timer"))
        kit.did("a timer in 2 s, a socket to which nobody writes; one turn")
        world.loop.turn()
        kit.expect(world.diary, [("timer", 2)], "the timer, at its moment")


def test_a_socket_does_not_wait_for_a_timer():
    with World() as world:
        ours, peer = world.pair()
        world.loop.watch(ours, READ, world.writes("socket"))
        world.loop.call_at(60, world.writes("timer"))
        world.at(0.5, lambda: peer.send(b"x"))
        kit.did("a timer in 60 s; a byte that comes after 0.5 s; one turn")
        world.loop.turn()
        kit.expect(world.diary, [("socket", 0.5)], "the socket's function, at 0.5 s")


def test_a_socket_is_watched_until_it_is_not():
    with World() as world:
        ours, peer = world.pair()
        peer.send(b"x")
        world.loop.watch(ours, READ, world.writes("socket"))
        world.loop.turn()
        world.loop.turn()
        world.loop.unwatch(ours)
        world.loop.call_soon(world.writes("call"))
        kit.did("a socket with a byte in it that nobody takes: two turns; unwatch; one more")
        world.loop.turn()
        names = [name for name, _ in world.diary]
        kit.expect(names, ["socket", "socket", "call"], "once in each turn, until unwatched")


def test_reading_and_writing_are_different_events():
    with World() as world:
        (ours, _), (other, _) = world.pair(), world.pair()
        world.loop.watch(ours, READ, world.writes("may read"))
        world.loop.watch(other, WRITE, world.writes("may write"))
        kit.did("one socket watched for READ, to which nobody has written; one for WRITE")
        world.loop.turn()
        kit.expect(world.diary, [("may write", 0)], "the one that has room in its buffer")


def test_sockets_come_before_timers():
    with World() as world:
        ours, peer = world.pair()
        world.loop.call_at(2, world.writes("timer"))
        world.loop.watch(ours, READ, world.writes("socket"))
        world.at(2, lambda: peer.send(b"x"))
        kit.did("a byte and a timer in the same moment; one turn")
        world.loop.turn()
        kit.expect(world.diary, [("socket", 2), ("timer", 2)], "both, the socket first")


def test_a_call_that_was_cancelled_is_not_called_even_if_it_is_next():
    with World() as world:
        later = []

        def first():
            world.note("first")
            later[0].cancel()

        world.loop.call_at(1, first)
        later.append(world.loop.call_at(1, world.writes("second")))
        kit.did("two timers for one moment; the first cancels the second")
        world.loop.turn()
        kit.expect(
            world.diary,
            [("first", 1)],
            "the first alone",
            why="when the second was cancelled, its moment had come and it stood in the queue",
        )


def test_a_cancelled_timer_wakes_nobody():
    with World() as world:
        world.loop.call_at(1, world.writes("cancelled")).cancel()
        world.loop.call_at(3600, world.writes("in an hour"))
        kit.did("a timer for 1 s, cancelled; another one in an hour; one turn")
        world.loop.turn()
        kit.expect(world.diary, [("in an hour", 3600)], "one turn, one sleep")


def test_it_sleeps_as_long_as_it_may():
    with World() as world:
        ours, peer = world.pair()
        world.loop.watch(ours, READ, lambda: world.note(ours.recv(10)))
        world.loop.call_at(3600, world.writes("in an hour"))
        world.at(1800, lambda: peer.send(b"half past"))
        kit.did("a timer in an hour; a peer that writes after half of it; two turns")
        world.loop.turn()
        world.loop.turn()
        kit.expect(
            world.diary, [(b"half past", 1800), ("in an hour", 3600)], "both, each at its moment"
        )
        kit.expect(
            world.eyes.slept,
            [3600, 1800],
            "how long select() was asked to wait, each time",
            why="a loop that looks again and again burns a processor while nothing happens",
        )
