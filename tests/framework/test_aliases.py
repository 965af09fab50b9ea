"""Response classes by name, their other spellings, and routes that say what they answer."""

from __future__ import annotations

from typing import Any

import pytest

import groundup
from groundup import (
    App,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Request,
    Response,
    Router,
    XMLResponse,
)  # fmt: skip

MADE: list[tuple[Response, int, str, bytes]] = [
    (JSONResponse("text"), 200, "application/json", b'"text"'),
    (JSONResponse(None, 201), 201, "application/json", b"null"),
    (PlainTextResponse("<b>"), 200, "text/plain; charset=utf-8", b"<b>"),
    (HTMLResponse("é"), 200, "text/html; charset=utf-8", "é".encode()),
    (XMLResponse("<a/>", content_type="image/svg+xml"), 200, "image/svg+xml", b"<a/>"),
]


@pytest.mark.parametrize(("response", "status", "kind", "body"), MADE)
def test_a_class_says_what_it_carries(response: Any, status: int, kind: str, body: bytes) -> None:
    assert isinstance(response, Response)
    found = response.status_code, response.headers["content-type"], response.body
    assert found == (status, kind, body)


def test_a_redirect_is_encoded_and_judged_like_any() -> None:
    assert RedirectResponse("/é", 303).headers["location"] == "/%C3%A9"
    with pytest.raises(ValueError, match="does not redirect"):
        RedirectResponse("/", 200)


@pytest.mark.parametrize("name", ["JSONResponse", "HTMLResponse", "XMLResponse"])
def test_both_spellings_are_the_same_class(name: str) -> None:
    other = name[0] + name[1:].replace("SON", "son").replace("TML", "tml").replace("ML", "ml")
    assert getattr(groundup, name) is getattr(groundup, other)


def served(handler: Any, made: Any) -> Response:
    router = Router()
    router.route("/x", response_class=made)(handler)
    outer = Router()
    outer.include(router, "/in")  # a route that is taken over keeps its class
    response: Response = App(outer).handle(Request.build("GET", "/in/x"))
    return response


async def instant() -> Any:
    return "<b>"


RETURNED: list[tuple[Any, Any, int, bytes]] = [
    (lambda: "text", JSONResponse, 200, b'"text"'),
    (instant, HTMLResponse, 200, b"<b>"),
    (lambda: ("<b>", 201, {"x-own": "1"}), HTMLResponse, 201, b"<b>"),
    (lambda: Response("as it is", 202), JSONResponse, 202, b"as it is"),
]


@pytest.mark.parametrize(("handler", "made", "status", "body"), RETURNED)
def test_a_route_says_what_its_handler_returns(
    handler: Any, made: Any, status: int, body: bytes
) -> None:
    response = served(handler, made)
    assert (response.status_code, response.body) == (status, body)


def test_a_response_class_that_is_none_is_an_error_at_registration() -> None:
    with pytest.raises(TypeError, match="response_class"):
        App().route("/", response_class="html")(lambda: "")
