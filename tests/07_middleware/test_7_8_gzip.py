"""Task 7.8: gzip where it is worth it (`compression.Gzip.post`, `.compressible`)."""

import gzip

import pytest
from onions import ask, request_of

from groundup.app import App
from groundup.middleware.compression import Gzip, compressible
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("7.8")

TEXT = b"All work and no play makes Jack a dull boy.\n" * 50


def text(body=TEXT, status=200, **fields):
    """A response that is worth it, with these fields besides: etag="x"."""
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Response(body, status, {"content-type": "text/plain", **named})


def after(response, accept="gzip", **options):
    """The response that goes out, after the layer has seen it."""
    kit.did(f"accept-encoding: {accept!r}, a body of {len(response.body):,} bytes")
    request = request_of() if accept is None else request_of(accept_encoding=accept)
    answer = Gzip(**options).post(request, response)
    return response if answer is None else answer


def fields(response):
    return {name: response.headers.get(name) for name in ("content-encoding", "vary")}


def unpacked(response):
    kit.expect(response.headers.get("content-encoding"), "gzip", "content-encoding")
    try:
        return gzip.decompress(response.body)
    except (OSError, EOFError):
        return response.body


def test_what_is_worth_it_goes_out_smaller():
    response = after(text())
    kit.expect(fields(response), {"content-encoding": "gzip", "vary": "accept-encoding"}, "fields")
    kit.expect(unpacked(response), TEXT, "the body, unpacked")
    kit.expect_that(
        len(response.body) < len(TEXT) / 5, "a fifth of it, or less", len(response.body)
    )


@pytest.mark.parametrize("accept", [None, "", "br", "gzip;q=0", "identity, gzip;q=0.5", "*;q=0"])
def test_who_would_not_have_it_gets_the_plain_form_and_caches_are_told_all_the_same(accept):
    response = after(text(), accept)
    kit.expect(response.body, TEXT, f"the body for accept-encoding {accept!r}")
    want = {"content-encoding": None, "vary": "accept-encoding"}
    why = "a cache would give this form to everybody"
    kit.expect(fields(response), want, "the fields: the other form exists, so Vary", why=why)


@pytest.mark.parametrize("accept", ["gzip", "*", "br, gzip;q=0.2", "x-gzip", "gzip, identity;q=0"])
def test_who_would_have_it_gets_it(accept):
    kit.expect(unpacked(after(text(), accept)), TEXT, f"the body for {accept!r}, unpacked")


LEFT_ALONE = {
    "encoded already": text(content_encoding="br"),
    "gzip already": text(gzip.compress(TEXT), content_encoding="gzip"),
    "a part": text(status=206, content_range="bytes 0-2199/9000"),
    "a part, by its field": text(content_range="bytes 0-2199/9000"),
    "no content": text(b"", 204),
    "not modified": text(b"", 304),
    "not to be transformed": text(cache_control="public, No-Transform"),
    "a picture": Response(TEXT, 200, {"content-type": "image/png"}),
    "bytes": Response(TEXT),
    "nothing": Response(b""),
    "no type": Response(b"", 200),
    "an event stream": Response(TEXT, 200, {"content-type": "text/event-stream; charset=utf-8"}),
}


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_what_cannot_or_would_not_gain_is_left_alone(case):
    response = LEFT_ALONE[case]
    body, before = response.body, list(response.headers.items())
    kit.did(f"compressible(a {response.status_code} with {dict(response.headers.items())})")
    kit.expect(compressible(response), False, f"compressible: {case}")
    after(response, smallest=0)
    kit.expect(response.body, body, f"the body of what is {case}")
    kit.expect(list(response.headers.items()), before, f"the fields of what is {case}")


KINDS = ["text/html", "TEXT/HTML; charset=utf-8", "application/json", "image/svg+xml",
         "application/problem+json", "image/svg+xml; charset=utf-8", "text/css;x=y",
         "application/javascript"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_text_is_worth_it_however_it_is_called(kind):
    response = Response(TEXT, 200, {"content-type": kind})
    kit.expect(compressible(response), True, f"compressible: {kind}")
    kit.expect(unpacked(after(response)), TEXT, "the body, unpacked")


@pytest.mark.parametrize(("size", "smaller"), [(499, False), (500, True)])
def test_below_a_size_it_is_not_worth_it(size, smaller):
    response = after(text(b"x" * size))
    want = "gzip" if smaller else None
    got = response.headers.get("content-encoding")
    kit.expect(got, want, f"content-encoding of {size} bytes, with the smallest 500")


def test_the_length_is_another_one_now():
    response = after(text(content_length=str(len(TEXT))))
    kit.expect(response.headers.get("content-length"), None, "the old length, which is wrong now")


@pytest.mark.parametrize(("tag", "want"), [('"x"', 'W/"x"'), ('W/"x"', 'W/"x"')])
def test_a_strong_tag_becomes_a_weak_one(tag, want):
    kit.expect(after(text(etag=tag)).headers.get("etag"), want, f"the etag that was {tag}")


@pytest.mark.parametrize(
    ("vary", "want"),
    [("origin", "origin, accept-encoding"), ("Accept-Encoding", "accept-encoding"), ("*", "*")],
)
def test_vary_is_added_to_and_not_replaced(vary, want):
    kit.expect((after(text(vary=vary)).headers.get("vary") or "").lower(), want, "vary")


def test_a_stream_is_compressed_as_it_flows_and_other_pieces_are_left_alone():
    class Pieces(Response):
        chunks = ()

    class Flow(Pieces):
        passed = None

        def pass_through(self, change, end):
            self.passed = change(TEXT) + end()

    pieces = Pieces(b"", 200, {"content-type": "text/plain"})
    kit.did("compressible(a response with `chunks`, and without a method `pass_through`)")
    kit.expect(compressible(pieces), False, "a body in pieces that cannot be changed: a file")
    flow = Flow(b"", 200, {"content-type": "text/plain"})
    kit.did("post(request, a response with `chunks` and with `pass_through(press, end)`)")
    after(flow)
    kit.expect_that(
        flow.passed is not None, "`pass_through` of the stream is called", "it was not called"
    )
    kit.expect(gzip.decompress(flow.passed or b""), TEXT, "its pieces, unpacked")
    kit.expect(flow.body, b"", "its body, which is not here")


def test_errors_are_compressed_too():
    app = App()
    app.add_middleware(Gzip(smallest=10))
    response = ask(app, "/nowhere", accept_encoding="gzip")
    kit.expect(response.status_code, 404, "the status")
    kit.expect(unpacked(response), b"404 Not Found\n", "the body of a 404, unpacked")
