"""Text 4, the httpserver of zerodep: every block of its usage examples and every table.

Its sixteen blocks are run one after the other in one namespace, as a reader would type them, then
asked over a socket; on one event loop, as its author does, and on our other engines too.
"""

from __future__ import annotations

import inspect
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from blocks import Asker, Namespace, asking, at_work, run_block

import groundup
from groundup import App, FileResponse, HTTPException, JSONResponse, Response, StreamingResponse

FOLDER = "zerodep/"
modes = pytest.mark.parametrize("mode", ["protocol", "pool", "threads"])


@pytest.fixture
def page() -> Namespace:
    """What a reader has typed so far: the imports, and an application."""
    namespace = run_block(FOLDER + "imports")
    namespace["app"] = App()
    return namespace


def typed(page: Namespace, *names: str) -> App:
    """The application, once these blocks were run too."""
    for name in names:
        run_block(FOLDER + name, page)
    app: App = page["app"]
    return app


# Its usage examples


def test_one_folder_is_copied_into_a_project_and_imported(tmp_path: Path) -> None:
    source = Path(groundup.__file__).parent
    leave = shutil.ignore_patterns("__pycache__")
    shutil.copytree(source, tmp_path / "groundup", ignore=leave)
    block = run_block.__globals__["EXAMPLES"] / FOLDER / "imports.py"
    program = block.read_text("utf-8") + "import groundup; print(groundup.__file__, App.__name__)"
    (tmp_path / "program.py").write_text(program, "utf-8")
    command = [sys.executable, "-s", "program.py"]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(tmp_path / "groundup" / "__init__.py"), "App"]


def test_basic_app(monkeypatch: pytest.MonkeyPatch) -> None:
    namespace: Namespace = {}
    stop = lambda: namespace["app"].shutdown()  # noqa: E731
    with at_work(lambda: run_block(FOLDER + "basic_app", namespace), stop, monkeypatch) as program:
        assert (program.options["host"], program.options["port"]) == ("127.0.0.1", 8000)
        assert program.options["mode"] == "protocol", "asyncio, many connections on one loop"
        hello = program.ask("GET", "/hello")
        assert (hello.status, hello.json) == (200, {"message": "Hello, World!"})
        assert hello.kind == "application/json"
        sent = {"numbers": [1, 2.5, None], "text": "é"}
        assert program.ask("POST", "/echo", json.dumps(sent)).json == sent
        assert program.ask("POST", "/echo", "no JSON").status == 400


@modes
def test_path_parameters(mode: str, page: Namespace) -> None:
    with asking(mode, typed(page, "path_parameters")) as ask:
        assert ask("GET", "/users/42").json == {"user_id": 42}, "an int, not text"
        assert ask("GET", "/users/none").status == 404, "what is no number is no user"
        assert ask("GET", "/files/a/b/c.txt").json == {"path": "a/b/c.txt"}


@modes
def test_multi_method_route(mode: str, page: Namespace) -> None:
    with asking(mode, typed(page, "multi_method")) as ask:
        assert ask("GET", "/items").json == {"items": []}
        made = ask("POST", "/items", b'{"name": "tea"}')
        assert (made.status, made.json) == (201, {"created": {"name": "tea"}})
        other = ask("DELETE", "/items")
        assert other.status == 405
        assert {"GET", "POST"} <= set(other.headers["allow"].split(", "))


@modes
def test_query_parameters_and_headers(mode: str, page: Namespace) -> None:
    with asking(mode, typed(page, "query_and_headers")) as ask:
        assert ask("GET", "/search?q=a%20b&q=c").json == {"query": "a b", "auth_present": False}
        known = ask("GET", "/search", headers={"Authorization": "Basic eDp5"})
        assert known.json == {"query": "", "auth_present": True}


@modes
def test_sync_handlers(mode: str, page: Namespace) -> None:
    with asking(mode, typed(page, "sync_handler")) as ask:
        assert ask("GET", "/sync").json == {"sync": True}


