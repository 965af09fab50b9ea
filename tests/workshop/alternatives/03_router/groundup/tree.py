"""The index of routes. There is no tree in it: routes are grouped by where their text stands.

All patterns of three segments with text in the first and the last form one group, a dictionary by
these two texts. A search looks once into each group that has the right number of segments; there
are few, however many routes there are. What it finds is tried in the order of precedence.
Apart from the router because it knows nothing of decorators, prefixes or names.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from groundup.handlers import Handler, compile_handler, describe
from groundup.patterns import NO_MATCH, Segment


class Route:
    """One handler under one pattern."""

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
        return f"<Route {self.methods} {self.pattern}>"


Routes = dict[str, Route]
Found = tuple[Route, tuple[Any, ...]] | None
Place = tuple[int, int | None]  # where a segment begins in a path, and where the next one does
Memory = dict[Any, Any]


def choose(routes: Routes, method: str) -> Route | None:
    """The route for `method`; HEAD falls back on GET, and everything on "*"."""
    asked = (method, "GET", "*") if method == "HEAD" else (method, "*")
    return next((routes[word] for word in asked if word in routes), None)


def allowed_methods(passed: Iterable[Routes]) -> tuple[str, ...]:
    """What an Allow field says of these routes."""
    methods = {method for routes in passed for method in routes}
    if not methods:
        return ()
    return tuple(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))


class Node:
    """One shape of pattern and its routes; the first one also keeps the index of all others."""

    def __init__(self, segment: Segment | None = None, segments: Sequence[Segment] = ()) -> None:
        self.routes: Routes = {}
        self.segments = tuple(segments)
        self.rank: tuple[Any, ...] = ()
        self.places = places(segments)
        self._by_shape: dict[tuple[Any, ...], Node] = {}
        self._turns: dict[tuple[Any, ...], int] = {}
        self._fixed: dict[int, Groups] = {}  # by the number of segments
        self._open: Groups = {}  # those with a parameter that takes many

    def add(self, segments: Sequence[Segment]) -> "Node":
        """The node of a pattern; made if its shape is new."""
        shape = tuple(segment.shape for segment in segments)
        if shape in self._by_shape:
            return self._by_shape[shape]
        node = self._by_shape[shape] = Node(segments=segments)
        node.rank = tuple(self._rank(segment, shape[:end], len(shape) - end)
                          for end, segment in enumerate(segments, start=1))  # fmt: skip
        many = any(segment.converter.many for segment in segments)
        groups = self._open if many else self._fixed.setdefault(len(segments), {})
        texts = [(s.prefix, p) for s, p in zip(segments, node.places, strict=True) if not s.name]
        group = groups.setdefault((tuple(p for _, p in texts), len(segments)), {})
        group.setdefault(tuple(text for text, _ in texts), []).append(node)
        return node

    def _rank(self, segment: Segment, way: tuple[Any, ...], behind: int) -> tuple[int, ...]:
        """Its order, then the longer tail behind a path, then who came first this way."""
        if not segment.name:
            return segment.order
        turn = self._turns.setdefault(way, len(self._turns))
        return (*segment.order, -behind if segment.converter.many else 0, turn)

    def find(
        self,
        segments: Sequence[str],
        method: str,
        passed: list[Routes],
        index: int = 0,
        values: tuple[Any, ...] = (),
    ) -> Found:
        """The best route for the segments from `index` on, and its values; None without one."""
        path, memory = list(segments[index:]), Memory()
        nodes = [
            node
            for groups in (self._fixed.get(len(path), {}), self._open)
            for (where, least), group in groups.items()
            if least <= len(path)
            for node in group.get(tuple(path[start] for start, _ in where), ())
        ]
        for node in sorted(nodes, key=lambda node: node.rank):
            read = node.read(path, memory)
            if read is None:
                continue
            route = choose(node.routes, method)
            if route is not None:
                return route, (*values, *read)
            passed.append(node.routes)
        return None

    def read(self, path: list[str], memory: Memory) -> list[Any] | None:
        """The values of the parameters; `memory` keeps what other nodes have asked already."""
        values = []
        for segment, (start, end) in zip(self.segments, self.places, strict=True):
            if not segment.name:
                continue
            key = segment.shape, start, end
            if key not in memory:
                memory[key] = segment.match("/".join(path[start:end]))
            if memory[key] is NO_MATCH:
                return None
            values.append(memory[key])
        return values


Groups = dict[tuple[tuple[Place, ...], int], dict[tuple[str, ...], list[Node]]]


def places(segments: Sequence[Segment]) -> list[Place]:
    """Where each segment stands: from the left, and behind a path from the right."""
    found: list[Place] = []
    behind = False
    for place, segment in enumerate(segments):
        start = place - len(segments) if behind else place
        behind = behind or segment.converter.many
        end = place + 1 - len(segments) if behind else place + 1
        found.append((start, end or None))
    return found
