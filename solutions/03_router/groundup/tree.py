"""The tree of routes: one level for each segment of a path.

Apart from the router because it is the one part that runs for every request, and it knows
nothing of decorators, prefixes or names. The rule: a search visits a node at most once, so
its cost is bounded by the tree and the path, whatever a client sends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from groundup.handlers import Handler, compile_handler, describe
from groundup.patterns import NO_MATCH, Segment


class Route:
    """One handler under one pattern, with everything compiled that can be."""

    __slots__ = ("call", "handler", "methods", "name", "names", "pattern", "segments")

    def __init__(
        self,
        pattern: str,
        segments: Sequence[Segment],
        handler: Handler,
        methods: Sequence[str],
        name: str | None = None,
    ) -> None:
        self.pattern = pattern
        self.segments = tuple(segments)
        self.handler = handler
        self.methods = tuple(methods)
        self.name = name or describe(handler)
        self.names = tuple(segment.name for segment in segments if segment.name)
        self.call = compile_handler(handler, self.names)

    def __repr__(self) -> str:
        return f"<Route {','.join(self.methods)} {self.pattern} → {describe(self.handler)}>"


Routes = dict[str, Route]
"""The routes that end at one node, by their method; "*" stands for any."""


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


class Edge:
    """The way from a node to a child through a parameter.

    `tail` counts the segments that a pattern has behind a parameter of many segments, which
    therefore ends so many before the end of the path: there is nothing to search for.
    """

    __slots__ = ("child", "key", "segment", "tail")

    def __init__(self, segment: Segment, tail: int) -> None:
        self.segment = segment
        self.tail = tail if segment.converter.many else 0
        self.key = (segment.prefix, segment.suffix, segment.converter, self.tail)
        self.child = Node()

    @property
    def order(self) -> tuple[int, int, int]:
        """Edges are tried in this order: more literal text, lower rank, longer tail."""
        return (*self.segment.order, -self.tail)

    def take(self, segments: Sequence[str], index: int) -> tuple[Any, int]:
        """(value, the index behind it) of the parameter that begins at `index`, or (NO_MATCH, _).

        <int:id> at 1 of ['users', '42'] → (42, 2)
        """
        if not self.segment.converter.many:
            return self.segment.match(segments[index]), index + 1
        end = len(segments) - self.tail
        if end <= index:
            return NO_MATCH, end
        return self.segment.match("/".join(segments[index:end])), end


class Node:
    """A place in the tree: its children by text, its children by parameter, its own routes."""

    __slots__ = ("dynamic", "routes", "static")

    def __init__(self) -> None:
        self.static: dict[str, Node] = {}
        self.dynamic: list[Edge] = []
        self.routes: Routes = {}

    def add(self, segments: Sequence[Segment]) -> Node:
        """The node where a pattern ends; what is missing on the way is made.

        A segment without a `name` is text: its `prefix` is the key of the child in `static`.
        One with a name is a parameter: `edge(segment, tail)` leads to the child, where `tail`
        is the number of segments behind this one.
        """
        node = self
        for place, segment in enumerate(segments, start=1):
            if segment.name:
                node = node.edge(segment, tail=len(segments) - place).child
            else:
                node = node.static.setdefault(segment.prefix, Node())
        return node

    def edge(self, segment: Segment, tail: int) -> Edge:
        """The edge for a parameter, made if there is none yet; `dynamic` stays in order.

        Two edges with one key are the same way, whatever their parameters are called.
        """
        new = Edge(segment, tail)
        for known in self.dynamic:
            if known.key == new.key:
                return known
        self.dynamic.append(new)
        self.dynamic.sort(key=lambda edge: edge.order)
        return new

    def find(
        self,
        segments: Sequence[str],
        method: str,
        passed: list[Routes],
        index: int = 0,
        values: tuple[Any, ...] = (),
    ) -> tuple[Route, tuple[Any, ...]] | None:
        """The best route for these segments from `index` on, and its values; None without one.

        Text is tried before parameters, and parameters in the order of `dynamic`. Where a
        branch leads nowhere, the search goes on with the next. A node where the path ends
        but whose routes do not know `method` is left behind in `passed`.
        """
        if index == len(segments):
            route = choose(self.routes, method)
            if route is None and self.routes:
                passed.append(self.routes)
            return None if route is None else (route, values)
        child = self.static.get(segments[index])
        found = child and child.find(segments, method, passed, index + 1, values)
        if found:
            return found
        for edge in self.dynamic:
            value, end = edge.take(segments, index)
            if value is not NO_MATCH:
                found = edge.child.find(segments, method, passed, end, (*values, value))
                if found:
                    return found
        return None
