"""Text 1, PandaHttpd: its example, its commands, the way a request takes, its options.

Run by the engine that it describes: one listener, and worker threads with an event loop and an
executor each (our mode `pool`, because of `num_workers` and `executor_per_worker`).
"""

from __future__ import annotations

import asyncio
import gzip
import importlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from blocks import Asker, AtWork, asking, at_work, run_block
from rawclient import RawClient

from groundup import (
    App,
    CaseInsensitiveDict,
    CookieDict,
    FileResponse,
    HtmlResponse,
    JsonResponse,
    PlainTextResponse,
    RedirectResponse,
    Request,
    XmlResponse,
)
from groundup.middleware.compression import Gzip
from groundup.middleware.requestlog import RequestLog
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
        assert ask("GET", "/sum/x/2").status == 400, "what is no int reaches nobody"


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


ROOT = Path(__file__).resolve().parents[2]
OFFLINE = ("resolve host", "dns error", "connection refused", "timed out", "offline")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What `git clone` would give, as far as an installation looks at it."""
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info")
    folder = "solutions/09_full_framework"
    shutil.copytree(ROOT / folder, tmp_path / folder, ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def done(*command: str | Path, cwd: Path) -> str:
    """What a command prints; skipped where it wants a network and there is none."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    process = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True)
    if process.returncode and any(word in process.stderr.lower() for word in OFFLINE):
        pytest.skip(f"{command[2]} found no network: {process.stderr.strip()[-200:]}")
    assert process.returncode == 0, process.stderr
    return process.stdout


def where_from(python: Path, cwd: Path) -> Path:
    """The folder from which this Python takes groundup."""
    said = done(python, "-c", "import groundup; print(groundup.__path__[0])", cwd=cwd)
    return Path(said.strip())


def test_it_installs_in_editable_form(checkout: Path) -> None:
    pytest.importorskip("pip", reason="this environment has no pip")
    elsewhere = checkout / "elsewhere"
    done(sys.executable, "-m", "venv", "--without-pip", elsewhere, cwd=checkout)
    python = elsewhere / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet")
    done(*pip, "-e", ".", cwd=checkout)
    assert where_from(python, elsewhere) == checkout / "solutions/09_full_framework/groundup"


def test_uv_sync_installs_it_and_nothing_else(checkout: Path) -> None:
    pytest.importorskip("uv", reason="this environment has no uv")
    uv = (sys.executable, "-m", "uv")
    done(*uv, "sync", "--quiet", cwd=checkout)
    python = checkout / ".venv" / "bin" / "python"
    assert where_from(python, checkout.parent) == checkout / "solutions/09_full_framework/groundup"
    listed = done(*uv, "pip", "list", "--format=freeze", "--python", python, cwd=checkout)
    assert [line.partition("==")[0] for line in listed.splitlines() if "==" in line] == ["groundup"]


COUNTERPARTS = {
    "app.py": "groundup.app:App",
    "worker.py": "groundup.engines.pool:AsyncWorker",
    "http/": "groundup.parser:RequestParser",
    "route/": "groundup.routing:Router",
    "middleware/": "groundup.middleware",
    "utils/": "groundup.headers:Headers",
}


@pytest.mark.parametrize("theirs", COUNTERPARTS)
def test_each_of_its_folders_has_a_counterpart(theirs: str) -> None:
    module, _, name = COUNTERPARTS[theirs].partition(":")
    found = importlib.import_module(module)
    assert not name or hasattr(found, name)


MADE = {
    "/json": (lambda: JsonResponse([1]), 200, "application/json", b"[1]"),
    "/text": (lambda: PlainTextResponse("<b>"), 200, "text/plain", b"<b>"),
    "/html": (lambda: HtmlResponse("<b>"), 200, "text/html", b"<b>"),
    "/xml": (lambda: XmlResponse("<b/>"), 200, "application/xml", b"<b/>"),
    "/redirect": (lambda: RedirectResponse("/json"), 302, "text/plain", b""),
    "/file": (lambda: FileResponse("a.svg"), 200, "image/svg+xml", b"<svg/>"),
}


