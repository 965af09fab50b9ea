"""The layers that come with it: request log and id, gzip, CORS, auth, the rate limiter."""

from __future__ import annotations

import asyncio
import gzip
import hmac
import json

import pytest
from layerkit import ask, fetch
from serving import ENGINES, serving

from groundup import (
    CORS,
    App,
    BasicAuth,
    BearerAuth,
    Gzip,
    RateLimit,
    Request,
    RequestId,
    RequestLog,
    Response,
    StreamingResponse,
)
from groundup.middleware.limiting import behind

LONG = "groundup " * 200


def app_with(*layers, handler=lambda: LONG):
    app = App()
    app.get("/")(handler)
    app.add_middleware(*layers)
    return app


# Request log and request id.


def test_a_line_tells_what_was_asked_answered_and_how_long_it_took():
    lines, times = [], iter([10.0, 10.25])
    app = app_with(RequestId(make=lambda: "id1"), RequestLog(lines.append))
    app.clock = lambda: next(times)
    response = ask(app, "/nowhere?\u00e9")
    assert response.headers["x-request-id"] == "id1"
    want = {"id": "id1", "client": None, "method": "GET", "target": "/nowhere?\u00e9"}
    want |= {"status": 404, "bytes": len(response.body), "ms": 250.0}
    assert json.loads(lines[0]) == want


@pytest.mark.parametrize(
    ("trust", "sent", "kept"),
    [
        (False, "abc", False),
        (True, "abc", True),
        (True, "a b", False),
        (True, "a" * 65, False),
        (True, 'x"\\', False),
    ],
)
def test_an_id_of_a_clients_is_kept_only_if_trusted_and_harmless(trust, sent, kept):
    response = ask(app_with(RequestId(trust=trust)), x_request_id=sent)
    assert (response.headers["x-request-id"] == sent) is kept


# Gzip.


@pytest.mark.parametrize(
    ("field", "compressed"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("identity", False),
        ("identity, gzip;q=0.5", False),
        ("br", False),
        ("*;q=0", False),
        ("gzip;q=2", False),
        ("", False),
    ],
)
def test_the_client_decides_by_q_values(field, compressed):
    response = ask(app_with(Gzip()), accept_encoding=field)
    assert (response.headers.get("content-encoding") == "gzip") is compressed
    plain = gzip.decompress(response.body) if compressed else response.body
    assert plain == LONG.encode()
    assert response.headers["vary"] == "accept-encoding", "told to caches either way"


@pytest.mark.parametrize(
    "handler",
    [
        lambda: "x" * 499,
        lambda: Response(LONG, 200, {"content-encoding": "br"}),
        lambda: Response(LONG, 206, {"content-range": "bytes 0-9/10"}),
        lambda: Response(LONG.encode(), 200, None, "image/png"),
        lambda: Response(LONG, 200, {"cache-control": "No-Transform"}),
        lambda: None,
        lambda: Response(b"", 304),
    ],
)
def test_what_would_not_gain_or_is_encoded_or_a_part_is_left_alone(handler):
    plain, response = (
        ask(app_with(handler=handler)),
        ask(app_with(Gzip(), handler=handler), accept_encoding="gzip"),
    )
    assert response.body == plain.body
    assert response.headers.items() == plain.headers.items()


def test_a_strong_etag_becomes_weak_since_the_bytes_are_others():
    handler = lambda: Response(LONG, 200, {"etag": '"a"', "vary": "cookie"})  # noqa: E731
    response = ask(app_with(Gzip(), handler=handler), accept_encoding="gzip")
    assert response.headers["etag"] == 'W/"a"'
    assert response.headers["vary"] == "cookie, accept-encoding"


@pytest.mark.parametrize("mode", list(ENGINES))
@pytest.mark.parametrize("is_async", [False, True])
def test_a_stream_is_compressed_as_it_flows_and_closed(mode, is_async):
    closed = []

    def parts():
        try:
            for number in range(50):
                yield f"part {number} "
        finally:
            closed.append(1)

    async def later():
        for part in parts():
            await asyncio.sleep(0)
            yield part

    def handler():
        return StreamingResponse(later() if is_async else parts(), content_type="text/plain")

    with serving(mode, app_with(Gzip(), handler=handler)) as server:
        fields = {"accept-encoding": "gzip"}
        _, got, body = fetch(server.address, "GET", "/", fields=fields)
    assert got["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode() == "".join(f"part {n} " for n in range(50))
    assert closed == [1]


# CORS.

SHOP = "https://shop.example"


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ([SHOP], SHOP, SHOP),
        ([SHOP], SHOP + ".evil.example", None),
        ([SHOP], "https://evil-shop.example", None),
        ([SHOP], "http://shop.example", None),
        ([SHOP], "null", None),
        ([SHOP], None, None),
        (["*"], "https://any.example", "*"),
    ],
)
def test_an_origin_is_compared_whole(origins, origin, allowed):
    fields = {"origin": origin} if origin else {}
    response = ask(app_with(CORS(origins)), **fields)
    assert response.headers.get("access-control-allow-origin") == allowed
    assert (response.headers.get("vary") == "origin") is ("*" not in origins)


