"""How a server ends: who is told, who is finished, who is lost (nobody), and what it says of it.

Every test runs the server as a deployer does, in a process of its own.
"""

from __future__ import annotations

import importlib.util
import os
import random
import signal
import socket
import time
from pathlib import Path

import pytest
from faultkit import figure
from hammer import Hammer
from program import answer, ask, connect, eventually, script, serving_program, some
from serving import ENGINES, engine_class

# 5 in CI; once in a while GROUNDUP_TERM_RUNS=100 pytest tests/framework/test_lifecycle.py -k load
RUNS = int(os.environ.get("GROUNDUP_TERM_RUNS", "5"))


def available(mode: str) -> bool:
    try:
        engine_class(mode)
    except ImportError:
        return False
    return mode != "serial"  # one client at a time: it has no load


MODES = [["--mode", mode] for mode in ENGINES if available(mode)]
UVLOOP = [["--uvloop"]] if importlib.util.find_spec("uvloop") else []
SHAPES = [*MODES, *UVLOOP, ["--workers", "2"], ["--workers", "2", "--reuse-port"]]


@pytest.mark.parametrize("shape", SHAPES, ids=" ".join)
def test_sigterm_under_load_loses_no_request_that_had_begun(shape, tmp_path, monkeypatch):
    begun = tmp_path / "begun"
    monkeypatch.setenv("LIFEAPP_BEGUN", str(begun))
    lost_in_all = 0
    for run in range(RUNS):
        begun.write_text("")
        with serving_program("lifeapp:app", *shape) as server:
            clients = Hammer(server.address)
            clients.until_answered(150 + random.randrange(100))
            server.tell(signal.SIGTERM)
            assert server.wait() == 0, server.said
            clients.join()
        lost = set(begun.read_text().split()) - set(clients.answered)
        assert not clients.cut, f"run {run}: answers were cut short"
        assert not lost, f"run {run}: begun and never answered"
        lost_in_all += len(lost) + len(clients.cut)
        resets = [name for name, how in clients.unread if how == "ConnectionResetError"]
        print(f"run {run}: {len(clients.answered)} answered, {len(resets)} reset unread")
    mode = "processes" if "--workers" in shape else shape[-1].removeprefix("--")
    figure("SIGTERM under load", mode, f"requests lost in {RUNS} runs", lost_in_all, 0, "")


def test_a_request_of_which_only_a_part_had_come_is_answered_and_then_the_connection_ends():
    with serving_program("lifeapp:app") as server, connect(server.address) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHos")
        assert server.get("/")[0] == 200  # so the server has read that part by now
        server.tell(signal.SIGTERM)
        server.until("stopping")
        sock.sendall(b"t: a\r\n\r\n")
        assert answer(sock) == (200, b"hello")
        assert sock.recv(1) == b"", "it must close after the last answer"
        assert server.wait() == 0


def test_idle_connections_see_a_clean_end():
    with serving_program("lifeapp:app") as server:
        idle = [connect(server.address) for _ in range(20)]
        for sock in idle:
            ask(sock)
            answer(sock)
        server.tell(signal.SIGTERM)
        for sock in idle:
            assert sock.recv(1) == b"", "no reset, no byte"
        for _ in range(2):  # as requests that were on their way already; a reset breaks the second
            ask(idle[0])
            assert idle[0].recv(1) == b""
        for sock in idle:
            sock.close()
        assert server.wait() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_nobody_can_connect_while_the_last_requests_finish(workers):
    options = ("--workers", workers)
    with serving_program("lifeapp:app", *options) as server, connect(server.address) as sock:
        ask(sock, "/stream")
        some(sock)
        with connect(server.address) as other:
            ask(other, "/wait/1.0")
            server.until("waiting")
            server.tell(signal.SIGTERM)
            server.until("stopping")

            def refused() -> bool:
                try:
                    connect(server.address).close()
                except ConnectionError as error:  # reset: it waited in the queue that was closed
                    return isinstance(error, ConnectionRefusedError)
                return False

            assert eventually(refused, 0.9) < 0.9, "the listener must close before the last answer"
            assert answer(other) == (200, b"waited")
        assert server.wait() == 0


def test_a_stream_is_told_that_the_server_stops_and_ends_as_it_should():
    with serving_program("lifeapp:app") as server, connect(server.address) as sock:
        ask(sock, "/stream")
        some(sock)
        server.tell(signal.SIGTERM)
        data = b""
        while part := sock.recv(65536):
            data += part
        assert data.endswith(b"4\r\nend\n\r\n0\r\n\r\n"), data[-40:]
        assert server.wait() == 0


@pytest.mark.parametrize("workers", [1, 2])
def test_what_takes_longer_than_graceful_is_cut_off_and_the_exit_status_says_so(workers):
    options = ("--graceful", 0.2, "--workers", workers)
    with serving_program("lifeapp:app", *options) as server, connect(server.address) as sock:
        ask(sock, "/wait/20.0")
        server.until("waiting")
        begin = time.monotonic()
        server.tell(signal.SIGTERM)
        assert server.wait() == 1
        assert time.monotonic() - begin < 10


