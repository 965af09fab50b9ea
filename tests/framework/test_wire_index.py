"""The index of MUSTs: none without a case that accepts and one that refuses, none left out.

musts.toml is the index. Each test here has a twin that shows it a broken index, since a check
that was never seen to fail may be no check.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from wirecases import Case, load, musts

CASES = {case.id: case for case in load()}
NOT_OURS = ("client", "intermediary", "registry", "tls")
SIDES = ("accept", "refuse")

Index = dict[str, Any]


def miscounted(index: Index, cases: dict[str, Case]) -> Iterator[str]:
    """Sections of which not every MUST is listed."""
    listed = Counter(entry["section"] for entry in index["must"])
    for section, count in index["counts"].items():
        if listed[section] != count:
            yield f"{section} has {count} MUSTs, the index lists {listed[section]}"


def unheld(index: Index, cases: dict[str, Case]) -> Iterator[str]:
    """MUSTs that bind a server and lack a case; MUSTs of which nobody says whom they bind."""
    for entry in index["must"]:
        if entry["binds"] == "server":
            yield from (
                f"{entry['section']} has no case to {side}: {entry['says']}"
                for side in SIDES
                if not entry.get(side)
            )
        elif entry["binds"] not in NOT_OURS:
            yield f"{entry['section']} binds {entry['binds']}"


def misnamed(index: Index, cases: dict[str, Case]) -> Iterator[str]:
    """Cases that do not exist, or stand on the wrong side."""
    for entry in index["must"]:
        for side in SIDES:
            for name in entry.get(side, ()):
                if name not in cases:
                    yield f"{entry['section']}: no case is called {name}"
                elif cases[name].refuses != (side == "refuse"):
                    yield f"{entry['section']}: {name} is not a case to {side}"


def unlisted(index: Index, cases: dict[str, Case]) -> Iterator[str]:
    """Cases of our own tables whose section has no MUST in the index."""
    sections = {entry["section"] for entry in index["must"]}
    for case in cases.values():
        if case.section not in sections and case.table[:3] != "02 ":
            yield f"{case.id} names {case.section}, which the index does not list"


CHECKS = (miscounted, unheld, misnamed, unlisted)


@pytest.mark.parametrize("check", CHECKS)
def test_the_index_is_whole(check: Callable[[Index, dict[str, Case]], Iterator[str]]) -> None:
    assert list(check(musts(), CASES)) == []


def without_a_must(index: Index) -> None:
    del index["must"][0]


def without_a_case(index: Index) -> None:
    del next(entry for entry in index["must"] if entry["binds"] == "server")["refuse"]


def with_a_case_that_is_not_there(index: Index) -> None:
    index["must"][0]["accept"] = ["no-such-case"]


def without_a_section(index: Index) -> None:
    entries = [entry for entry in index["must"] if entry["section"] != "9110 14.2"]
    index["must"] = entries


@pytest.mark.parametrize(
    ("check", "spoil"),
    [
        (miscounted, without_a_must),
        (unheld, without_a_case),
        (misnamed, with_a_case_that_is_not_there),
        (unlisted, without_a_section),
    ],
)
def test_a_broken_index_is_seen(
    check: Callable[[Index, dict[str, Case]], Iterator[str]], spoil: Callable[[Index], None]
) -> None:
    index = copy.deepcopy(musts())
    spoil(index)
    assert list(check(index, CASES))
