"""Where the four texts contradict each other, or say nothing: what was decided, each as a test.

Apart from the four because these belong to none of them. Rule: each is asked over a socket, as
whoever comes from one of the four would notice it.
"""

from __future__ import annotations

from typing import Any

import pytest
from blocks import asking
from rawclient import RawClient

from groundup import App, JSONResponse, JsonResponse, Response


def test_a_query_field_has_a_list_and_query_its_first_value() -> None:
    app = App()
    app.get("/")(lambda request: [request.query_params["q"], request.query["q"]])
    with asking("protocol", app) as ask:
        assert ask("GET", "/?q=a&q=b").json == [["a", "b"], "a"]


def test_a_body_is_bytes() -> None:
    app = App()
    app.post("/")(lambda request: [type(request.body).__name__, request.text()])
    with asking("protocol", app) as ask:
        assert ask("POST", "/", "é".encode()).json == ["bytes", "é"]


def test_patterns_are_written_in_three_ways() -> None:
    app = App()
    for number, pattern in enumerate(("/a/<int:id>", "/b/{id}", "/c/{id:int}")):
        app.get(pattern, name=str(number))(lambda id: [id])
    with asking("protocol", app) as ask:
        got = [ask("GET", f"/{place}/7").json for place in "abc"]
    assert got == [[7], ["7"], [7]]


def test_method_and_methods_and_a_star_for_any() -> None:
    app = App()
    app.route("/one", method="PUT")(lambda: "one")
    app.route("/two", methods=["PUT", "PATCH"])(lambda: "two")
    app.route("/any", methods="*")(lambda request: request.method)
    with asking("protocol", app) as ask:
        assert ask("PUT", "/one").body == b"one"
        assert ask("PATCH", "/two").body == b"two"
        assert ask("BREW", "/any").body == b"BREW", "one that nobody has heard of, too"


def test_a_method_is_what_was_sent() -> None:
    app = App()
    app.get("/")(lambda: "got")
    with asking("protocol", app) as ask, RawClient(ask.address) as client:
        assert client.ask("/", method="GET").status == 200
        assert client.ask("/", method="get").status == 405


def test_the_body_of_a_response_comes_first() -> None:
    assert Response("gone", 410).status_code == 410
    with pytest.raises(TypeError, match="body comes first"):
        wrong: Any = 410
        Response(wrong)


def test_a_returned_str_is_plain_text() -> None:
    app = App()
    app.get("/")(lambda: "<script>")
    with asking("protocol", app) as ask:
        assert ask("GET", "/").kind == "text/plain"


def test_a_handler_may_leave_request_out() -> None:
    app = App()
    app.get("/a/{name}")(lambda name: name)
    app.get("/b/{name}")(lambda request, name: name)
    app.get("/c/{name}")(lambda request: "c")
    with asking("protocol", app) as ask:
        assert [ask("GET", f"/{place}/x").body for place in "abc"] == [b"x", b"x", b"c"]


def test_a_default_handler_takes_what_no_route_does() -> None:
    app = App()
    app.set_default_handler(lambda request: f"{request.method} {request.path}")
    with asking("protocol", app) as ask:
        assert ask("BREW", "/tea").body == b"BREW /tea"


def test_items_has_every_pair_and_host_is_the_effective_one() -> None:
    app = App()
    app.get("/")(lambda request: [request.host, *map(list, request.headers.items())])
    with asking("protocol", app) as ask, RawClient(ask.address) as client:
        client.send(b"GET http://real/ HTTP/1.1\r\nHost: a\r\nX-Own: 1\r\nx-own: 2\r\n\r\n")
        body = client.answer().body
    assert body == b'["real",["host","a"],["x-own","1"],["x-own","2"]]'


def test_both_spellings_name_one_class() -> None:
    assert JsonResponse is JSONResponse
