"""Chance at play in a `fuzzworld`: clients and servers with a temperament.

Apart from the world because Hypothesis plays there too, in its own way. A server that is orderly
for long gets where a wild one never comes. Rule: the seed is the whole of an exchange.
"""

from __future__ import annotations

from random import Random

import fuzzworld
from fuzzworld import DRAIN, World, a_request

SIZES = (1, 2, 7, 20, 60, 500)
ERRORS = (400, 408, 413, 500)


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


def play(seed: str) -> World:
    """One exchange; an error says what was done."""
    rng = Random(seed)
    plan = [a_request(rng) for _ in range(rng.randint(1, 6))]
    world = World(plan, rng.choice((0, DRAIN, DRAIN)))
    acts = rng.choices(ACTS, TEMPERAMENTS[rng.choice(list(TEMPERAMENTS))], k=40)
    try:
        for name in acts:
            act(world, rng, name)
            world.check()
        world.finish()
    except Exception as error:
        error.add_note(f"{seed}: {acts}\nsent {world.wire!r}\ngot {world.output!r}")
        raise
    return world
