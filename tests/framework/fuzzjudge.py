"""One input, all readers, one verdict.

Apart from the readers because here stands what must hold: the parser says the same at every split;
the short cut is contained in the parser; a connection says what the parser says, quick or patient;
h11 reads the same where both accept. Rule: a `Difference` is a fault of the framework, or of a
table in fuzzpeer.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import fuzzmutate
import fuzzread
from fuzzpeer import STRICTER, Peer, agree, meant, ours
from fuzzread import Said, parsed, seen, talked

from groundup.limits import Limits
from groundup.whole import read_whole

USUAL = Limits()
BOTH, NEITHER, US_ONLY, H11_ONLY = (
    "accepted by both", "refused by both", "refused by us only", "refused by h11 only",
)  # fmt: skip


class Difference(AssertionError):
    """Two readers disagree, or one of them broke its word."""


def limits_for(rng: Random, data: bytes) -> Limits:
    """The usual limits, or one of them exactly at what this input needs, or one below it."""
    if rng.random() < 0.6:
        return USUAL
    line, _, rest = data.partition(b"\r\n")
    block = rest.partition(b"\r\n\r\n")[0]
    numbers = [int(found[0][:9]) for found in fuzzmutate.NUMBER.finditer(block)]
    sizes = {
        "request_line": len(line),
        "header_bytes": len(block) + 4,
        "header_count": block.count(b"\r\n") + 1,
        "body": rng.choice([*numbers, 16]),
        "chunk_extensions": rng.randrange(12),
        "trailer_bytes": rng.randrange(2, 24),
    }
    name = rng.choice(list(sizes))
    return replace(USUAL, **{name: max(0, sizes[name] - rng.randrange(2))})


def an_input(seed: str) -> tuple[bytes, Limits, Random]:
    """The bytes and the limits of a seed, and the chance that goes on from there."""
    rng = Random(seed)
    data = fuzzmutate.an_input(rng)
    return data, limits_for(rng, data), rng


class Judge:
    """Judges inputs, and counts. `verdicts`: the four kinds; `classes`: the reasons by kind."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.classes: dict[str, Counter[str]] = {US_ONLY: Counter(), H11_ONLY: Counter()}
        self.requests = 0  # complete ones
        self.short_cuts = 0  # of them, taken by the short cut
        self.refusals: Counter[str] = Counter()  # ours, by status and section
        self.inputs = 0

    def judge(self, seed: str) -> None:
        """Judge the input of a seed. Whatever is raised says which it was."""
        data, limits, rng = an_input(seed)
        self.inputs += 1
        try:
            self.examine(data, limits, rng)
        except Exception as error:
            error.add_note(f"{seed}: {data!r} with {limits}")
            raise

    def examine(self, data: bytes, limits: Limits, rng: Random) -> None:
        """Raise a Difference where there is one."""
        said = self.same_at_every_split(data, limits, rng)
        self.short_cuts += contained(data, limits)
        same_on_a_connection(data, limits, rng, said)
        self.compare(data, said)

    def same_at_every_split(self, data: bytes, limits: Limits, rng: Random) -> Said:
        """Whole, byte by byte and in pieces; and never more than one line waits."""
        whole = parsed([data], limits)
        for how, pieces in ("singly", fuzzread.singly(data)), ("cut", fuzzread.cut(rng, data)):
            other = parsed(pieces, limits)
            expect(how, other.said, whole.said)
            if other.waiting > fuzzread.most_buffered(limits):
                raise Difference(f"{other.waiting} bytes wait in the parser, {how}")
        within(whole.said, limits)
        if whole.said[-1][0] == "refused":
            self.refusals[f"{whole.said[-1][1]} {whole.said[-1][3]}"] += 1
        self.requests += sum(told[0] == "end" for told in whole.said)
        return whole.said

    def compare(self, data: bytes, said: Said) -> None:
        """h11 beside us."""
        mine, peer = ours(said), Peer(data)
        for number, (one, other) in enumerate(zip(mine, peer.requests, strict=False)):
            if not agree(one, other):
                raise Difference(f"request {number}: h11 reads\n  {other}\nand we\n  {one}")
        reason = said[-1][2] if said[-1][0] == "refused" else ""
        verdict = self.kind(len(mine), len(peer.requests), reason, peer.refusal)
        self.verdicts[verdict] += 1

    def kind(self, we: int, they: int, reason: str, refusal: str) -> str:
        """Who took more; a Difference where nobody has decided that it should be so."""
        if we == they and bool(reason) == bool(refusal):
            return NEITHER if reason else BOTH
        if they > we or (they == we and reason):
            if reason not in STRICTER:
                raise Difference(f"h11 accepts, we refuse: {reason or 'no refusal'}")
            self.classes[US_ONLY][reason] += 1
            return US_ONLY
        known = meant(refusal)
        if known is None:
            raise Difference(f"we accept, h11 refuses: {refusal or 'no refusal'}")
        self.classes[H11_ONLY][known] += 1
        return H11_ONLY


def within(said: Said, limits: Limits) -> None:
    """Nothing is given out that is above a limit."""
    for kind, *told in said:
        size = len(told[0]) if kind == "data" else 0
        fields = len(told[0][4]) if kind == "head" else len(told[0]) if kind == "end" else 0
        line = len(" ".join(told[0][:2])) + len(" HTTP/1.1") if kind == "head" else 0
        if size > limits.body or fields > limits.header_count or line > limits.request_line:
            raise Difference(f"above a limit: {kind} {told} with {limits}")


def expect(how: str, got: Any, want: Any) -> None:
    """They are equal."""
    if got != want:
        raise Difference(f"{how}:\n  {got}\nbut whole:\n  {want}")


def contained(data: bytes, limits: Limits) -> int:
    """Where the short cut takes a request, a fresh parser takes the same; how many it took."""
    start = count = 0
    while (whole := read_whole(data, start, limits)) is not None:
        head, body, end, keep_alive = whole
        alone = parsed([data[start:end]], limits).said
        bodied = [("data", body)] if body else []
        want = [("head", seen(head)), *bodied, ("end", (), end - start), ("eof",)]
        if alone != want or seen(head)[-1] != keep_alive or not start < end <= len(data):
            raise Difference(f"the short cut takes {whole} at {start}, the parser says {alone}")
        rest = parsed([data[start:]], limits).said[: len(want) - 1]
        expect("the short cut", want[:-1], rest)
        start, count = end, count + 1
    return count


def same_on_a_connection(data: bytes, limits: Limits, rng: Random, said: Said) -> None:
    """Patient and byte by byte, quick and whole, quick and in pieces: the same conversation."""
    whole = [data] if data else []
    patient = talked(whole, limits, quick=False)
    expect("quick", talked(whole, limits, quick=True).said, patient.said)
    expect("quick, cut", talked(fuzzread.cut(rng, data), limits, quick=True).said, patient.said)
    early = talked(whole, limits, quick=False, early=True)
    pieces = fuzzread.cut(rng, data)
    expect("early, cut", talked(pieces, limits, quick=False, early=True).said, early.said)
    answered = [turn[0] for turn in patient.said if isinstance(turn[0], tuple)]
    heads = [told[1] for told in said if told[0] == "head"]
    if answered != heads[: len(answered)]:
        raise Difference(f"answered {answered}, parsed {heads}")
