"""The test client: real bytes and no socket. And HTTPConnection, which answers them."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from rawclient import RawClient

from groundup import (
    App,
    HTTPServer,
    Limits,
    ProtocolError,
    Request,
    Response,
    StreamingResponse,
    TestClient,
    Timeouts,
    parse_into,
)  # fmt: skip


def make_app() -> tuple[App, list[str]]:
    app, seen = App(limits=Limits(body=1000)), list[str]()
    app.on_startup(lambda: seen.append("up"))
    app.on_shutdown(lambda: seen.append("down"))

    @app.get("/set")
    def set_it() -> Response:
        response = Response.redirect("/who?x=1", 303)
        response.set_cookie("a", "1")
        return response

    @app.get("/who")
    async def who(request: Request) -> Any:
        await asyncio.sleep(0)
        return {"cookies": request.cookies, "query": request.query, "host": request.host}

    @app.get("/forget")
    def forget() -> Response:
        response = Response("gone")
        response.delete_cookie("a")
        return response

    @app.post("/echo")
    def echo(request: Request) -> Any:
        return {"body": request.text(), "type": request.headers.get("content-type")}

    @app.post("/form")
    def form(request: Request) -> Any:
        return request.form()

    @app.post("/count", stream_body=True)
    async def count(request: Request) -> Any:
        return [len(part) async for part in request.stream()]

    @app.post("/count-blocking", stream_body=True)
    def count_blocking(request: Request) -> Any:
        return [len(part) for part in request.stream()]

    @app.get("/numbers")
    async def numbers() -> StreamingResponse:
        async def parts() -> Any:
            for number in range(3):
                yield f"{number}\n"

        return StreamingResponse(parts())

    @app.get("/loop")
    def loop() -> Response:
        return Response.redirect("/loop")

    return app, seen


def test_hooks_run_around_a_client_that_is_entered() -> None:
    app, seen = make_app()
    with TestClient(app) as client:
        assert seen == ["up"] and client.get("/numbers").status_code == 200
    assert seen == ["up", "down"]


def test_cookies_are_kept_sent_and_forgotten_and_redirects_followed_if_asked() -> None:
    with TestClient(make_app()[0]) as client:
        assert client.get("/set").status_code == 303, "not followed unless asked"
        got = client.get("/set", follow_redirects=True)
        assert got.json() == {"cookies": {"a": "1"}, "query": {"x": "1"}, "host": "testserver"}
        assert [one.status_code for one in got.history] == [303] and got.url == "/who?x=1"
        client.get("/forget")
        assert client.cookies == {} and client.get("/who").json()["cookies"] == {}
        with pytest.raises(RuntimeError, match="without an end"):
            client.get("/loop", follow_redirects=True)


BODIES: list[tuple[str, dict[str, Any], Any]] = [
    ("/echo", {"json": {"a": "é"}}, {"body": '{"a": "\\u00e9"}', "type": "application/json"}),
    ("/echo", {"body": "é", "headers": {"content-type": "x/y"}}, {"body": "é", "type": "x/y"}),
    ("/form", {"form": {"a": ["1", "2"], "b": "&"}}, {"a": ["1", "2"], "b": ["&"]}),
    ("/count", {"body": [b"ab", "c"]}, [2, 1]),
    ("/count-blocking", {"body": [b"ab", "c"]}, [2, 1]),
]


@pytest.mark.parametrize(("path", "sent", "wanted"), BODIES)
def test_bodies_of_every_kind_are_sent(path: str, sent: dict[str, Any], wanted: Any) -> None:
    with TestClient(make_app()[0]) as client:
        assert client.post(path, **sent).json() == wanted


def test_what_the_wire_refuses_is_refused_here_too() -> None:
    with TestClient(make_app()[0]) as client:
        assert client.get("/numbers").text == "0\n1\n2\n"
        assert client.post("/echo", body="x" * 1001).status_code == 413
        assert client.get("/who", headers={"host": "a b"}).status_code == 400
        assert client.request("HEAD", "/numbers").body == b""
        assert client.put("/echo").headers["allow"] == "OPTIONS, POST"


def test_parse_into_takes_one_request_and_leaves_the_next() -> None:
    request, buffer = Request.build(), bytearray(b"POST /a?b=1 HTTP/1.1\r\nHost: h\r\nContent-")
    assert not parse_into(request, buffer) and len(buffer) == 39, "nothing is taken"
    buffer += b"Length: 2\r\n\r\nxyGET / HTTP/1.1\r\n"
    assert parse_into(request, buffer)
    assert (request.method, request.path, request.query, request.body) == (
        "POST",
        "/a",
        {"b": "1"},
        b"xy",
    )
    assert buffer == b"GET / HTTP/1.1\r\n"
    with pytest.raises(ProtocolError):
        parse_into(request, bytearray(b"GET  / HTTP/1.1\r\n\r\n"))


def over_streams(app: App, talk: Any) -> Any:
    """What a blocking client sees of `app.start_server`, from a thread."""

    async def main() -> Any:
        server = await app.start_server("127.0.0.1", 0)
        async with server:
            return await asyncio.to_thread(talk, server.sockets[0].getsockname())

    return asyncio.run(asyncio.wait_for(main(), 20))


def test_asyncio_serves_an_app_and_keeps_its_connection() -> None:
    def talk(address: Any) -> Any:
        with RawClient(address) as client:
            return [client.ask("/numbers").body, client.ask("/who").status]

    assert over_streams(make_app()[0], talk) == [b"0\n1\n2\n", 200]


def test_whoever_is_late_with_a_head_gets_one_answer_and_the_end() -> None:
    def talk(address: Any) -> Any:
        with RawClient(address) as client:
            client.send(b"GET / HT")
            return client.answer().status, client.socket.recv(10)

    assert over_streams(App(timeouts=Timeouts(header=0.05)), talk) == (408, b"")


def test_whoever_takes_nothing_of_its_answer_is_cut_off() -> None:
    app = App(timeouts=Timeouts(write=0.2))
    ended = threading.Event()

    @app.get("/endless")
    def endless() -> StreamingResponse:
        def parts() -> Any:
            try:
                while True:
                    yield b"x" * 65536
            finally:
                ended.set()

        return StreamingResponse(parts())

    def talk(address: Any) -> bool:
        with RawClient(address) as client:
            client.get("/endless")
            return ended.wait(10)

    assert over_streams(app, talk), "nobody reads, and the stream waits for ever"


def test_a_server_takes_a_router_or_an_app() -> None:
    with pytest.raises(TypeError, match="not both"):
        HTTPServer(router=App().router, app=App())
