"""Task 7.6: a line for each request (`middleware.requestlog.RequestId.pre`, `RequestLog.post`)."""

import json

import pytest
from onions import ask, request_of

from groundup.app import App
from groundup.middleware.requestlog import RequestId, RequestLog
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("7.6")


def id_of(sent, **options):
    """The id that a request has after `pre`."""
    kit.did(f"a request with x-request-id: {sent!r}, {options or 'not trusted'}")
    request = request_of(x_request_id=sent) if sent is not None else request_of()
    layer = RequestId(make=lambda: "made", **options)
    kit.expect(layer.pre(request), None, "what `pre` gives: it does not answer")
    return request.state.get("id")


def test_each_request_gets_an_id():
    kit.expect(id_of(None), "made", "no id was sent")
    first, second = request_of(), request_of()
    layer = RequestId()
    layer.pre(first), layer.pre(second)
    kit.expect_that(first.state["id"] != second.state["id"], "two requests, two ids", first.state)


SENT = [
    ("abc-1.2_3", True, "abc-1.2_3"),
    ("abc", False, "made"),
    ("", True, "made"),
    ("a b", True, "made"),
    ('x"} {"status": 200', True, "made"),
    ("a" * 64, True, "a" * 64),
    ("a" * 65, True, "made"),
    (None, True, "made"),
    ("é", True, "made"),
]


@pytest.mark.parametrize(("sent", "trust", "want"), SENT, ids=[repr(one[0])[:20] for one in SENT])
def test_an_id_of_the_clients_is_kept_only_if_it_is_trusted_and_harmless(sent, trust, want):
    kit.expect(id_of(sent, trust=trust), want, f"the id; trust={trust}, sent {sent!r}")


def line_of(response, target="/", method="GET", client="192.0.2.1", took=0.0, **state):
    """The line that is written for a response, as it was written."""
    lines, clock = [], kit.Clock()
    log = RequestLog(lines.append, clock=clock)
    request = request_of(target, method, client=client)
    request.state.update(state)
    log.pre(request)
    clock.advance(took)
    kit.expect(log.post(request, response), None, "what `post` gives: the response stays")
    kit.expect(len(lines), 1, "how many lines were written")
    return lines[0]


def test_a_line_tells_what_was_asked_and_answered():
    line = line_of(Response("hello", 201), "/a?b=c", "POST", took=0.0125, id="abc")
    want = {"id": "abc", "client": "192.0.2.1", "method": "POST", "target": "/a?b=c",
            "status": 201, "bytes": 5, "ms": 12.5}  # fmt: skip
    kit.expect(json.loads(line), want, "the line of a POST that took 12.5 milliseconds")
    kit.expect(list(json.loads(line)), list(want), "the order of its keys")


def test_what_is_not_known_is_null():
    entry = json.loads(line_of(Response("x"), client=None))
    kit.expect((entry["id"], entry["client"]), (None, None), "no RequestId outside, no client")


def test_no_target_ends_a_line():
    line = line_of(Response("x"), '/\r\n{"status":200}\x1b[2J\u2028')
    kit.expect_that(line.isprintable(), "no control character in the line", ascii(line))
    kit.expect(
        json.loads(line)["target"], '/\r\n{"status":200}\x1b[2J\u2028', "the target, read back"
    )


def test_a_stream_has_no_size_yet():
    class Stream(Response):
        chunks = ()

    kit.expect(json.loads(line_of(Stream("")))["bytes"], None, "bytes of a response in pieces")


def test_milliseconds_have_three_places():
    kit.expect(json.loads(line_of(Response("x"), took=0.00123456))["ms"], 1.235, "1.23456 ms")


def test_a_request_that_was_never_entered_has_taken_no_time():
    lines = []
    kit.did("log.post(request, response), and no `pre` before: what stands outside has answered")
    RequestLog(lines.append, clock=kit.Clock()).post(request_of(), Response("x"))
    kit.expect([json.loads(line)["ms"] for line in lines], [0.0], "`post` without `pre` before it")


@pytest.mark.parametrize("target", ["/", "/nowhere", "/crash"])
def test_every_response_has_its_line_and_both_have_the_id(target):
    lines = []
    app = App()
    app.get("/")(lambda: "home")
    app.get("/crash")(lambda: 1 / 0)
    app.add_middleware(RequestId(make=lambda: "7"), RequestLog(lines.append))
    response = ask(app, target)
    kit.expect(response.headers.get("x-request-id"), "7", "the id in the answer")
    got = [(json.loads(line)["id"], json.loads(line)["status"]) for line in lines]
    kit.expect(got, [("7", response.status_code)], f"id and status in the log, for {target}")


def test_the_clock_is_the_applications():
    lines, clock = [], kit.Clock()
    app = App(clock=clock)
    app.add_middleware(RequestLog(lines.append))
    app.get("/")(lambda: clock.advance(2))
    ask(app)
    kit.expect(json.loads(lines[0])["ms"], 2000.0, "App(clock=…): the handler has taken 2 s")
