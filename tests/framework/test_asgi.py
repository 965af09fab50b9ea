"""The same App by ASGI: with a scripted server, and with uvicorn, hypercorn, granian if present."""

from __future__ import annotations

import asyncio
import http.client
import importlib.util
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from program import FRAMEWORK

from groundup import App, AsgiApp, FileResponse, Request, Response, StreamingResponse, Timeouts

Message = dict[str, Any]


def make_app() -> tuple[App, list[str]]:
    app, seen = App(max_body_size=10, timeouts=Timeouts(handler=0.05)), list[str]()
    app.on_startup(lambda: seen.append("up"))
    app.on_shutdown(lambda: seen.append("down"))

    @app.post("/echo")
    async def echo(request: Request) -> Any:
        return [request.text(), request.query, request.path, request.headers["x-own"]]

    @app.post("/count", stream_body=True)
    async def count(request: Request) -> Any:
        return [len(part) async for part in request.stream()]

    @app.get("/stream")
    def stream() -> Response:
        return StreamingResponse(iter(["a", b"b"]))

    @app.get("/file")
    def file() -> Response:
        return FileResponse(__file__, headers={"connection": "close"})

    @app.get("/bad")
    def bad() -> Response:
        return Response("x", headers={"x-own": "a\r\nset-cookie: b"})

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(20)

    return app, seen


def run(app: App, scope: Message, *messages: Message, then: Any = None) -> list[Message]:
    """What the adapter sends, given what the server tells it; then silence, or `then`."""
    left, sent = list(messages), list[Message]()

    async def receive() -> Any:
        if left:
            return left.pop(0)
        return then or await asyncio.sleep(3600)

    async def send(message: Message) -> None:
        sent.append(message)

    base = {"type": "http", "http_version": "1.1", "query_string": b"", "headers": []}
    asyncio.run(asyncio.wait_for(AsgiApp(app)({**base, **scope}, receive, send), 20))
    return sent


def body(data: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": data, "more_body": more}


def ask(method: str, path: str, *messages: Message, **scope: Any) -> tuple[int, Message, bytes]:
    """Status, fields, body."""
    fields = [(b"transfer-encoding", b"chunked")] if messages else []
    scope = {"method": method, "path": path, "headers": [(b"x-own", b"1"), *fields], **scope}
    start, *rest = run(make_app()[0], scope, *messages)
    assert [part.get("more_body", False) for part in rest] == [True] * (len(rest) - 1) + [False]
    found = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], found, b"".join(part["body"] for part in rest)


def test_a_request_comes_through_as_it_was() -> None:
    got = ask("POST", "/echo", body(b"a", True), body(b"b"), query_string=b"q=1")
    assert got[0] == 200 and got[2] == b'["ab",{"q":"1"},"/echo","1"]'
    assert got[1]["content-length"] == str(len(got[2]))


@pytest.mark.parametrize(
    ("target", "host"), [(b"/h", b"field:1"), (b"http://target:2/h", b"target:2")]
)
def test_the_host_is_that_of_an_absolute_target_or_else_of_its_field(
    target: bytes, host: bytes
) -> None:
    app = App()
    app.get("/h")(lambda request: request.host)
    scope = {"method": "GET", "path": "/h", "raw_path": target, "headers": [(b"host", b"field:1")]}
    assert run(app, scope)[1]["body"] == host, "as on every engine of ours"


def test_bodies_are_bounded_and_streamed() -> None:
    assert ask("POST", "/echo", body(b"x" * 6, True), body(b"x" * 6))[0] == 413
    assert ask("POST", "/count", body(b"x" * 6, True), body(b"x" * 6))[2] == b"[6,6]"
    assert ask("GET", "/stream")[2] == b"ab"
    status, fields, data = ask("GET", "/file")
    assert (status, data) == (200, Path(__file__).read_bytes()) and "connection" not in fields
    assert ask("HEAD", "/file")[2] == b"" and ask("HEAD", "/file")[1]["content-length"]


def test_what_may_not_be_sent_is_a_500_and_who_is_late_gets_a_503() -> None:
    status, fields, _ = ask("GET", "/bad")
    assert status == 500 and "x-own" not in fields
    assert ask("GET", "/slow")[0] == 503
    assert ask("GET", "/none", raw_path=b"/none%20")[0] == 404


def test_a_client_that_leaves_ends_its_handler() -> None:
    app, seen = App(), list[str]()

    @app.get("/")
    async def wait() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            seen.append("cancelled")

    scope = {"method": "GET", "path": "/"}
    assert run(app, scope, then={"type": "http.disconnect"}) == [] and seen == ["cancelled"]


def test_a_stream_whose_client_leaves_is_closed() -> None:
    app, seen = App(), list[str]()

    @app.get("/")
    async def endless() -> StreamingResponse:
        async def parts() -> Any:
            try:
                while True:
                    yield b"x"
                    await asyncio.sleep(0)
            finally:
                seen.append("closed")

        return StreamingResponse(parts())

    async def main() -> None:
        async def receive() -> Message:
            await asyncio.sleep(0.02)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            await asyncio.sleep(0)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        await asyncio.wait_for(AsgiApp(app)(scope, receive, send), 20)

    asyncio.run(main())
    assert seen == ["closed"]


def test_hooks_run_in_the_servers_lifespan() -> None:
    app, seen = make_app()
    told = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = run(app, {"type": "lifespan"}, *told)
    assert [one["type"] for one in sent] == [
        "lifespan.startup.complete", "lifespan.shutdown.complete",
    ]  # fmt: skip
    assert seen == ["up", "down"]

    def fail() -> None:
        raise OSError("no database")

    app.on_startup(fail)
    assert run(app, {"type": "lifespan"}, *told)[0]["message"] == "no database"


def test_a_websocket_is_refused() -> None:
    assert run(App(), {"type": "websocket"}, {})[0]["type"] == "websocket.close"


PROGRAM = """
from groundup import App, AsgiApp, StreamingResponse
app = App()
state = []
app.on_startup(lambda: state.append("up"))
app.get("/")(lambda: state)
app.post("/echo")(lambda request: request.body)
app.get("/stream")(lambda: StreamingResponse(iter(["a", "b"])))
application = AsgiApp(app)
"""
SERVERS = {
    "uvicorn": "uvicorn program:application --port {port} --log-level warning",
    "hypercorn": "hypercorn program:application -b 127.0.0.1:{port}",
    "granian": "granian --interface asgi program:application --port {port}",
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_real_server_serves_it(name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    (tmp_path / "program.py").write_text(PROGRAM)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", *SERVERS[name].format(port=port).split()]
    process = subprocess.Popen(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(FRAMEWORK)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until_it_listens(process, port)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        for method, path, sent, wanted in (
            ("GET", "/", None, b'["up"]'), ("POST", "/echo", b"abc", b"abc"),
            ("GET", "/stream", None, b"ab"),
        ):  # fmt: skip
            connection.request(method, path, sent)
            assert connection.getresponse().read() == wanted
        connection.close()
    finally:
        process.terminate()
        process.wait(30)


def until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    """Try until somebody accepts, or the server is no more."""
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    pytest.fail("the server did not come up")
