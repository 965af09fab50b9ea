"""The router's two ways: whatever the routes and the path, `Finder.find` says what `match` says."""

from __future__ import annotations

from contextlib import suppress
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from groundup.errors import HTTPException
from groundup.finding import Finder
from groundup.patterns import Converter
from groundup.routing import Match, Router

TABLES = 3000
METHODS = ("GET", "POST", "HEAD", "OPTIONS", "*", "BREW")
# Text that stands in patterns and in paths: some of it is encoded by one client and not by another.
TEXTS = ("a", "b", "ab", "1", "12", "a|b", "^", "`", '"', "é", "a b", "%", "%41", "x.y", "\\", "*")
KINDS = ("int", "float", "str", "str", "path", "hex", "word", "maybe")
EDGES = ("", "", "", "a", "b", "1", "v-")
VALUES = (*TEXTS, "", "0", "aba", "a1b", "ba", "1.5", ".", "..", "%2e", "%zz", "%00", "%2F", "%FF")
ODD_PATHS = ("", "*", "a:443", "/", "//", "1", "12", "a/1", "/a//", "/1", "/a", "a")


def a_router() -> Router:
    router = Router()
    router.converters["hex"] = Converter("[0-9a-f]+")
    router.converters["word"] = Converter("[a-z1-9]+")
    router.converters["maybe"] = Converter("[a-z]*")
    return router


def a_piece(rng: Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(TEXTS)
    parameter = f"<{rng.choice(KINDS)}:{rng.choice('pqr')}>"
    return rng.choice(EDGES) + parameter + rng.choice(EDGES)


def a_pattern(rng: Random) -> str:
    pieces = [a_piece(rng) for _ in range(rng.randint(1, 3))]
    return "/" + "/".join(pieces) + rng.choice(("", "", "", "/"))


def a_path(rng: Random, known: list[str]) -> str:
    """A path that one of the patterns may match, raw or encoded; or any other."""
    if rng.random() < 0.1:
        return rng.choice(ODD_PATHS)
    pieces = rng.choice(known).split("/")[1:]
    filled = [rng.choice(VALUES) if "<" in p or rng.random() < 0.1 else p for p in pieces]
    if rng.random() < 0.4:
        filled = [quote(piece) for piece in filled]
    return "/" + "/".join(filled)


def outcome(search: Any, method: str, path: str) -> tuple[Any, ...]:
    try:
        found = search(method, path)
    except HTTPException as error:
        return error.status_code, error.message
    return (found.route, found.params) if isinstance(found, Match) else ("miss", found.allow)


@pytest.mark.parametrize("tenth", range(10))
def test_the_short_way_finds_what_the_tree_finds(tenth: int) -> None:
    for number in range(tenth, TABLES, 10):
        rng = Random(f"routes {number}")
        router, known = a_router(), list[str]()
        finder = Finder(router)
        for _ in range(rng.randint(2, 9)):  # routes come later as well
            with suppress(ValueError):  # taken, or no pattern
                pattern = a_pattern(rng)
                methods = rng.sample(METHODS, rng.choice((1, 1, 2)))
                router.add_route(pattern, lambda request, p=0, q=0, r=0: "", methods=methods)
                known.append(pattern)
            for _ in range(4 if known else 0):
                method, path = rng.choice(METHODS), a_path(rng, known)
                short = outcome(finder.find, method, path)
                assert short == outcome(router.match, method, path), (router.routes, method, path)


CASES = [
    (["/users/a|b", "/users/<name>"], "/users/a|b", "/users/a|b"),
    (["/a|b/<int:x>", "/<y>/<name>"], "/a|b/1", "/a|b/<int:x>"),
    (["/<x>a/<y>", "/a<x>", "/<x>a"], "/aba", "/<x>a"),
    (["/<hex:x>/<y>", "/<word:x>", "/<hex:x>"], "/a", "/<hex:x>"),
]


@pytest.mark.parametrize(("given", "path", "wanted"), CASES, ids=[case[1] for case in CASES])
def test_which_of_two_routes_fits_is_the_trees_to_say(
    given: list[str], path: str, wanted: str
) -> None:
    router = a_router()
    for pattern in given:
        router.add_route(pattern, lambda request, x=0, y=0, name=0: "")
    found = Finder(router).find("GET", path)
    assert isinstance(found, Match)
    assert found.route.pattern == wanted


def test_what_is_no_path_fits_no_route() -> None:
    router = a_router()
    router.add_route("/<name>", lambda request, name: "", methods=["OPTIONS"])
    assert not isinstance(Finder(router).find("OPTIONS", "*"), Match)
