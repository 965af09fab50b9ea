"""The command line: what can be said, what is refused in one sentence, what `--reload` does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from program import (
    FRAMEWORK,
    HERE,
    PATIENCE,
    answer,
    ask,
    connect,
    eventually,
    program,
    serving_program,
)

APP = "from groundup import App\napp = App()\napp.get('/')(lambda: 'VERSION')\n"


def groundup(*words: object, cwd: Path = HERE, given: bytes = b"") -> subprocess.CompletedProcess:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "groundup", *map(str, words)], cwd=cwd, input=given,
        env=os.environ | {"PYTHONPATH": str(FRAMEWORK)}, capture_output=True, timeout=PATIENCE,
    )  # fmt: skip


def refused(*words: object, cwd: Path = HERE) -> str:
    """What a command says that must end with one sentence and status 2."""
    ended = groundup(*words, cwd=cwd)
    said = ended.stderr.decode()
    assert ended.returncode == 2, said
    assert "Traceback" not in said
    assert ended.stdout == b""
    return said.splitlines()[-1]


def test_an_app_is_served_by_its_name_and_ended_by_ctrl_c():
    with serving_program("lifeapp:app") as server:
        assert server.get() == (200, b"hello")
        server.tell(signal.SIGINT)
        assert server.wait() == 0
    assert server.lines[-1] == "stopping"


CONFIGURED = (
    "from groundup import App\n"
    "app = App(config={'port': 0, 'mode': 'pool', 'max_body_size': 3})\n"
    "app.post('/')(lambda request: request.body)\n"
    "app.get('/')(lambda request: type(request.worker).__name__)\n"
)


@pytest.mark.parametrize("words", [(), ("--workers", 2)], ids=["one", "two"])
def test_the_applications_own_configuration_holds_here_too(tmp_path, words):
    (tmp_path / "shop.py").write_text(CONFIGURED)
    with program("run", "shop:app", *words, cwd=tmp_path) as server:
        server.listening()  # port 8000 is what it would be without
        assert posted(server, b"123") == (200, b"123")
        assert posted(server, b"1234")[0] == 413


def posted(server, body: bytes) -> tuple[int, bytes]:
    """The answer to a POST."""
    with connect(server.address) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return answer(sock)


def test_the_environment_goes_over_it(tmp_path, monkeypatch):
    (tmp_path / "shop.py").write_text(CONFIGURED)
    monkeypatch.setenv("GROUNDUP_MAX_BODY_SIZE", "2")
    with serving_program("shop:app", cwd=tmp_path) as server:
        assert posted(server, b"123")[0] == 413
    monkeypatch.setenv("GROUNDUP_PROT", "1")
    assert "GROUNDUP_PORT" in refused("run", "shop:app", cwd=tmp_path)


def test_what_is_said_goes_over_both(tmp_path):
    (tmp_path / "shop.py").write_text(CONFIGURED.replace("'port': 0", "'port': 1"))
    with serving_program("shop:app", cwd=tmp_path) as server:  # with --port 0
        assert server.get() == (200, b"LoopWorker")


@pytest.mark.parametrize(
    "target", ["lifeapp", "lifeapp:app", "lifeapp:make_app()", "lifeapp:app.handle"]
)
def test_an_app_may_be_named_in_these_ways(target):
    with serving_program(target) as server:
        assert server.get() == (200, b"hello")


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("lifeap:app", "groundup: there is no module 'lifeap'; did you mean 'lifeapp'?"),
        ("lifeapp:ap", "groundup: lifeapp has no 'ap'; did you mean 'app'?"),
        ("lifeapp:maek_app()", "groundup: lifeapp has no 'maek_app'; did you mean 'make_app'?"),
        ("lifeapp.py:app", "groundup: lifeapp.py is a file: give the module's name, 'lifeapp'"),
        ("life app", "groundup: 'life app' is no module's name: the form is module:app"),
        (":app", "groundup: '' is no module's name: the form is module:app"),
        ("lifeapp:begun", "groundup: lifeapp:begun is a int: it should be an App"),
        ("json.lodas:app", "groundup: there is no module 'json.lodas'"),
    ],
)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_name_that_leads_nowhere_is_answered_in_one_sentence(target, sentence, workers):
    assert refused("run", target, "--port", 0, "--workers", workers) == sentence


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--wokers", 2], "there is no --wokers; did you mean '--workers'?"),
        (["--acces-log"], "there is no --acces-log; did you mean '--access-log'?"),
        (["--mode", "protcol"], "mode='protcol' is no engine; did you mean 'protocol'?"),
        (["--mode", "threads", "--num-workers", 2], "num_workers= is for mode='pool'"),
        (["--max-workers", 2, "--num-workers", 2], "contradicts the rest"),
        (["--workers", 0], "workers=0: it takes at least one process to serve"),
        (["--workers", 2, "--reload"], "reload= is for development"),
        (["--unix", "a", "--fd", 3], "unix= and sock= contradict each other"),
        (["--health", "healthz"], "health='healthz' should begin with a slash"),
        (["--keyfile", "key.pem"], "keyfile= is of use only beside certfile="),
        (["--port", "http"], "invalid int value: 'http'"),
        (["--port", 70000], "a port is a number from 0 to 65535"),
        (["--host", "no.such.host.invalid"], "nothing is known of the host"),
        (["--host", "no.such.host.invalid", "--reuse-port", "--workers", 2], "cannot listen on"),
        (["--fd", 99], "descriptor 99 is no socket"),
        (["--certfile", "nothing.pem"], "cannot use certfile='nothing.pem': No such file"),
        (["--certfile", "lifeapp.py"], "cannot use certfile='lifeapp.py'"),
        (["--access-log", "no/such/log"], "cannot write to access_log='no/such/log': No such file"),
    ],
)
def test_options_that_cannot_be_meant_are_refused_in_one_sentence(words, part):
    assert part in refused("run", "lifeapp:app", *words)


def test_a_port_that_is_taken_is_told_in_one_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = refused("run", "lifeapp:app", "--port", taken.getsockname()[1])
    assert "the port is taken" in said


def test_an_error_in_the_application_keeps_its_traceback(tmp_path):
    (tmp_path / "shop.py").write_text("import nothing_of_this_name\n")
    ended = groundup("run", "shop:app", cwd=tmp_path)
    said = ended.stderr.decode()
    assert ended.returncode == 1
    assert said.rstrip().endswith("No module named 'nothing_of_this_name'")
    assert "Traceback" in said


def test_uvloop_is_used_or_its_absence_told_in_one_sentence():
    try:
        import uvloop  # noqa: F401
    except ImportError:
        assert "uvloop is not installed" in refused("run", "lifeapp:app", "--uvloop")
        return
    with serving_program("lifeapp:app", "--uvloop") as server:
        assert server.get() == (200, b"hello")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0


def test_explain_reads_a_file_or_the_standard_input(tmp_path):
    wire = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    (tmp_path / "wire").write_bytes(wire)
    from_file = groundup("explain", "wire", cwd=tmp_path)
    from_input = groundup("explain", given=wire)
    assert from_file.returncode == from_input.returncode == 0
    assert from_file.stdout == from_input.stdout
    assert b"request line: RFC 9112" in from_file.stdout
    assert "cannot read nothing" in refused("explain", "nothing", cwd=tmp_path)


def test_what_each_command_takes_is_told():
    ended = groundup("run", "--help")
    assert ended.returncode == 0
    for option in (b"--workers", b"--reload", b"--access-log", b"--health", b"--graceful"):
        assert option in ended.stdout


# --reload: development.


def edit(file: Path, source: str) -> None:
    """Write a file whose size differs, as an edit's does."""
    file.write_text(source)


