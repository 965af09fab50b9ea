"""What an App is made of can be given to it: a router, a clock, a parser, or a fake of each."""

from __future__ import annotations

import pytest

from groundup import App, Limits, Router, TestClient
from groundup.connection import Connection
from groundup.middleware.requestlog import RequestLog
from groundup.routing import Miss


def test_a_router_is_asked_for_every_path_it_alone_knows() -> None:
    asked: list[tuple[str, str]] = []

    class Nowhere(Router):
        def match(self, method: str, path: str) -> Miss:
            asked.append((method, path))
            return Miss()

    with TestClient(App(Nowhere())) as client:
        assert client.get("/a").status_code == 404
    assert asked == [("GET", "/a")]


def test_layers_look_at_the_clock_of_their_application() -> None:
    moments, lines = iter([10.0, 12.5]), list[str]()
    app = App(clock=lambda: next(moments))
    app.add_middleware(RequestLog(lines.append))
    app.get("/")(lambda: "hello")
    with TestClient(app) as client:
        client.get("/")
    assert '"ms": 2500.0' in lines[0], "from 10.0 to 12.5, whatever time it is"


def test_a_parser_is_made_with_the_limits_for_each_connection() -> None:
    made: list[Limits] = []

    class Small(Connection):
        def __init__(self, limits: Limits, *, drain: int, streamed: Limits) -> None:
            made.append(limits)
            super().__init__(Limits(request_line=20), drain=drain)

    app = App(parser=Small, limits=Limits(body=7))
    app.get("/<path:rest>")(lambda rest: rest)
    with TestClient(app) as client:
        assert client.get("/short").text == "short"
        assert client.get("/" + "long" * 20).status_code == 414, "the parser's word counts"
    assert [limits.body for limits in made] == [7, 7]


def test_a_collaborator_that_nobody_knows_is_refused_with_the_near_miss() -> None:
    with pytest.raises(TypeError, match="parser"):
        App(parsers=Connection)
