"""Text 1, PandaHttpd: its example, its commands, the way a request takes, its options.

Run by the engine that it describes: one listener, and worker threads with an event loop and an
executor each (our mode `pool`, because of `num_workers` and `executor_per_worker`).
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest
from blocks import AtWork, asking, at_work, run_block
from rawclient import RawClient

from groundup import App, JsonResponse, PlainTextResponse, Request
from groundup.net import listen


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example at work, as `python example.py` would start it."""
    namespace: dict[str, Any] = {}
    run = lambda: run_block("pandahttpd", namespace, main=True)  # noqa: E731
    with at_work(run, lambda: namespace["app"].shutdown(), monkeypatch) as program:
        yield program


def test_the_example_serves_as_its_config_says(program: AtWork) -> None:
    said = program.options
    assert (said["host"], said["port"]) == ("127.0.0.1", 8080)
    assert (said["mode"], said["num_workers"], said["executor_per_worker"]) == ("pool", 4, 10)


def test_the_example_answers(program: AtWork) -> None:
    home = program.ask("GET", "/")
    assert home.json == {"message": "Welcome to PandaHttpd!", "status": "online"}
    assert home.kind == "application/json"
    hello = program.ask("GET", "/hello")
    assert (hello.kind, hello.body) == ("text/plain", b"Hello, World!")
    assert program.ask("POST", "/").status == 405, "a route is for GET unless it says more"


def test_a_config_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "server.json"
    path.write_text(json.dumps({"ip": "127.0.0.1", "port": 8080, "num_workers": 2}), "utf-8")
    app = App(config=path)
    app.route("/", method="GET")(lambda: "hello")
    with at_work(lambda: app.run(), app.shutdown, monkeypatch) as program:
        assert (program.options["port"], program.options["num_workers"]) == (8080, 2)
        assert program.ask("GET", "/").body == b"hello"


def test_a_response_class_makes_what_its_handler_returns() -> None:
    app = App()
    app.route("/text", response_class=PlainTextResponse)(lambda: "<b>")
    app.route("/json", response_class=JsonResponse)(lambda: "text as JSON")
    with asking("pool", app) as ask:
        assert (ask("GET", "/text").kind, ask("GET", "/text").body) == ("text/plain", b"<b>")
        assert ask("GET", "/json").json == "text as JSON"


def test_parameters_have_the_type_of_their_hint() -> None:
    app = App()

    @app.get("/sum/{a}/{b}")
    def add(a: int, b: float) -> dict[str, Any]:
        return {"sum": a + b, "types": [type(a).__name__, type(b).__name__]}

    with asking("pool", app) as ask:
        assert ask("GET", "/sum/1/2.5").json == {"sum": 3.5, "types": ["int", "float"]}
        assert ask("GET", "/sum/x/2").status in (400, 404, 422), "what is no int reaches nobody"


def test_one_listener_deals_connections_out_in_turn() -> None:
    app = App()

    @app.get("/")
    async def who() -> str:
        return threading.current_thread().name

    with asking("pool", app, num_workers=4) as ask:
        names = [ask("GET", "/").body for _ in range(12)]
    assert len(set(names)) == 4, "four workers"
    assert names[:4] * 3 == names, "one after the other, and then the first again"


def test_each_worker_has_an_event_loop_with_many_connections_on_it() -> None:
    app, met, here = App(), asyncio.Event(), 0

    @app.get("/")
    async def meet() -> str:
        nonlocal here
        here += 1
        if here == 10:
            met.set()
        await asyncio.wait_for(met.wait(), 20)
        return "met"

    with asking("pool", app, num_workers=1) as ask:
        clients = [RawClient(ask.address) for _ in range(10)]
        for client in clients:
            client.get("/")
        assert [client.answer().body for client in clients] == [b"met"] * 10
        for client in clients:
            client.socket.close()


def test_each_worker_has_threads_of_its_own_for_what_blocks() -> None:
    app, together = App(), threading.Barrier(3)

    @app.get("/plain")
    def plain() -> str:
        together.wait(20)
        return threading.current_thread().name

    @app.get("/offloaded")
    async def offloaded(request: Request) -> str:
        name: str = await request.run_in_executor(plain)
        return name

    with asking("pool", app, num_workers=1, executor_per_worker=3) as ask:
        clients = [RawClient(ask.address) for _ in range(3)]
        paths = ("/plain", "/plain", "/offloaded")
        for client, path in zip(clients, paths, strict=True):
            client.get(path)
        names = {client.answer().body for client in clients}
        for client in clients:
            client.socket.close()
    assert len(names) == 3, "three blocking calls at once, an async handler's among them"


def test_hundreds_of_connections_are_held_at_once() -> None:
    app = App()
    app.get("/")(lambda: "hello")
    clients: list[RawClient] = []
    with asking("pool", app) as ask:
        try:
            for _ in range(400):  # both ends are in this process, and descriptors are bounded
                clients.append(RawClient(ask.address))
            for client in clients:
                client.get("/")
            assert all(client.answer().status == 200 for client in clients)
        finally:
            for client in clients:
                client.socket.close()


def test_a_connection_is_kept_and_bytes_may_come_one_by_one() -> None:
    app = App()
    app.get("/")(lambda: "hello")
    with asking("pool", app) as ask, RawClient(ask.address) as client:
        for _ in range(3):
            assert client.ask("/").body == b"hello", "the same connection"
        for byte in b"GET / HTTP/1.1\r\nHost: a\r\n\r\n":
            client.send(bytes((byte,)))
        assert client.answer().body == b"hello"


def test_the_listener_has_so_reuseaddr() -> None:
    listener = listen("127.0.0.1", 0)
    try:
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR), "or a restart fails"
    finally:
        listener.close()