def test_reload_serves_the_new_code_after_an_edit(tmp_path):
    file = tmp_path / "shop.py"
    edit(file, APP.replace("VERSION", "one"))
    with serving_program("shop:app", "--reload", cwd=tmp_path) as server:
        assert server.get() == (200, b"one")
        edit(file, APP.replace("VERSION", "three"))
        server.until("shop.py has changed")
        eventually(lambda: server.get() == (200, b"three"))  # nobody is refused in between
        (tmp_path / "part").mkdir()
        edit(tmp_path / "part" / "more.py", "")
        assert server.until("has changed") == "part/more.py has changed"
        server.tell(signal.SIGINT)
        assert server.wait() == 0


def test_reload_shows_why_an_edit_fails_and_waits_for_the_next(tmp_path):
    file = tmp_path / "shop.py"
    edit(file, APP.replace("VERSION", "one"))
    with serving_program("shop:app", "--reload", cwd=tmp_path) as server:
        edit(file, "this is no Python\n")
        server.until("SyntaxError", errors=True)
        server.until("waiting for a change", errors=True)
        with connect(server.address) as sock:  # the listener is still there
            ask(sock)
            edit(file, APP.replace("VERSION", "four"))
            assert answer(sock) == (200, b"four")


def test_reload_waits_even_if_the_first_start_fails(tmp_path):
    file = tmp_path / "shop.py"
    edit(file, "broken =\n")
    with program("run", "shop:app", "--reload", "--port", 0, cwd=tmp_path) as server:
        server.until("waiting for a change", errors=True)
        edit(file, APP)
        server.listening()
        assert server.get() == (200, b"VERSION")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0


def test_reload_sees_no_change_where_none_concerns_it(tmp_path):
    file = tmp_path / "shop.py"
    edit(file, APP)
    for folder in (".hidden", "environment", "__pycache__"):
        (tmp_path / folder).mkdir()
    edit(tmp_path / "environment" / "pyvenv.cfg", "")
    with serving_program("shop:app", "--reload", cwd=tmp_path) as server:
        for name in ("notes.txt", ".hidden/a.py", "environment/a.py", "__pycache__/a.py"):
            edit(tmp_path / name, "anything")
        edit(tmp_path / "last.py", "")
        assert server.until("has changed") == "last.py has changed"
        assert sum("has changed" in line for line in server.lines) == 1
        eventually(lambda: server.get() == (200, b"VERSION"))
