"""The short way to a route whose only parameter is the last piece of its path.

Apart from the router, whose tree finds every route, because this is a short cut for the commonest
of those that are no plain text, `/users/<int:id>`: one look into a dictionary takes the place of
a walk through the tree. The rule: it finds what the tree would find, or it asks the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundup.patterns import NO_MATCH, Segment
from groundup.routing import Match, Miss, Router
from groundup.tree import Route

Leaf = tuple[Segment, str, dict[str, Route]]
"""A last segment, its parameter's name, and the routes that end with it by their method."""


class Finder:
    """Finds routes in a router, quickly. It notices when routes are added."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._seen = -1  # how many routes the tables below were made from
        self._static: dict[str, dict[str, Route]] = {}
        self._leaves: dict[str, Sequence[Leaf]] = {}

    def find(self, method: str, path: str) -> Match | Miss:
        """What `router.match(method, path)` gives."""
        found = self.quick(method, path)
        return self._router.match(method, path) if found is None else Match(*found)

    def quick(self, method: str, path: str) -> tuple[Route, dict[str, Any]] | None:
        """The route and its parameters, where the short way leads to one."""
        if self._seen != len(self._router.routes):
            self._learn()
        if path in self._static:
            route = self._static[path].get(method)
            return (route, {}) if route else None
        if "/" not in path or set(path) & {"%", "."}:
            return None
        place = path.rindex("/")
        read = (
            (routes, name, value)
            for segment, name, routes in self._leaves.get(path[:place], ())
            if (value := segment.match(path[place + 1 :])) is not NO_MATCH
        )
        for routes, name, value in read:
            return (routes[method], {name: value}) if method in routes else None
        return None

    def _learn(self) -> None:
        """Make the tables anew: text before the last segment → the segments that may follow.

        Where two of these are equally good, the first in the tree counts: it is the tree's to say.
        """
        routes = self._router.routes
        self._seen = len(routes)
        self._static = self._static_routes()
        found: dict[str, dict[object, Leaf]] = {}
        for route in routes:
            *before, last = route.segments
            if len(route.names) != 1 or not last.name or last.converter.many:
                continue
            leaves = found.setdefault(static_path(before), {})
            leaf = leaves.setdefault(last.shape, (last, last.name, {}))
            if leaf[1] == last.name:
                leaf[2].update(dict.fromkeys(route.methods, route))
        self._leaves = {
            before: sorted(leaves.values(), key=lambda leaf: leaf[0].order)
            for before, leaves in found.items()
            if len({leaf[0].order for leaf in leaves.values()}) == len(leaves)
        }

    def _static_routes(self) -> dict[str, dict[str, Route]]:
        """Path → method → route, of those that are text alone; a "%" is the tree's to decode."""
        found: dict[str, dict[str, Route]] = {}
        for route in self._router.routes:
            path = static_path(route.segments)
            if not route.names and "%" not in path:
                found.setdefault(path, {}).update(dict.fromkeys(route.methods, route))
        return found


def static_path(segments: Sequence[Segment]) -> str:
    """The path of segments that are text, decoded: '/a/b', '' for none.

    A path without "%" is decoded as it comes: some clients send '/a|b', others '/a%7Cb'.
    """
    return "".join("/" + segment.prefix for segment in segments)
