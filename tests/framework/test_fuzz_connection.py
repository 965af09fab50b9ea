"""A Connection used in any order keeps its word: see fuzzworld for what that is.

Twice: by Hypothesis, which makes a failure small, and by a seeded chance whose servers have a
temperament, which gets farther.
"""

from __future__ import annotations

from random import Random

import fuzzworld
import pytest
from fuzzplay import ERRORS, SIZES, play
from fuzzworld import DRAIN, World, a_request
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from groundup.connection import Connection
from groundup.errors import HTTPException

EXCHANGES, PARTS = 6000, 6
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


@pytest.mark.parametrize("part", range(PARTS))
def test_by_chance(part: int) -> None:
    worlds = [play(f"exchange {number}") for number in range(part, EXCHANGES, PARTS)]
    assert sum(bool(sent.answers) for world in worlds for sent in world.given) > len(worlds)


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