def test_a_sync_handler_that_waits_does_not_stop_the_loop(page: Namespace) -> None:
    app: App = page["app"]
    freed = threading.Event()

    @app.get("/waits")
    def waits(request: Any) -> str:
        return "freed" if freed.wait(20) else "still blocked"

    @app.get("/frees")
    async def frees(request: Any) -> str:
        freed.set()
        return "done"

    with asking("protocol", app) as ask:
        answers: list[bytes] = []
        first = threading.Thread(target=lambda: answers.append(ask("GET", "/waits").body))
        first.start()
        assert ask("GET", "/frees").body == b"done", "the loop answers while a function waits"
        first.join(30)
    assert answers == [b"freed"]


@modes
def test_streaming_response_sse(mode: str, page: Namespace) -> None:
    with asking(mode, typed(page, "events")) as ask:
        got = ask("GET", "/events")
        assert got.kind == "text/event-stream"
        assert got.headers["transfer-encoding"] == "chunked"
        assert got.body == b"".join(b"data: event %d\n\n" % i for i in range(5))


@modes
def test_static_files(
    mode: str, page: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "style.css").write_bytes(b"p { color: teal }")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    monkeypatch.chdir(tmp_path)
    with asking(mode, typed(page, "static_files")) as ask:
        style = ask("GET", "/assets/style.css")
        assert (style.kind, style.body) == ("text/css", b"p { color: teal }")
        for way_out in ("/assets/../secret.txt", "/assets/..%2fsecret.txt", "/assets/%2e%2e/x"):
            left = ask("GET", way_out)
            assert left.status in (400, 404) and left.body != b"secret", way_out


@modes
def test_middleware(mode: str, page: Namespace) -> None:
    app = typed(page, "middleware")
    reached: list[str] = []

    @app.get("/number/<text>")
    async def number(request: Any, text: str) -> dict[str, int]:
        reached.append(text)
        return {"number": int(text)}

    known = {"Authorization": "Bearer x"}
    with asking(mode, app) as ask:
        stranger = ask("GET", "/number/7")
        assert (stranger.status, stranger.json) == (401, {"error": "unauthorized"})
        assert reached == [], "before_request has answered in place of the handler"
        good = ask("GET", "/number/7", headers=known)
        bad = ask("GET", "/number/x", headers=known)
        none = ask("GET", "/nothing", headers=known)
    assert (good.status, good.json) == (200, {"number": 7})
    assert bad.status == 400 and "invalid literal" in bad.json["error"]
    assert (none.status, none.json) == (404, {"error": "not found"})
    for reply in (stranger, good, bad, none):
        said = reply.headers["access-control-allow-origin"]
        assert said == "*", f"after_request sees every response, {reply.status} too"


