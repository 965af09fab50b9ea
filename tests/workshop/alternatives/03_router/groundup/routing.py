"""From a method and a path to a handler.

Apart from the app because it knows nothing of answers. Everything goes through one index, static
routes too. A router that is included hands each of its routes, old and new, to those who listen.
The rule: more literal wins, whatever was registered first.
"""

from collections.abc import Callable, Iterable, Mapping
from string import ascii_uppercase, digits
from typing import Any, NamedTuple
from urllib.parse import urlencode

from groundup.handlers import AnyHandler, Handler
from groundup.patterns import CONVERTERS, Converter, parse_pattern
from groundup.suggest import did_you_mean, refuse_unknown
from groundup.tree import Node, Route, Routes, allowed_methods
from groundup.urls import has_dot_segment, split_path

Methods = str | Iterable[str] | None
Decorator = Callable[[AnyHandler], AnyHandler]
METHOD_CHARS = {*ascii_uppercase, *digits, *"!#$%&'*+.^_`|~-"}  # a token in capitals


class Match(NamedTuple):
    """A route that fits, and the values of its parameters by name."""

    route: Route
    params: dict[str, Any]


class Miss(NamedTuple):
    """No route fits; `allow` are the methods that this path would answer."""

    allow: tuple[str, ...] = ()


class Router:
    """A table of routes. It stands alone, or in an App, or in another Router."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = check_prefix(prefix)
        self.converters: dict[str, Converter] = dict(CONVERTERS)
        self.routes: list[Route] = []
        self._index = Node()
        self._listeners: list[Callable[[Route], None]] = []
        self._inner: list[Router] = []
        self._outer: list[Router] = []

    def match(self, method: str, path: str) -> Match | Miss:
        """The route for a method and a path as it came over the wire."""
        root, *segments = split_path(path)
        if root or has_dot_segment("/".join(segments)):
            return Miss()
        passed: list[Routes] = []
        found = self._index.find(segments, method, passed)
        if found is None:
            return Miss(allowed_methods(passed))
        route, values = found
        return Match(route, dict(zip(route.names, values, strict=True)))

    def add_route(
        self,
        pattern: str,
        handler: Handler,
        *,
        methods: Methods = None,
        method: str | None = None,
        name: str | None = None,
    ) -> Route:
        """Register `handler`: for GET if no method is named, for any with "*"."""
        words = read_methods(methods, method)
        return self._insert(join(self.prefix, pattern), handler, words, name, self.converters)

    def route(
        self,
        pattern: str,
        *,
        methods: Methods = None,
        method: str | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> Decorator[AnyHandler]:
        """Decorate a handler."""
        refuse_unknown("route()", unknown, ("methods", "method", "name"))
        if not isinstance(pattern, str):  # @app.get without its parentheses: nobody would notice
            raise TypeError(f"a pattern is a str, not {pattern!r}: write @app.get('/')")

        def register(handler: AnyHandler) -> AnyHandler:
            self.add_route(pattern, handler, methods=methods, method=method, name=name)
            return handler

        return register

    def get(self, pattern: str, **options: Any) -> Decorator[AnyHandler]:
        return self.route(pattern, method="GET", **options)

    def post(self, pattern: str, **options: Any) -> Decorator[AnyHandler]:
        return self.route(pattern, method="POST", **options)

    def put(self, pattern: str, **options: Any) -> Decorator[AnyHandler]:
        return self.route(pattern, method="PUT", **options)

    def patch(self, pattern: str, **options: Any) -> Decorator[AnyHandler]:
        return self.route(pattern, method="PATCH", **options)

    def delete(self, pattern: str, **options: Any) -> Decorator[AnyHandler]:
        return self.route(pattern, method="DELETE", **options)

    def include(self, router: "Router", prefix: str = "") -> None:
        """Take over every route of `router` under a prefix, those that it will get later too."""
        if router is self or router in self._above():
            raise ValueError("a router cannot include itself, not even by way of another")
        under = self.prefix + check_prefix(prefix)
        router._outer.append(self)

        def take_over(route: Route) -> None:
            known = {**self.converters, **router.known_converters()}
            full = join(under, route.pattern)
            self._insert(full, route.handler, route.methods, route.name, known)

        for route in router.routes:
            take_over(route)
        router._listeners.append(take_over)
        self._inner.append(router)

    def known_converters(self) -> dict[str, Converter]:
        """Our converters, and those of the routers that we include."""
        known = dict(self.converters)
        for inner in self._inner:
            known = {**inner.known_converters(), **known}
        return known

    def _above(self) -> list["Router"]:
        return [up for outer in self._outer for up in (outer, *outer._above())]

    def url_for(self, name: str, /, **params: Any) -> str:
        """The path of the route called `name`, its parameters filled in, the rest as a query."""
        best: Route | None = None
        missing: set[str] = set()
        for route in (route for route in self.routes if route.name == name):
            lacks = set(route.names) - set(params)
            missing |= lacks
            if not lacks and (best is None or len(route.names) > len(best.names)):
                best = route
        if best is None and missing:
            word = min(missing)
            raise TypeError(f"{name!r} needs {word!r}{did_you_mean(word, params)}")
        if best is None:
            near = did_you_mean(name, {route.name for route in self.routes})
            raise LookupError(f"no route is called {name!r}{near}")
        path = "".join(f"/{segment.url(params)}" for segment in best.segments)
        rest = {key: value for key, value in params.items() if key not in best.names}
        return f"{path}?{urlencode(rest, doseq=True)}" if rest else path

    def _insert(
        self,
        pattern: str,
        handler: Handler,
        methods: tuple[str, ...],
        name: str | None,
        converters: Mapping[str, Converter],
    ) -> Route:
        segments = parse_pattern(pattern, converters)
        if not segments:
            raise ValueError("a route needs a path: write '/'")
        route = Route(pattern, segments, handler, methods, name)
        routes = self._index.add(segments).routes
        for method in methods:
            if method in routes:
                raise ValueError(f"{route} is taken: {routes[method]} was here first")
        routes.update(dict.fromkeys(methods, route))
        self.routes.append(route)
        for listener in self._listeners:
            listener(route)
        return route


def read_methods(methods: Methods, method: str | None) -> tuple[str, ...]:
    """The methods that a route was given, however it was said."""
    if None not in (methods, method):
        raise TypeError("give method= or methods=, not both")
    given = method if methods is None else methods
    words = ["GET"] if given is None else [given] if isinstance(given, str) else list(given)
    if not words:
        raise ValueError("a route without methods answers nothing")
    for word in words:
        if not word or set(word) - METHOD_CHARS:
            raise ValueError(f"{word!r} is no method: they are case-sensitive, like 'GET'")
    return tuple(dict.fromkeys(words))


def check_prefix(prefix: str) -> str:
    """`prefix` itself, or ValueError: it is '' or like '/api'."""
    if prefix != "" and (prefix[0] != "/" or prefix[-1] == "/"):
        raise ValueError(f"{prefix!r}: a prefix begins with '/' and does not end with one")
    return prefix


def join(prefix: str, pattern: str) -> str:
    """'/api' and '/users' → '/api/users'."""
    if pattern and pattern[0] != "/":
        raise ValueError(f"a pattern begins with '/': write {'/' + pattern!r}")
    return prefix + pattern
