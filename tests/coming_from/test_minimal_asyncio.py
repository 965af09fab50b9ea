"""Text 3, a minimal asyncio framework: what it describes, with its names.

It has no block of code, so the program is ours; each sentence about a part of it is a test. Its
connections are asyncio's streams, so they are served here by `asyncio.start_server` alone.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest
from blocks import Asker, run_block
from rawclient import RawClient

from groundup import App, HTTPServer, Request, Router, TestClient, Timeouts, parse_into
from groundup.asgi import AsgiApp
from groundup.connection import Connection
from groundup.errors import ProtocolError
from groundup.middleware.auth import BasicAuth
from groundup.middleware.limiting import RateLimit
from groundup.streaming import StreamingResponse

Start = Callable[[], Awaitable[asyncio.AbstractServer]]


@contextmanager
def running(start: Start) -> Iterator[Asker]:
    """An asyncio server at work in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(awaited(start), loop).result(20)
    try:
        yield Asker(server.sockets[0].getsockname())
    finally:
        asyncio.run_coroutine_threadsafe(ended(server), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


async def awaited(start: Start) -> asyncio.AbstractServer:
    """What the start of a server leads to."""
    return await start()


async def ended(server: asyncio.AbstractServer) -> None:
    """No more connections, and those that are there come to their end."""
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def hello_app(**options: Any) -> App:
    """One route."""
    app = App(**options)

    @app.get("/")
    async def hello(request: Request) -> str:
        return "hello"

    return app


def test_an_app_of_its_parts_answers_get_and_post() -> None:
    app: App = run_block("minimal")["app"]
    with running(lambda: app.start_server("127.0.0.1", 0)) as ask:
        assert ask("GET", "/hello/ada").json == {"hello": "ada"}
        made = ask("POST", "/things", b'{"a": 1}')
        assert (made.status, made.json) == (201, {"created": {"a": 1}})
        assert ask("GET", "/things").status == 405
        assert ask("GET", "/nothing").status == 404


def test_add_route_takes_a_pattern_and_a_handler() -> None:
    router = Router()
    router.add_route("/a/{name}/<int:number>", lambda name, number: [name, number])
    app = App(router)
    with running(lambda: app.start_server("127.0.0.1", 0)) as ask:
        assert ask("GET", "/a/tea/7").json == ["tea", 7]
        assert ask("GET", "/a/tea/seven").status == 404


def test_parse_into_fills_a_request_as_bytes_come() -> None:
    request, buffer = Request.build(), bytearray()
    *most, last = b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
    for byte in most:
        buffer.append(byte)
        assert not parse_into(request, buffer), f"not all is here: {bytes(buffer)!r}"
    buffer.append(last)
    assert parse_into(request, buffer)
    assert (request.method, request.path, request.query) == ("POST", "/a", {"b": "c"})
    assert (request.host, request.body, bytes(buffer)) == ("x", b"body", b"")


def test_parse_into_leaves_what_follows() -> None:
    request, buffer = Request.build(), bytearray(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 ")
    assert parse_into(request, buffer)
    assert (request.path, bytes(buffer)) == ("/1", b"GET /2 ")
    assert not parse_into(request, buffer), "the second is not here whole"


def test_parse_into_refuses_what_the_parser_refuses() -> None:
    for wrong in (b"GET  / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost : x\r\n\r\n"):
        with pytest.raises(ProtocolError):
            parse_into(Request.build(), bytearray(wrong))


def basic(name: str, password: str) -> dict[str, str]:
    """The field that a browser sends for these."""
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_authentication_keeps_strangers_out() -> None:
    app = App()
    app.add_middleware(BasicAuth({"ada": "secret"}))

    @app.get("/")
    async def whoami(request: Request) -> str:
        return str(request.state["user"])

    with running(lambda: app.start_server("127.0.0.1", 0)) as ask:
        stranger = ask("GET", "/")
        assert stranger.status == 401 and stranger.headers["www-authenticate"].startswith("Basic ")
        assert ask("GET", "/", headers=basic("ada", "wrong")).status == 401
        assert ask("GET", "/", headers=basic("ada", "secret")).body == b"ada"


def test_chunked_bodies_both_ways() -> None:
    app = App()

    @app.post("/")
    async def twice(request: Request) -> StreamingResponse:
        return StreamingResponse([request.body, request.body])

    with running(lambda: app.start_server("127.0.0.1", 0)) as ask:
        got = ask("POST", "/", iter([b"ab", b"cd"]))
        assert (got.headers["transfer-encoding"], got.body) == ("chunked", b"abcdabcd")


QUICK = Timeouts(header=0.3, keep_alive=0.3)


def test_a_silent_client_gets_an_error_and_is_closed() -> None:
    app = hello_app(timeouts=QUICK)
    with running(lambda: app.start_server("127.0.0.1", 0)) as ask, RawClient(ask.address) as client:
        client.send(b"GET / HTT")
        assert client.answer().status == 408, "it has begun, and is told what was wrong"
        assert client.ended


def test_a_client_that_goes_on_is_not_cut_off() -> None:
    app = hello_app(timeouts=Timeouts(header=1.0, keep_alive=1.0))
    with running(lambda: app.start_server("127.0.0.1", 0)) as ask, RawClient(ask.address) as client:
        end = time.monotonic() + 1.5
        while time.monotonic() < end:  # longer than its deadline in all, and never in one phase
            assert client.ask("/").body == b"hello", "each request has a deadline of its own"
            time.sleep(0.01)  # no faster: a connection is good for 10,000 requests


def test_handle_connection_serves_what_asyncio_accepted() -> None:
    server = HTTPServer(router=hello_app().router)

    def start() -> Awaitable[asyncio.AbstractServer]:
        return asyncio.start_server(server.handle_connection, "127.0.0.1", 0)

    with running(start) as ask, RawClient(ask.address) as client:
        assert client.ask("/").body == b"hello"
        assert client.ask("/").body == b"hello", "the connection is kept"
        client.get("/").get("/")
        assert [client.answer().status for _ in range(2)] == [200, 200], "and pipelined"


def test_a_handler_is_given_what_it_names() -> None:
    app = App()
    events: list[str] = []

    async def connection() -> Any:
        events.append("opened")
        yield "a connection"
        events.append("closed")

    app.provide("database", connection)

    @app.get("/{name}")
    async def handler(name: str, database: str) -> dict[str, str]:
        events.append("used")
        return {"name": name, "database": database}

    with running(lambda: app.start_server("127.0.0.1", 0)) as ask:
        assert ask("GET", "/x").json == {"name": "x", "database": "a connection"}
    assert events == ["opened", "used", "closed"]


def test_an_app_is_tested_without_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket.socket, "connect", None)
    app: App = run_block("minimal")["app"]
    with TestClient(app) as client:
        assert client.get("/hello/ada").json() == {"hello": "ada"}
        assert client.post("/things", json=[1]).status_code == 201
    request = Request.build("GET", "/hello/ada")
    assert app.handle(request).body == b'{"hello":"ada"}', "and without a connection, too"


async def spoken(application: AsgiApp, method: str, path: str, body: bytes) -> list[Any]:
    """One request as an ASGI server makes it; the messages that come back."""
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "client": ("127.0.0.1", 5),
        "headers": [(b"host", b"a"), (b"content-length", str(len(body)).encode())],
    }
    said: list[Any] = []
    inbox = asyncio.Queue[Any]()  # what never comes is a client that stays
    inbox.put_nowait({"type": "http.request", "body": body, "more_body": False})

    async def send(message: Any) -> None:
        said.append(message)

    await application(scope, inbox.get, send)
    return said


