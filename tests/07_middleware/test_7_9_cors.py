"""Task 7.9: let another site's page read it (`middleware.cors.CORS.pre`, `.post`)."""

import pytest
from onions import ask, request_of, settled

from groundup.app import App
from groundup.middleware.cors import CORS
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("7.9")

SHOP = "https://shop.example"


def preflight_of(origin=SHOP, method="OPTIONS", wants="DELETE", path="/"):
    named = {"origin": origin, "access_control_request_method": wants}
    return request_of(path, method, **{name: value for name, value in named.items() if value})


def app_of(*origins, **options):
    """An app that answers GET and DELETE of /, and notes whom it was asked for."""
    app, asked = App(), []
    app.add_middleware(CORS(list(origins), **options))
    app.route("/", methods=["GET", "DELETE", "OPTIONS"])(lambda request: asked.append("handler"))
    app.get("/crash")(lambda: 1 / 0)
    return app, asked


def about(response):
    """The fields that are about CORS, and Vary."""
    prefix = "access-control-"
    return {
        name.removeprefix(prefix): value
        for name, value in response.headers.items()
        if name.startswith(prefix) or name == "vary"
    }


def test_a_preflight_is_answered():
    answer = settled(CORS([SHOP]).pre(preflight_of()), "what `pre` gives for a preflight")
    kit.expect(answer.status_code, 204, "the status")
    got = about(answer)
    kit.expect(got.get("allow-methods"), "GET, HEAD, POST, PUT, PATCH, DELETE", "allow-methods")
    kit.expect(got.get("max-age"), "600", "max-age")
    kit.expect(got.get("allow-headers"), None, "allow-headers, with none allowed")


NO_PREFLIGHT = {
    "a DELETE": preflight_of(method="DELETE"),
    "no origin": preflight_of(origin=None),
    "no method asked for": preflight_of(wants=None),
    "a GET": request_of(),
}


@pytest.mark.parametrize("case", NO_PREFLIGHT)
def test_what_is_no_preflight_goes_on(case):
    kit.expect(CORS([SHOP]).pre(NO_PREFLIGHT[case]), None, f"what `pre` gives for {case}")


def test_a_preflight_never_reaches_the_handler():
    app, asked = app_of(SHOP, headers=["x-token"], max_age=60)
    response = settled(app.handle(preflight_of()))
    kit.expect(asked, [], "whom it has reached, though the route has OPTIONS")
    want = {
        "allow-origin": SHOP,
        "allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "max-age": "60",
        "allow-headers": "x-token",
        "vary": "access-control-request-method, access-control-request-headers, origin",
    }
    kit.expect(about(response), want, "its answer, `post` included")


def test_a_preflight_of_a_stranger_is_answered_and_allows_nothing():
    app, asked = app_of(SHOP, headers=["x-token"])
    response = settled(app.handle(preflight_of("https://evil.example")))
    kit.expect((response.status_code, asked), (204, []), "status, and whom it has reached")
    want = {"vary": "access-control-request-method, access-control-request-headers, origin"}
    kit.expect(about(response), want, "all that it says")


ORIGINS = [
    ([SHOP], SHOP, SHOP),
    ([SHOP, "https://b.example"], "https://b.example", "https://b.example"),
    ([SHOP], "https://shop.example.evil.example", None),
    ([SHOP], "https://evil.example/https://shop.example", None),
    ([SHOP], "http://shop.example", None),
    ([SHOP], "https://shop.example:8443", None),
    ([SHOP], "HTTPS://SHOP.EXAMPLE", None),
    ([SHOP], "null", None),
    ([SHOP], None, None),
    (["*"], "https://anybody.example", "*"),
    (["*"], None, None),
]


@pytest.mark.parametrize(("origins", "origin", "allowed"), ORIGINS)
def test_an_origin_is_compared_whole(origins, origin, allowed):
    response = Response("x")
    request = request_of(origin=origin) if origin else request_of()
    kit.expect(CORS(origins).post(request, response), None, "what `post` gives")
    got = about(response)
    kit.expect(got.get("allow-origin"), allowed, f"allow-origin of {origins} for {origin}")
    anybody = origins == ["*"]
    why = "the answer is the same for everybody, and a cache may give it to all" if anybody else (
        "a cache must not give one page's answer to all"
    )  # fmt: skip
    kit.expect(got.get("vary"), None if anybody else "origin", f"vary of {origins}", why=why)


def test_two_origins_are_none():
    request = request_of()
    request.headers.add("origin", SHOP)
    request.headers.add("origin", SHOP)
    response = Response("x")
    CORS([SHOP]).post(request, response)
    kit.expect(about(response).get("allow-origin"), None, "allow-origin for a field sent twice")


def test_credentials_and_what_may_be_read():
    response = Response("x", 200, {"vary": "accept-encoding"})
    layer = CORS([SHOP], credentials=True, expose=["x-request-id", "etag"])
    layer.post(request_of(origin=SHOP), response)
    want = {"allow-origin": SHOP, "allow-credentials": "true",
            "expose-headers": "x-request-id, etag", "vary": "accept-encoding, origin"}  # fmt: skip
    kit.expect(about(response), want, "credentials=True, expose=…")
    stranger = Response("x")
    layer.post(request_of(origin="https://evil.example"), stranger)
    kit.expect(about(stranger), {"vary": "origin"}, "for somebody who is not allowed: no field")


@pytest.mark.parametrize(("target", "status"), [("/nowhere", 404), ("/crash", 500)])
def test_errors_can_be_read_by_the_page_too(target, status):
    app, _ = app_of(SHOP)
    response = ask(app, target, origin=SHOP)
    kit.expect(response.status_code, status, "the status")
    kit.expect(about(response).get("allow-origin"), SHOP, f"allow-origin of the {status}")