def test_a_thread_that_never_ends_does_not_keep_the_process():
    options = ("--graceful", 0.2)
    with serving_program("lifeapp:app", *options) as server, connect(server.address) as sock:
        ask(sock, "/block/100.0")
        server.until("waiting")
        server.tell(signal.SIGTERM)
        assert server.wait(15) == 1


@pytest.mark.parametrize("target", ["/shutdown", "/shutdown-from-thread"])
@pytest.mark.parametrize("shape", SHAPES[:-1], ids=" ".join)
def test_shutdown_from_a_handler_answers_it_and_ends_the_whole_server(shape, target):
    with serving_program("lifeapp:app", *shape) as server:
        assert server.get(target) == (200, b"bye")
        assert server.wait() == 0


def test_a_second_ctrl_c_does_not_wait():
    with serving_program("lifeapp:app") as server, connect(server.address) as sock:
        ask(sock, "/wait/20.0")
        server.until("waiting")
        server.tell(signal.SIGINT)
        server.until("stopping")
        server.tell(signal.SIGINT)
        assert server.wait(10) not in (0, None)
        assert "Traceback" not in server.said


def test_health_says_503_before_the_server_stops_accepting():
    options = ("--health", "/healthz", "--lame-duck", 1.0)
    with serving_program("lifeapp:app", *options) as server:
        assert server.get("/healthz") == (200, b"ready\n")
        server.tell(signal.SIGTERM)
        server.until("stopping")
        assert server.get("/healthz") == (503, b"stopping\n")
        assert server.get("/")[0] == 200, "not ready is not gone: it serves on"
        assert server.wait() == 0


def test_a_terminal_that_is_closed_ends_the_server_as_ctrl_c_does():
    with serving_program("lifeapp:app") as server:
        server.tell(signal.SIGHUP)
        assert server.wait() == 0


HOOKED = """
from groundup import App
app = App()
@app.on_startup
async def first(): print("hook first", flush=True)
@app.on_startup
def second(): print("hook second", flush=True)
@app.on_shutdown
def last(): print("hook last", flush=True)
@app.on_shutdown
async def broken(): raise RuntimeError("never mind")
@app.get("/")
async def root(request): return "hello"
"""


@pytest.mark.parametrize("shape", MODES, ids=" ".join)
def test_hooks_run_before_the_first_request_and_after_the_last(shape, tmp_path):
    (tmp_path / "hooked.py").write_text(HOOKED)
    with serving_program("hooked:app", *shape, cwd=tmp_path) as server:
        assert server.get() == (200, b"hello")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
    said = [line for line in server.lines if "hook" in line or "listening" in line]
    assert [line.split()[1] for line in said] == ["first", "second", "on", "last"]


def test_a_start_up_hook_that_fails_ends_the_start(tmp_path: Path):
    broken = HOOKED.replace('print("hook second", flush=True)', "raise RuntimeError('no database')")
    (tmp_path / "hooked.py").write_text(broken)
    (tmp_path / "main.py").write_text("from hooked import app\napp.run(port=0)\n")
    with script(tmp_path / "main.py") as server:
        assert server.wait() != 0
    assert "no database" in server.said
    assert "listening" not in server.said


def test_app_run_returns_so_that_a_program_can_go_on(tmp_path: Path):
    source = "import lifeapp\nprint('status', lifeapp.app.run(port=0))\n"
    (tmp_path / "main.py").write_text(source)
    (tmp_path / "lifeapp.py").write_text(Path(__file__).with_name("lifeapp.py").read_text())
    with script(tmp_path / "main.py") as server:
        address = server.listening()
        with socket.create_connection(address, timeout=10) as sock:
            ask(sock, "/shutdown")
            assert answer(sock)[0] == 200
        assert server.wait() == 0
    assert "status 0" in server.lines


@pytest.mark.parametrize("mode", [mode for mode in ENGINES if mode != "serial"])
def test_a_script_too_ends_although_a_handler_never_does(mode, tmp_path: Path):
    """Python itself waits for the threads of every executor before it ends."""
    (tmp_path / "own.py").write_text(
        "import atexit, time\nfrom groundup import App\napp = App()\n"
        "@app.get('/')\ndef hangs():\n    print('waiting', flush=True)\n    time.sleep(600)\n"
        "atexit.register(print, 'at exit')\n"
        f"status = app.run(port=0, mode={mode!r}, graceful=0.2)\n"
        "print('it went on with', status)\nraise SystemExit(status)\n"
    )
    with script(tmp_path / "own.py") as server, connect(server.listening()) as sock:
        ask(sock)
        server.until("waiting")
        server.tell(signal.SIGTERM)
        assert server.wait(15) == 1, "requests were cut off"
        assert server.lines[-2:] == ["it went on with 1", "at exit"], "all of it has run"