def test_the_same_app_speaks_asgi() -> None:
    application = AsgiApp(run_block("minimal")["app"])
    start, *rest = asyncio.run(spoken(application, "POST", "/things", b'{"a":1}'))
    assert (start["type"], start["status"]) == ("http.response.start", 201)
    assert b"".join(one["body"] for one in rest) == b'{"created":{"a":1}}'
    start, *_ = asyncio.run(spoken(application, "GET", "/nothing", b""))
    assert start["status"] == 404


class Noting(Connection):
    """A parser that notes what it was given to read."""

    noted: ClassVar[list[bytes]] = []

    def receive(self, data: bytes) -> None:
        self.noted.append(data)
        super().receive(data)


def test_collaborators_may_be_fakes() -> None:
    now = [100.0]
    router = Router()
    router.add_route("/", lambda: "hello")
    app = App(router, parser=Noting, clock=lambda: now[0])
    app.add_middleware(RateLimit(1, 10.0))
    assert app.router is router, "it takes the one it is given"
    with running(lambda: app.start_server("127.0.0.1", 0)) as ask:
        assert [ask("GET", "/").status for _ in range(2)] == [200, 429]
        now[0] += 10.0
        assert ask("GET", "/").status == 200, "ten seconds of its clock, and none of ours"
    heard = b"".join(Noting.noted)
    assert heard.count(b"GET / HTTP/1.1") == 3, "every byte has come through the parser given"