def test_a_preflight_is_answered_before_anybody_is_asked():
    called = []
    layer = CORS([SHOP], methods=["PUT"], headers=["x-own"], credentials=True, max_age=60)
    app = app_with(layer, BasicAuth({}), handler=lambda: called.append(1))
    asked = {"origin": SHOP, "access_control_request_method": "PUT"}
    response = ask(app, "/", "OPTIONS", **asked)
    told = {name: response.headers.get(f"access-control-{name}") for name in (
        "allow-origin", "allow-methods", "allow-headers", "max-age", "allow-credentials",
    )}  # fmt: skip
    assert (response.status_code, called) == (204, [])
    assert list(told.values()) == [SHOP, "PUT", "x-own", "60", "true"]
    other = ask(app, "/", "OPTIONS", **{**asked, "origin": "https://evil.example"})
    assert not [name for name in other.headers if name.startswith("access-control")]


def test_errors_can_be_read_by_the_page_too():
    assert (
        ask(app_with(CORS([SHOP])), "/nowhere", origin=SHOP).headers["access-control-allow-origin"]
        == SHOP
    )


def test_any_origin_with_credentials_is_refused_when_it_is_made():
    with pytest.raises(ValueError, match="by name with credentials"):
        CORS(["*"], credentials=True)


# Auth.


@pytest.mark.parametrize(
    ("field", "status"),
    [
        ("Basic YW5uOnM6Y3JldA==", 200),  # ann:s:cret
        ("bAsIc YW5uOnM6Y3JldA==", 200),
        ("Basic YW5uOndyb25n", 401),  # ann:wrong
        ("Basic Ym9iOnM6Y3JldA==", 401),  # bob
        ("Basic Ym9iOng=", 401),
        ("Basic !!!", 401),
        ("Basic /w==", 401),  # no UTF-8
        ("Basic YW5u", 401),  # no colon
        ("Basic", 401),
        ("Bearer YW5uOnM6Y3JldA==", 401),
        (None, 401),
    ],
)
def test_basic_wants_a_name_and_its_password(field, status):
    handler = lambda request: request.state["user"]  # noqa: E731
    app = app_with(BasicAuth({"ann": "s:cret"}, realm='a"b'), handler=handler)
    response = ask(app, **({"authorization": field} if field else {}))
    assert response.status_code == status
    if status == 401:
        challenge = 'Basic realm="a\\"b", charset="UTF-8"'
        assert response.headers["www-authenticate"] == challenge
    else:
        assert response.body == b"ann"


@pytest.mark.parametrize(("field", "status"), [("Bearer t0ken", 200), ("Bearer t0ke", 401)])
def test_bearer_wants_a_token_it_knows(field, status):
    async def check(token):
        await asyncio.sleep(0)
        return {"t0ken": "ann"}.get(token)

    handler = lambda request: request.state["user"]  # noqa: E731
    for layer in (BearerAuth({"other": "x", "t0ken": "ann"}), BearerAuth(check)):
        response = ask(app_with(layer, handler=handler), authorization=field)
        assert response.status_code == status
        if status == 401:
            assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_secrets_are_compared_by_compare_digest(monkeypatch):
    seen = []

    def compare(one, other):
        seen.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    ask(app_with(BasicAuth({"ann": "a"})), authorization="Basic Ym9iOmE=")
    assert len(seen) == 1, "an unknown name costs a comparison, too"


def test_what_is_public_needs_no_name():
    app = app_with(BasicAuth({}, public=lambda request: request.path == "/"))
    assert ask(app).status_code == 200
    assert ask(app, "/secret").status_code == 401


# The rate limiter.


def asked_by(address, forwarded=None):
    request = Request.build("GET", "/", {"x-forwarded-for": forwarded} if forwarded else {})
    request.client_addr = (address, 1)
    return request


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ([], "6.6.6.6", "1.1.1.1", "6.6.6.6"),  # nobody is trusted: forged
        (["10.0.0.0/8"], "6.6.6.6", "1.1.1.1", "6.6.6.6"),  # it does not come from our proxy
        (["10.0.0.0/8"], "10.0.0.1", "1.1.1.1", "1.1.1.1"),
        (["10.0.0.0/8"], "10.0.0.1", "9.9.9.9, 1.1.1.1", "1.1.1.1"),  # 9.9.9.9 wrote the client
        (["10.0.0.0/8"], "10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"),  # two proxies of ours
        (["10.0.0.0/8"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", None, "10.0.0.1"),
        (["::1"], "::1", "2001:db8::1", "2001:db8::1"),
    ],
)
def test_a_forwarded_address_is_believed_only_from_proxies_that_were_named(
    proxies, peer, forwarded, client
):
    assert behind(proxies)(asked_by(peer, forwarded)) == client


def test_a_forged_field_buys_no_further_request():
    app = app_with(RateLimit(2, 60, clock=lambda: 0.0))
    got = [app.handle(asked_by("6.6.6.6", f"1.1.1.{n}")).status_code for n in range(4)]
    assert got == [200, 200, 429, 429]
    assert app.handle(asked_by("7.7.7.7")).status_code == 200
    assert app.handle(asked_by("6.6.6.6")).headers["retry-after"] == "60"
