"""The tree of routes: one level for each segment of a path.

Apart from the router because it is the one part that runs for every request, and it knows
nothing of decorators, prefixes or names. The rule: a search visits a node at most once, so
its cost is bounded by the tree and the path, whatever a client sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from groundup.handlers import Handler, compile_handler, describe
from groundup.patterns import NO_MATCH, Segment


class Route:
    """One handler under one pattern, with everything compiled that can be."""

    __slots__ = ("call", "handler", "methods", "name", "names", "options", "pattern", "segments")

    def __init__(
        self,
        pattern: str,
        segments: Sequence[Segment],
        handler: Handler,
        methods: Sequence[str],
        name: str | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.pattern = pattern
        self.segments = tuple(segments)
        self.handler = handler
        self.methods = tuple(methods)
        self.name = name or describe(handler)
        self.options = dict(options or {})
        self.names = tuple(segment.name for segment in segments if segment.name)
        self.call = compile_handler(handler, self.names)
        for change in route_changes:
            change(self)

    def __repr__(self) -> str:
        return f"<Route {','.join(self.methods)} {self.pattern} → {describe(self.handler)}>"


# Each may change a new route, above all its `call`. Yours to extend.
route_changes: list[Callable[[Route], None]] = []

Routes = dict[str, Route]
"""The routes that end at one node, by their method; "*" stands for any."""

Found = tuple[Route, tuple[Any, ...]] | None
"""What a search gives: a route and the values of its parameters, in their order."""


def choose(routes: Routes, method: str) -> Route | None:
    """The route for `method`; HEAD falls back on GET, and everything on "*".

    {'GET': a, '*': b}: GET → a, HEAD → a, POST → b, BREW → b. RFC 9110 §9.3.2.
    """
    route = routes.get(method)
    if route is None and method == "HEAD":
        route = routes.get("GET")
    return route or routes.get("*")


def allowed_methods(passed: Iterable[Routes]) -> tuple[str, ...]:
    """What an Allow field says of these nodes: every method they answer, sorted.

    [{'POST': a}, {'GET': b}] → ('GET', 'HEAD', 'OPTIONS', 'POST')      [] → ()
    A GET brings HEAD, and anything at all brings OPTIONS. RFC 9110 §10.2.1.
    """
    methods = {method for routes in passed for method in routes}
    if "GET" in methods:
        methods.add("HEAD")
    if methods:
        methods.add("OPTIONS")
    return tuple(sorted(methods))


def precedence(node: Node) -> tuple[int, int, int]:
    """Which parameter is tried first: more literal text, then lower rank, then longer tail.

    Where all of these are equal, the first that was registered.
    """
    return (*node.segment.order, -node.tail)


class Node:
    """A place in the tree: how one gets here, the ways on, and the routes that end here.

    `segment` is the parameter that leads here (text, for a child by text). `static`: children
    by text. `dynamic`: children through a parameter of one segment. `paths`: through one of
    many segments; `tail` then counts the segments that stand behind it in its pattern.
    """

    __slots__ = ("dynamic", "paths", "routes", "segment", "static", "tail")

    def __init__(self, segment: Segment, tail: int = 0) -> None:
        self.segment = segment
        self.tail = tail
        self.static: dict[str, Node] = {}
        self.dynamic: tuple[Node, ...] = ()
        self.paths: tuple[Node, ...] = ()
        self.routes: Routes = {}

    def add(self, segments: Sequence[Segment]) -> Node:
        """The node where a pattern ends; what is missing on the way is made.

        A segment without a `name` is text: its `prefix` is the key of the child in `static`.
        One with a name is a parameter: `branch(segment, tail)` finds or makes the child, where
        `tail` is the number of segments behind this one.
        """
        node = self
        for place, segment in enumerate(segments, start=1):
            if segment.name:
                node = node.branch(segment, tail=len(segments) - place)
            else:
                node = node.static.setdefault(segment.prefix, Node(segment))
        return node

    def branch(self, segment: Segment, tail: int) -> Node:
        """The child through a parameter; a new one is put where its precedence says.

        Two parameters of the same shape are one way, whatever they are called.
        """
        many = segment.converter.many
        new, known = Node(segment, tail if many else 0), self.paths if many else self.dynamic
        for child in known:
            if (child.segment.shape, child.tail) == (segment.shape, new.tail):
                return child
        children = tuple(sorted((*known, new), key=precedence))
        if many:
            self.paths = children
        else:
            self.dynamic = children
        return new

    def find(
        self,
        segments: Sequence[str],
        method: str,
        passed: list[Routes],
        index: int = 0,
        values: tuple[Any, ...] = (),
    ) -> Found:
        """The best route for the segments from `index` on, and its values; None without one.

        Where the path ends, `choose` decides; a node whose routes do not know `method` is left
        behind in `passed`. Else text is tried first, then each child in `dynamic`, then
        `find_path`. Where a branch leads nowhere, the search goes on with the next.
        """
        if index == len(segments):
            route = choose(self.routes, method)
            if route is None and self.routes:
                passed.append(self.routes)
            return None if route is None else (route, values)
        text = segments[index]
        child = self.static.get(text)
        found = child and child.find(segments, method, passed, index + 1, values)
        if found:
            return found
        for child in self.dynamic:
            value = child.segment.match(text)
            if value is not NO_MATCH:
                found = child.find(segments, method, passed, index + 1, (*values, value))
                if found:
                    return found
        return self.find_path(segments, method, passed, index, values)

    def find_path(
        self,
        segments: Sequence[str],
        method: str,
        passed: list[Routes],
        index: int,
        values: tuple[Any, ...],
    ) -> Found:
        """Like `find`, through the parameters of many segments: they take all but `tail`."""
        for child in self.paths:
            end = len(segments) - child.tail
            text = "/".join(segments[index:end]) if index < end else ""
            value = child.segment.match(text) if text else NO_MATCH
            if value is not NO_MATCH:
                found = child.find(segments, method, passed, end, (*values, value))
                if found:
                    return found
        return None