@modes
def test_file_response(
    mode: str, page: Namespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7 " + bytes(100_000))
    monkeypatch.chdir(tmp_path)
    with asking(mode, typed(page, "download")) as ask:
        report = ask("GET", "/download")
        assert (report.kind, len(report.body)) == ("application/pdf", 100_009)


COERCED = {
    "/dict": (200, "application/json", b'{"key":"value"}'),
    "/text": (200, "text/plain", b"Hello"),
    "/bytes": (200, "application/octet-stream", b"\x89PNG..."),
    "/tuple": (201, "application/json", b'{"ok":true}'),
}


@modes
def test_return_value_coercion(mode: str, page: Namespace) -> None:
    with asking(mode, typed(page, "coercion")) as ask:
        for path, want in COERCED.items():
            got = ask("GET", path)
            assert (got.status, got.kind, got.body) == want, path
        empty = ask("GET", "/empty")
        assert (empty.status, empty.body, empty.headers["content-type"]) == (204, b"", None)


def test_graceful_shutdown(monkeypatch: pytest.MonkeyPatch, page: Namespace) -> None:
    app = typed(page, "shutdown")
    with at_work(lambda: app.run(), app.shutdown, monkeypatch) as program:
        last = program.ask("POST", "/shutdown")
        assert (last.status, last.json) == (200, {"status": "shutting down"}), "it is answered"
        assert program.ends(), "and then the server ends by itself"


# Its tables


def test_table_of_the_app(page: Namespace) -> None:
    app = App(max_body_size=1_048_576, read_timeout=30.0)
    assert App().limits.body == app.limits.body == 1_048_576, "our default is theirs"
    assert app.timeouts.request == 30.0, "a head and its body together"
    small = App(max_body_size=10)
    small.post("/")(lambda request: {"bytes": len(request.body)})
    with asking("protocol", small) as ask:
        assert ask("POST", "/", b"x" * 10).json == {"bytes": 10}
        assert ask("POST", "/", b"x" * 11).status == 413


@pytest.mark.parametrize("name", ["get", "post", "put", "delete", "patch"])
def test_table_of_routing_methods(name: str) -> None:
    app = App()

    @getattr(app, name)("/short")
    async def short(request: Any) -> str:
        return str(request.method)

    @app.route("/long", methods=[name.upper()])
    async def long(request: Any) -> str:
        return str(request.method)

    with asking("protocol", app) as ask:
        for path in ("/short", "/long"):
            assert ask(name.upper(), path).body == name.upper().encode()
            assert ask("BREW", path).status == 405


def test_a_route_is_for_get_unless_it_says_more() -> None:
    app = App()
    app.route("/")(lambda request: "got")
    with asking("protocol", app) as ask:
        assert ask("GET", "/").body == b"got"
        assert ask("POST", "/").status == 405


def test_table_of_lifecycle_methods() -> None:
    parameters = inspect.signature(App.run).parameters
    assert parameters["host"].default == "127.0.0.1"
    assert parameters["port"].default == 8000
    App().shutdown()  # safe at any time


SEEN: dict[str, Any] = {
    "method": "POST",
    "path": "/of a/7",
    "query_string": "a=1&a=2&b=%C3%A9",
    "query_params": {"a": ["1", "2"], "b": ["é"]},
    "body": b"x=1&x=2&y=z+z",
    "path_params": {"id": 7},
}


@modes
def test_table_of_request_attributes(mode: str) -> None:
    app = App()
    seen: list[Any] = []

    @app.post("/of a/<int:id>")
    async def handler(request: Any, id: int) -> None:
        seen.append(({name: getattr(request, name) for name in SEEN}, request))

    with asking(mode, app) as ask:
        fields = {"X-Own": "1", "Content-Type": "application/x-www-form-urlencoded"}
        ask("POST", "/of%20a/7?a=1&a=2&b=%C3%A9", SEEN["body"], fields)
    found, request = seen[0]
    assert found == SEEN
    assert request.headers["x-own"] == "1" and "x-own" in list(request.headers)
    host, port = request.client_addr
    assert (host, type(port)) == ("127.0.0.1", int)
    assert request.app is app


@modes
def test_table_of_request_methods(mode: str) -> None:
    app = App()

    @app.post("/<how>")
    async def handler(request: Any, how: str) -> Any:
        assert request.json() is request.json() if how == "json" else True, "parsed once"
        return {"got": getattr(request, how)()}

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with asking(mode, app) as ask:
        assert ask("POST", "/json", b'{"a": [1]}').json == {"got": {"a": [1]}}
        assert ask("POST", "/text", "é".encode()).json == {"got": "é"}
        assert ask("POST", "/form", b"x=1&x=2&y=z+z", form).json == {
            "got": {"x": ["1", "2"], "y": ["z z"]}
        }


SIGNATURES: list[tuple[Any, list[tuple[str, Any]]]] = [
    (Response, [("body", b""), ("status_code", 200), ("headers", None), ("content_type", None)]),
    (JSONResponse, [("data", ...), ("status_code", 200), ("headers", None)]),
    (StreamingResponse, [("content", ...), ("status_code", 200), ("headers", None),
                         ("content_type", None)]),
    (FileResponse, [("path", ...), ("status_code", 200), ("headers", None),
                    ("content_type", None)]),
    (HTTPException, [("status_code", ...), ("message", None)]),
    (groundup.abort, [("status_code", ...), ("message", None)]),
]  # fmt: skip


@pytest.mark.parametrize(("thing", "wanted"), SIGNATURES, ids=lambda x: getattr(x, "__name__", ""))
def test_tables_of_responses_and_exceptions(thing: Any, wanted: list[tuple[str, Any]]) -> None:
    parameters = list(inspect.signature(thing).parameters.values())[: len(wanted)]
    found = [
        (one.name, ... if one.default is inspect.Parameter.empty else one.default)
        for one in parameters
    ]
    assert found == wanted, "the same parameters in the same order, with the same defaults"


@modes
def test_responses_as_their_tables_describe_them(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.svg").write_bytes(b"<svg/>")
    monkeypatch.chdir(tmp_path)

    async def parts() -> Any:
        yield "text "
        yield b"bytes"

    made = {
        "/response": lambda: Response("x", 202, {"X-Own": "1"}, "text/x-own"),
        "/json": lambda: JSONResponse({"a": 1}, 203, {"X-Own": "1"}),
        "/stream": lambda: StreamingResponse(parts(), 206, {"X-Own": "1"}, "text/x-own"),
        "/file": lambda: FileResponse("a.svg", 200, {"X-Own": "1"}),
    }
    app = App()
    for path, make in made.items():
        app.get(path)(make)
    with asking(mode, app) as ask:
        got = {path: ask("GET", path) for path in made}
    facts = {path: (one.status, one.kind, one.body) for path, one in got.items()}
    assert facts == {
        "/response": (202, "text/x-own", b"x"),
        "/json": (203, "application/json", b'{"a":1}'),
        "/stream": (206, "text/x-own", b"text bytes"),
        "/file": (200, "image/svg+xml", b"<svg/>"),
    }
    assert all(one.headers["x-own"] == "1" for one in got.values())


@modes
def test_an_exception_becomes_its_status_raised_or_by_abort(mode: str) -> None:
    app = App()

    @app.get("/raised")
    async def raised(request: Any) -> None:
        raise HTTPException(418, "a teapot")

    @app.get("/aborted")
    def aborted(request: Any) -> None:
        groundup.abort(404, "no such tea")

    @app.errorhandler(418)
    async def teapot(request: Any, exc: HTTPException) -> Any:
        return {"error": exc.message}, exc.status_code

    with asking(mode, app) as ask:
        assert (ask("GET", "/raised").status, ask("GET", "/raised").json) == (
            418,
            {"error": "a teapot"},
        )
        assert ask("GET", "/aborted").status == 404


def test_it_needs_nothing_but_the_standard_library() -> None:
    """Row "Dependencies" of its comparison: none. Every import is Python's, or our own."""
    import ast

    folder = Path(groundup.__file__).parent
    optional = {"uvloop"}  # used where somebody has installed it and asks for it
    foreign = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                foreign |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                foreign.add(node.module.partition(".")[0])
    assert foreign - set(sys.stdlib_module_names) - {"groundup"} <= optional


def many_at_once(ask: Asker, path: str, count: int) -> list[bytes]:
    """Ask so often, all at the same time."""
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask("GET", path).body)) for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return answers


def test_many_connections_are_handled_at_once() -> None:
    """Row "Concurrent handling": each waits for all the others, on one event loop."""
    import asyncio

    app, here = App(), 0
    everybody = asyncio.Event()

    @app.get("/")
    async def meet(request: Any) -> str:
        nonlocal here
        here += 1
        if here == 20:
            everybody.set()
        await asyncio.wait_for(everybody.wait(), 20)
        return "met"

    with asking("protocol", app) as ask:
        assert many_at_once(ask, "/", 20) == [b"met"] * 20
