"""What the page *Use groundup* shows: each program serves, each command and each file is good."""

from __future__ import annotations

import hashlib
import http.client
import importlib.util
import re
import shlex
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from serving import serving

from groundup import App, TestClient, cli, launch

DOCS = Path(__file__).resolve().parents[2] / "docs"
EXAMPLES = DOCS / "examples"
PAGE = (DOCS / "use.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"python3? -m groundup (run [^`\n]+)", PAGE)
modes = pytest.mark.parametrize("mode", ["threads", "protocol"])


def example(name: str) -> ModuleType:
    """An example as a module of its own, made anew."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def asking(mode: str, app: App) -> Iterator[Any]:
    """`ask(method, path, body, headers)` gives (status, headers, body)."""
    with serving(mode, app, limits=app.limits, timeouts=app.timeouts) as served:

        def ask(method: str, path: str, body: Any = None, headers: Any = None) -> Any:
            connection = http.client.HTTPConnection(*served.address, timeout=20)
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            got = answer.status, answer.headers, answer.read()
            connection.close()
            return got

        yield ask


@modes
def test_bodies(mode: str) -> None:
    with asking(mode, example("bodies").app) as ask:
        assert ask("POST", "/notes", b'{"text": "milk"}')[::2] == (201, b'{"text":"milk"}')
        assert ask("POST", "/notes", b"milk")[0] == 400
        assert ask("POST", "/notes", b"{}")[0] == 422
        assert ask("POST", "/notes", b" " * (64 << 10) + b"{}")[0] == 413
        upload = b"x" * (1 << 20)
        status, _, body = ask("PUT", "/uploads/x", upload)
        assert status == 200 and hashlib.sha256(upload).hexdigest().encode() in body
        chunked = iter([b"ab", b"c" * 100_000])
        assert b'"bytes":100002' in ask("PUT", "/copies/x", chunked)[2]


@modes
def test_streams(mode: str) -> None:
    with asking(mode, example("streams").app) as ask:
        status, headers, body = ask("GET", "/numbers.csv")
        assert (status, headers["transfer-encoding"]) == (200, "chunked")
        assert body.startswith(b"n,square\n0,0\n") and body.endswith(b"\n999,998001\n")
        status, headers, body = ask("GET", "/events", headers={"last-event-id": "4"})
        assert headers["content-type"].startswith("text/event-stream")
        assert body.startswith(b'id: 5\nevent: count\ndata: {"n": 5}\n\n')


@modes
def test_a_stream_that_asks_ends_when_the_server_stops(mode: str) -> None:
    with serving(mode, example("streams").app) as served:
        connection = http.client.HTTPConnection(*served.address, timeout=20)
        connection.request("GET", "/ticks")
        answer = connection.getresponse()
        assert answer.readline() == b"tick\n"
        served.engine.stop()
        assert set(answer.read().split()) <= {b"tick"}  # IncompleteRead, if it were cut off
        connection.close()


@modes
def test_downloads(mode: str) -> None:
    with asking(mode, example("downloads").app) as ask:
        status, headers, _ = ask("GET", "/assets/site.css")
        assert (status, headers["content-type"]) == (200, "text/css; charset=utf-8")
        assert "immutable" in headers["cache-control"]
        assert ask("GET", "/assets/site.css", headers={"if-none-match": headers["etag"]})[0] == 304
        assert ask("GET", "/assets/..%2fdownloads.py")[0] == 404
        status, headers, part = ask("GET", "/report", headers={"range": "bytes=0-9"})
        assert (status, part) == (206, b"Everything")
        assert headers["content-disposition"].startswith("attachment")


@modes
def test_errors(mode: str) -> None:
    with asking(mode, example("errors").app) as ask:
        assert ask("GET", "/stock/tea")[::2] == (200, b'{"tea":3}')
        assert ask("GET", "/stock/salt")[::2] == (404, b'{"error":"no such thing"}')
        assert [ask("POST", "/orders/tea")[0] for _ in range(4)] == [204, 204, 204, 409]


def test_whole() -> None:
    with TestClient(example("whole").app) as client:
        assert client.get("/search?q=t").json() == ["tea", "salt"]
        assert client.get("/search?q=t&page=2").json() == []
        assert client.get("/search?page=2").status_code == 400
        got = client.post("/login", form={"name": "ada"}, follow_redirects=True)
        assert (got.text, got.headers["content-type"][:10]) == ("hello ada", "text/plain")
        disposition = 'Content-Disposition: form-data; name="document"; filename="../a.txt"'
        body = f"--x\r\n{disposition}\r\n\r\nabc\r\n--x--\r\n"
        kind = {"content-type": "multipart/form-data; boundary=x"}
        uploaded = client.post("/upload", body=body, headers=kind)
        assert uploaded.json() == {"name": "a.txt", "bytes": 3}
        assert client.get("/").text.startswith("<form")


def test_numbers() -> None:
    app = App()
    app.get("/")(lambda: "hello")
    server = example("counted").counted(app)
    try:
        connection = http.client.HTTPConnection(*server.address, timeout=20)
        connection.request("GET", "/")
        connection.getresponse().read()
        connection.close()
        seen = server.metrics.snapshot()
        assert (seen.begun, seen.cut_off, seen.refused) == (1, 0, 0)
    finally:
        server.stop()
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(30)


def test_a_program_that_serves_starts_with_the_options_it_shows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    module = example("serve")
    given: dict[str, Any] = {}

    def serve_group(job: Any, listener: Any, workers: int, *rest: Any) -> int:
        given.update(job.options, workers=workers, mode=job.mode)
        return 0

    monkeypatch.setattr(launch, "serve_group", serve_group)
    monkeypatch.setattr(launch, "opened_door", opened_nowhere)
    assert module.main() == 0
    assert (given["workers"], given["mode"], given["lame_duck"]) == (2, "protocol", 5)


@contextmanager
def opened_nowhere(host: str, port: int, **door: Any) -> Iterator[Any]:
    """No listener: its port may be taken on this machine."""

    class Listener:
        def getsockname(self) -> tuple[str, int]:
            return host, port

    yield Listener()


@modes
def test_hooks_run_around_the_requests_of_that_program(mode: str) -> None:
    module = example("serve")
    lifecycle = {"startup": module.app.startup, "cleanup": module.app.cleanup}
    from groundup.lifecycle import Lifecycle

    with serving(mode, module.app, lifecycle=Lifecycle(**lifecycle)) as served:
        connection = http.client.HTTPConnection(*served.address, timeout=20)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"hello"
        connection.close()
    assert module.shelf == {}


def test_the_page_shows_commands() -> None:
    assert len(COMMANDS) >= 6


@pytest.mark.parametrize("line", [*COMMANDS, "run shop:app --fd 3"])
def test_a_command_that_the_page_shows_is_understood(line: str) -> None:
    options = vars(cli.make_parser().parse_args(shlex.split(line)))
    del options["command"]
    given = {name: value for name, value in options.items() if value is not None}
    if "fd" in given:
        given["sock"] = given.pop("fd")
    files = ("certfile", "keyfile", "access_log", "uvloop")  # not on this machine, perhaps
    launch.check(given.pop("target"), {k: v for k, v in given.items() if k not in files})
    assert launch.chosen_mode(given) in launch.ENGINES


def test_the_unit_for_systemd_starts_a_command_that_is_understood() -> None:
    service = (EXAMPLES / "shop.service").read_text(encoding="utf-8").replace("\\\n", " ")
    start = re.search(r"^ExecStart=\S+ -m groundup (.*)$", service, re.M)
    assert start is not None
    test_a_command_that_the_page_shows_is_understood(start[1])


@pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine")
def test_the_configuration_for_nginx_is_one(tmp_path: Path) -> None:
    site = (EXAMPLES / "nginx.conf").read_text(encoding="utf-8")
    log = tmp_path / "error.log"
    whole = f"pid {tmp_path}/pid; error_log {log}; events {{}}\nhttp {{ access_log off;\n{site}}}\n"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        whole = whole.replace("access_log", f"{kind}_temp_path {tmp_path}/{kind}; access_log", 1)
    (tmp_path / "nginx.conf").write_text(whole, encoding="utf-8")
    command = ["nginx", "-t", "-q", "-c", str(tmp_path / "nginx.conf"), "-e", str(log)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
