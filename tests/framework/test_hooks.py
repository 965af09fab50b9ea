"""Hooks: before the route and the body, and after every response."""

from __future__ import annotations

import asyncio
import socket

import pytest
from layerkit import ask, fetch
from serving import ENGINES, serving

from groundup import App, JSONResponse, Request, Response, StreamingResponse


def test_hooks_run_in_the_order_in_which_they_were_registered():
    log, app = [], App()
    for name in ("one", "two"):
        app.before_request(lambda request, name=name: log.append(f"before {name}"))
        app.after_request(lambda request, response, name=name: log.append(f"after {name}"))

    @app.middleware
    def layer(request, call_next):
        log.append("layer")
        return call_next(request)

    ask(app)
    assert log == ["before one", "before two", "layer", "after one", "after two"]


@pytest.mark.parametrize("is_async", [False, True])
def test_what_a_hook_before_returns_is_the_answer(is_async):
    app, called = App(), []

    @app.get("/")
    def handler():
        called.append(1)

    def refuse(request):
        return JSONResponse({"error": "unauthorized"}, status_code=401)

    async def refuse_later(request):
        await asyncio.sleep(0)
        return refuse(request)

    app.before_request(refuse_later if is_async else refuse)
    app.after_request(lambda request, response: response.headers.add("x-seen", "1"))
    response = ask(app)
    assert (response.status_code, called) == (401, [])
    assert response.headers["x-seen"] == "1", "a hook after sees a refusal, too"


@pytest.mark.parametrize("is_async", [False, True])
def test_a_hook_after_sees_every_response_and_may_replace_it(is_async, tmp_path):
    app, seen = App(), []
    (tmp_path / "a.txt").write_text("file")
    app.static("/files", tmp_path)
    app.get("/crash")(lambda: 1 / 0)

    def note(request, response):
        seen.append(response.status_code)
        return response

    async def note_later(request, response):
        await asyncio.sleep(0)
        return note(request, response)

    app.after_request(note_later if is_async else note)
    for path in ("/files/a.txt", "/crash", "/nowhere", "/files/nowhere"):
        ask(app, path)
    ask(app, "/crash", "DELETE")
    assert seen == [200, 500, 404, 404, 405]


def test_a_hook_after_that_crashes_is_a_500_and_those_outside_see_it():
    app, seen = App(), []
    app.after_request(lambda request, response: 1 / 0)
    app.after_request(lambda request, response: seen.append(response.status_code))
    assert ask(app).status_code == 500
    assert seen == [500]


def test_async_hooks_that_await_nothing_run_at_once():
    app = App()

    @app.before_request
    async def first(request):
        return "early" if request.path == "/early" else None

    @app.after_request
    async def last(request, response):
        response.headers["x-seen"] = "1"
        return response

    for path, status in (("/early", 200), ("/nowhere", 404)):
        answer = app.handle(Request.build("GET", path))
        assert isinstance(answer, Response), "no coroutine, so no task either"
        assert (answer.status_code, answer.headers["x-seen"]) == (status, "1")


@pytest.mark.parametrize("mode", list(ENGINES))
def test_a_refusal_comes_before_the_body_was_asked_for(mode):
    app = App()
    app.post("/")(lambda request: request.body)
    app.before_request(lambda request: ("no", 401))
    with serving(mode, app) as server, socket.create_connection(server.address, 20) as sock:
        sock.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
        )
        assert sock.recv(100).startswith(b"HTTP/1.1 401 "), "no 100 for what nobody will read"


@pytest.mark.parametrize("mode", list(ENGINES))
def test_a_head_request_has_the_fields_of_the_layers_and_no_body(mode):
    app = App()
    app.get("/")(lambda: "text")
    app.after_request(lambda request, response: response.headers.add("x-seen", "1"))
    with serving(mode, app) as server:
        status, fields, body = fetch(server.address, "HEAD", "/")
    assert (status, fields["x-seen"], fields["content-length"], body) == (200, "1", "4", b"")


class Watched:
    """A stream, plain or async, that notes its end, though nobody has taken a piece of it."""

    def __init__(self, log):
        self.log = log

    def close(self):
        self.log.append("closed")


class Plain(Watched):
    def __iter__(self):
        return self

    def __next__(self):
        return b"x"


class Later(Watched):
    def __aiter__(self):
        return self

    async def __anext__(self):
        return b"x"

    async def aclose(self):
        await asyncio.sleep(0)
        self.log.append("closed")


def fail(request, response):
    raise ValueError


async def fail_later(request, response):
    await asyncio.sleep(0)
    raise ValueError


async def another_later(request, response):
    await asyncio.sleep(0)
    return "another"


AFTER = {
    "kept": (lambda request, response: None, 200, []),
    "the same": (lambda request, response: response, 200, []),
    "another": (lambda request, response: "another", 200, ["closed"]),
    "another, later": (another_later, 200, ["closed"]),
    "failing": (fail, 500, ["closed"]),
    "failing later": (fail_later, 500, ["closed"]),
}


@pytest.mark.parametrize("stream", [Plain, Later])
@pytest.mark.parametrize("case", AFTER)
def test_a_stream_that_is_not_sent_after_all_is_closed(case, stream):
    hook, status, end = AFTER[case]
    app, log = App(), []
    app.get("/")(lambda: StreamingResponse(stream(log)))
    app.after_request(hook)
    assert ask(app).status_code == status, case
    assert log == end, f"{case}: what became of the stream"
