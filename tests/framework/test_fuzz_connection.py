"""A Connection used in any order keeps its word: see fuzzworld for what that is.

Twice: by Hypothesis, which makes a failure small, and by a seeded chance whose servers have a
temperament, which gets farther.
"""

from __future__ import annotations

from random import Random

import fuzzworld
import pytest
from fuzzworld import DRAIN, World, a_request
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from groundup.connection import Connection
from groundup.errors import HTTPException

EXCHANGES, PARTS = 6000, 6
SIZES = (1, 2, 7, 20, 60, 500)
ERRORS = (400, 408, 413, 500)
statuses, fields, bodies = map(
    st.sampled_from, (fuzzworld.STATUSES, fuzzworld.FIELDS, fuzzworld.BODIES)
)


class Exchange(RuleBasedStateMachine):
    """One world; Hypothesis does what it likes in it."""

    @initialize(rng=st.randoms(use_true_random=False), drain=st.sampled_from((0, DRAIN)))
    def begin(self, rng: Random, drain: int) -> None:
        self.world = World([a_request(rng) for _ in range(rng.randint(1, 5))], drain)

    @rule(size=st.sampled_from(SIZES))
    def send(self, size: int) -> None:
        self.world.send(size)

    @rule(data=st.sampled_from((b"", *fuzzworld.GARBAGE)))
    def spoil(self, data: bytes) -> None:
        self.world.spoil(data)

    @rule()
    def ask_for_whole(self) -> None:
        self.world.ask_for_whole()

    @rule(times=st.sampled_from((1, 1, 3)))
    def ask(self, times: int) -> None:
        for _ in range(times):
            self.world.ask()

    @rule()
    def invite(self) -> None:
        self.world.invite()

    @rule(status=statuses, fields=fields, body=bodies)
    def respond(self, status: int, fields: fuzzworld.Pairs, body: bytes) -> None:
        self.world.respond(status, fields, body)

    @rule(status=statuses, fields=fields, length=st.sampled_from(fuzzworld.LENGTHS))
    def start(self, status: int, fields: fuzzworld.Pairs, length: int | None) -> None:
        self.world.start(status, fields, length)

    @rule(data=bodies)
    def send_part(self, data: bytes) -> None:
        self.world.send_part(data)

    @rule()
    def end(self) -> None:
        self.world.end()

    @rule()
    def say_that_this_is_the_last(self) -> None:
        self.world.say_that_this_is_the_last()

    @rule(status=st.sampled_from(ERRORS), rarely=st.integers(0, 3))
    def refuse(self, status: int, rarely: int) -> None:
        if rarely == 0:
            self.world.refuse(status)

    @rule(rarely=st.integers(0, 5))
    def abort(self, rarely: int) -> None:
        if rarely == 0:
            self.world.abort()

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.finish()


Exchange.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, derandomize=True, deadline=None
)
TestByHypothesis = Exchange.TestCase


def act(world: World, rng: Random, act: str) -> None:
    """Do one thing, with what chance gives to it."""
    if act == "send":
        world.send(rng.choice(SIZES))
    elif act == "spoil":
        world.spoil(rng.choice((b"", *fuzzworld.GARBAGE)))
    elif act == "ask":
        while world.ask() and rng.random() < 0.5:
            pass
    elif act == "respond":
        world.respond(*map(rng.choice, (fuzzworld.STATUSES, fuzzworld.FIELDS, fuzzworld.BODIES)))
    elif act == "start":
        world.start(*map(rng.choice, (fuzzworld.STATUSES, fuzzworld.FIELDS, fuzzworld.LENGTHS)))
    elif act == "send_part":
        world.send_part(rng.choice(fuzzworld.BODIES))
    elif act == "refuse":
        world.refuse(rng.choice(ERRORS))
    else:
        getattr(world, act)()


ACTS = (
    "send", "ask", "ask_for_whole", "respond", "start", "send_part", "end", "invite", "spoil",
    "say_that_this_is_the_last", "refuse", "abort",
)  # fmt: skip
TEMPERAMENTS = {
    "orderly": (6, 6, 6, 6, 0, 0, 0, 1, 0.1, 0.1, 0.05, 0.02),
    "streaming": (4, 6, 2, 1, 4, 6, 4, 1, 0.1, 0.1, 0.05, 0.02),
    "hasty": (2, 6, 1, 6, 3, 3, 3, 0.2, 0.1, 0, 0.02, 0),
    "wild": (3, 3, 3, 2, 2, 3, 3, 2, 1, 0.5, 0.5, 0.3),
}


@pytest.mark.parametrize("part", range(PARTS))
def test_by_chance(part: int) -> None:
    answered = 0
    for number in range(part, EXCHANGES, PARTS):
        rng = Random(f"exchange {number}")
        plan = [a_request(rng) for _ in range(rng.randint(1, 6))]
        world = World(plan, rng.choice((0, DRAIN, DRAIN)))
        weights = TEMPERAMENTS[rng.choice(list(TEMPERAMENTS))]
        acts = rng.choices(ACTS, weights, k=40)
        try:
            for name in acts:
                act(world, rng, name)
                world.check()
            world.finish()
        except Exception as error:
            error.add_note(f"exchange {number}: {acts}\nsent {world.wire!r}\ngot {world.output!r}")
            raise
        answered += sum(bool(sent.answers) for sent in world.given)
    assert answered > EXCHANGES / PARTS


EXPECTING = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"


@pytest.mark.parametrize("begun", ["start_response", "refuse", "abort"])
def test_no_100_goes_out_behind_a_response(begun: str) -> None:
    connection = Connection()
    connection.receive(EXPECTING)
    connection.next_event()
    assert connection.awaiting_continue
    arguments = {"start_response": (200,), "refuse": (HTTPException(408),), "abort": ()}
    getattr(connection, begun)(*arguments[begun])
    assert not connection.awaiting_continue
    assert connection.send_continue() == b""
