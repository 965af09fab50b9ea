"""From a method and a path to a handler.

Apart from the app because it knows nothing of answers: it says which route fits, or why
none does. A static route is found in a dictionary by its whole path, the others in a tree
of segments, so that the cost follows the path and not the number of routes.
The rule: more literal wins, whatever was registered first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlencode

from groundup.handlers import AnyHandler, Handler
from groundup.patterns import (
    CONVERTERS,
    Converter,
    Segment,
    check_names,
    check_prefix,
    join_patterns,
    parse_pattern,
)
from groundup.suggest import did_you_mean, refuse_unknown
from groundup.tree import Node, Route, Routes, allowed_methods, choose
from groundup.urls import has_dot_segment, split_path

Methods = str | Iterable[str] | None
# A method is a token (RFC 9110 §5.6.2); ours are written in capitals, like all registered ones.
METHOD: Final = re.compile(r"[A-Z0-9!#$%&'*+.^_`|~-]+")
route_options = {"methods", "method", "name"}  # what a route may be told. Yours to extend.


class Match:
    """A route that fits, and the values of its parameters by name."""

    __slots__ = ("params", "route")

    def __init__(self, route: Route, params: dict[str, Any]) -> None:
        self.route = route
        self.params = params


class Miss:
    """No route fits. `allow`: the methods that this path would answer; () if it is unknown."""

    __slots__ = ("allow",)

    def __init__(self, allow: tuple[str, ...] = ()) -> None:
        self.allow = allow


class Router:
    """A table of routes. It stands alone, or in an App, or in another Router.

    `prefix` goes before every pattern registered here. `converters` is a dict by kind and
    yours to extend: `router.converters["hex"] = Converter("[0-9a-f]+", to_python=…)`.
    """

    def __init__(self, prefix: str = "") -> None:
        self.prefix = check_prefix(prefix)
        self.converters: dict[str, Converter] = dict(CONVERTERS)
        self.routes: list[Route] = []
        self._root = Node(Segment(""))
        self._static: dict[str, Routes] = {}
        self._parents: list[tuple[Router, str]] = []

    def match(self, method: str, path: str) -> Match | Miss:
        """The route for a method and a path that is still encoded, as it came over the wire.

        A path that climbs ('/a/../b', also when encoded) fits no route. One that cannot be
        decoded is an HTTPException 400. A Miss carries the methods that would have fitted.
        """
        static = self._static.get(path)
        if static is not None:
            route = static.get(method) or choose(static, method)
            if route is not None:
                return Match(route, {})
        pieces = split_path(path)  # what stands before the first slash, and the segments
        # Without a dot or an escape, and most paths have neither, there is nothing to look for.
        if pieces[0] or (("." in path or "%" in path) and has_dot_segment("/".join(pieces))):
            return Miss()
        passed: list[Routes] = []
        found = self._root.find(pieces, method, passed, 1)
        if found is None:
            return Miss(allowed_methods(passed))
        route, values = found
        return Match(route, dict(zip(route.names, values)))  # noqa: B905  (as many, by the tree)

    def add_route(
        self,
        pattern: str,
        handler: Handler,
        *,
        methods: Methods = None,
        method: str | None = None,
        name: str | None = None,
        **options: Any,
    ) -> Route:
        """Register `handler`. `methods` or `method`: GET if neither, "*" for any.

        ValueError: the pattern is bad or taken. TypeError: the handler cannot be called so.
        """
        refuse_unknown("route()", sorted(set(options) - route_options), route_options)
        full = join_patterns(self.prefix, pattern)
        segments = parse_pattern(full, self.converters)
        route = Route(full, segments, handler, read_methods(methods, method), name, options)
        self._insert(route)
        return route

    def route(self, pattern: str, **options: Any) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate a handler: `@router.route("/items", methods=["GET", "POST"])`."""
        refuse_unknown("route()", sorted(set(options) - route_options), route_options)
        if not isinstance(pattern, str):  # @app.get without its parentheses: nobody would notice
            raise TypeError(f"a pattern is a str, not {pattern!r}: write @app.get('/')")

        def register(handler: AnyHandler) -> AnyHandler:
            self.add_route(pattern, handler, **options)
            return handler

        return register

    def get(self, pattern: str, **options: Any) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate a handler for GET, and so for HEAD."""
        return self.route(pattern, method="GET", **options)

    def post(self, pattern: str, **options: Any) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate a handler for POST."""
        return self.route(pattern, method="POST", **options)

    def put(self, pattern: str, **options: Any) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate a handler for PUT."""
        return self.route(pattern, method="PUT", **options)

    def patch(self, pattern: str, **options: Any) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate a handler for PATCH."""
        return self.route(pattern, method="PATCH", **options)

    def delete(self, pattern: str, **options: Any) -> Callable[[AnyHandler], AnyHandler]:
        """Decorate a handler for DELETE."""
        return self.route(pattern, method="DELETE", **options)

    def include(self, router: Router, prefix: str = "") -> None:
        """Take over every route of `router` under a prefix, those that it will get later too."""
        if self._feeds(router):
            raise ValueError("a router cannot include itself, nor a router that includes it")
        check_prefix(prefix)
        for route in router.routes:
            self._adopt(route, prefix)
        router._parents.append((self, prefix))

    def url_for(self, name: str, /, **params: Any) -> str:
        """The path of the route called `name`, its parameters filled in and encoded.

        ('user', id=42) → '/users/42'    ('user', id=42, tab='a b') → '/users/42?tab=a+b'
        A list in the query is a field repeated: tab=['a', 'b'] → '?tab=a&tab=b'.
        Of several routes of that name, the one that uses most of `params`; the rest becomes the
        query. LookupError: no such name. TypeError: a parameter is missing; both sentences end
        with `did_you_mean`, among the names or among `params`. ValueError, from `segment.url`:
        a value that the pattern would not match.
        """
        named = [route for route in self.routes if route.name == name]
        if not named:
            known = {route.name for route in self.routes}
            raise LookupError(f"no route is called {name!r}{did_you_mean(name, known)}")
        fitting = [route for route in named if set(route.names) <= set(params)]
        if not fitting:
            missing = next(word for word in named[0].names if word not in params)
            raise TypeError(f"{name!r} needs {missing!r}{did_you_mean(missing, params)}")
        route = max(fitting, key=lambda fit: len(fit.names))
        path = "".join("/" + segment.url(params) for segment in route.segments)
        rest = {word: value for word, value in params.items() if word not in route.names}
        return f"{path}?{urlencode(rest, doseq=True)}" if rest else path

    def _feeds(self, router: Router) -> bool:
        """Whether our routes reach `router`: it is we, or a parent of ours, or a parent's."""
        return router is self or any(parent._feeds(router) for parent, _ in self._parents)

    def _adopt(self, route: Route, prefix: str) -> None:
        """Another router's route, under a prefix; what its converters mean stays theirs to say."""
        before = self.prefix + prefix
        segments = (*parse_pattern(before, self.converters), *route.segments)
        pattern = before + route.pattern
        check_names(pattern, segments)
        kept = route.handler, route.methods, route.name, route.options
        self._insert(Route(pattern, segments, *kept))

    def _insert(self, route: Route) -> None:
        """Put a route into the tree, into the dictionary if it is static, and into our parents."""
        if not route.segments:
            raise ValueError("a route needs a path: write '/'")
        routes = self._root.add(route.segments).routes
        for method in route.methods:
            if method in routes:
                raise ValueError(f"{route} is taken: {routes[method]} was here first")
        routes.update(dict.fromkeys(route.methods, route))
        self.routes.append(route)
        if not route.names:
            self._static["/" + "/".join(segment.url({}) for segment in route.segments)] = routes
        for parent, prefix in self._parents:
            parent._adopt(route, prefix)


def read_methods(methods: Methods, method: str | None) -> tuple[str, ...]:
    """The methods that a route was given, however it was said; ('GET',) if it was not."""
    if methods is not None and method is not None:
        raise TypeError("give method= or methods=, not both")
    given = method if method is not None else methods
    wanted = (given,) if isinstance(given, str) else tuple(given if given is not None else ["GET"])
    if not wanted:
        raise ValueError("a route without methods answers nothing: leave methods= out for GET")
    for word in wanted:
        if not METHOD.fullmatch(word):
            raise ValueError(f"{word!r} is no method: they are case-sensitive, like 'GET'")
    return tuple(dict.fromkeys(wanted))