def test_every_kind_of_response_has_its_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.svg").write_bytes(b"<svg/>")
    monkeypatch.chdir(tmp_path)
    app = App()
    for path, (make, *_) in MADE.items():
        app.get(path)(make)
    with asking("pool", app) as ask:
        for path, (_, status, kind, body) in MADE.items():
            got = ask("GET", path)
            assert (got.status, got.body) == (status, body), path
            assert got.kind == kind or not body, path
        assert ask("GET", "/redirect").headers["location"] == "/json"


BOOK = """
import pathlib, sys
from workshop import home
server = home.serve(pathlib.Path(sys.argv[1]), port=0)
print(type(server._engine).__module__, server.server_port, flush=True)
sys.stdin.read()
server.shutdown()
"""


def test_it_serves_a_real_site_this_book(tmp_path: Path) -> None:
    """`python3 -m workshop` does it: workshop/home.py, workshop/live/site.py."""
    (tmp_path / "index.html").write_text("<h1>Ground Up</h1>", "utf-8")
    command = [sys.executable, "-c", BOOK, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        engine, port = process.stdout.readline().split()
        assert engine == "groundup.engines.protocol", "no other server has a hand in it"
        book = Asker(("127.0.0.1", int(port)))("GET", "/")
        process.stdin.close()
        assert process.wait(30) == 0
    assert (book.status, book.kind) == (200, "text/html")
    assert b"Ground Up" in book.body


def test_the_environment_may_set_what_a_config_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDUP_PORT", "8123")
    app = App(config={"ip": "127.0.0.1", "port": 8080})
    app.route("/")(lambda: "hello")
    with at_work(lambda: app.run(), app.shutdown, monkeypatch) as program:
        assert program.options["port"] == 8123, "whoever starts the program has the last word"
        assert program.ask("GET", "/").status == 200


def test_gzip_and_a_request_log_are_middleware() -> None:
    lines: list[dict[str, Any]] = []
    app = App()
    app.add_middleware(RequestLog(lambda line: lines.append(json.loads(line))), Gzip())
    app.get("/long")(lambda: "a long text " * 500)
    with asking("pool", app) as ask:
        packed = ask("GET", "/long", headers={"Accept-Encoding": "gzip"})
        plain = ask("GET", "/long")
        assert ask("GET", "/nothing").status == 404
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body == b"a long text " * 500
    assert len(packed.body) < 200 and "content-encoding" not in plain.headers
    seen = [(line["method"], line["target"], line["status"]) for line in lines]
    assert seen == [("GET", "/long", 200), ("GET", "/long", 200), ("GET", "/nothing", 404)]


def test_middleware_may_be_a_class_with_pre_and_post() -> None:
    steps: list[str] = []

    class Noting:
        def __init__(self, name: str) -> None:
            self.name = name

        def pre(self, request: Request) -> None:
            steps.append(f"into {self.name}")

        async def post(self, request: Request, response: Any) -> None:
            steps.append(f"out of {self.name}")
            response.headers["x-seen"] = self.name

    app = App()
    app.add_middleware(Noting("outer"), Noting("inner"))
    app.get("/")(lambda: steps.append("handler"))
    with asking("pool", app) as ask:
        assert ask("GET", "/").headers["x-seen"] == "outer"
    assert steps == ["into outer", "into inner", "handler", "out of inner", "out of outer"]


def test_its_two_dictionaries() -> None:
    fields = CaseInsensitiveDict({"Content-Type": "text/plain"})
    assert fields["content-TYPE"] == "text/plain" and "CONTENT-TYPE" in fields
    app = App()

    @app.get("/")
    async def handler(request: Request) -> Any:
        assert isinstance(request.cookies, CookieDict)
        response = JsonResponse({"name": request.cookies["name"]})
        response.set_cookie("seen", "yes", max_age=60)
        return response

    with asking("pool", app) as ask:
        got = ask("GET", "/", headers={"Cookie": "name=ada; other=1"})
    assert got.json == {"name": "ada"}
    assert got.headers["set-cookie"].startswith("seen=yes; ")
