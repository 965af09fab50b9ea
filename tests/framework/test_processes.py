"""Several processes on one listener: replaced when they die, exchanged on SIGHUP, ended together.

Rule: what is killed here are processes that the test has started, by their numbers.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from faultkit import figure
from hammer import Hammer
from program import (
    FRAMEWORK,
    answer,
    ask,
    connect,
    eventually,
    get,
    gone,
    program,
    script,
    serving_program,
    some,
)  # fmt: skip

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="these look into /proc")
SHARING = [[], ["--reuse-port"]]


def pids(server, count: int = 2) -> set[int]:
    """The processes that answer, once so many different ones have."""
    found: set[int] = set()
    eventually(lambda: found.add(int(server.get("/pid")[1])) or len(found) >= count)
    return found


def children(pid: int) -> set[int]:
    """The processes that a process has started."""
    return {int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


@pytest.mark.parametrize("sharing", SHARING, ids=str)
def test_several_processes_answer_on_one_port(sharing):
    with serving_program("lifeapp:app", "--workers", 3, *sharing) as server:
        assert len(pids(server, 3)) == 3
        assert server.pid not in pids(server, 3), "the supervisor serves nobody"


@pytest.mark.parametrize("sharing", SHARING, ids=str)
def test_every_process_has_its_share_of_the_connections(sharing):
    with serving_program("lifeapp:app", "--workers", 2, *sharing) as server:
        pids(server)
        socks = [connect(server.address) for _ in range(64)]
        for sock in socks:
            ask(sock, "/pid")
        held = Counter(answer(sock)[1] for sock in socks)
        for sock in socks:
            sock.close()
    assert len(held) == 2
    assert min(held.values()) >= 4, held


@pytest.mark.parametrize("mode", ["threads", "pool"])
def test_any_engine_may_run_in_the_processes(mode):
    with serving_program("lifeapp:app", "--workers", 2, "--mode", mode) as server:
        assert len(pids(server)) == 2
        server.tell(signal.SIGTERM)
        assert server.wait() == 0


def test_kill_9_under_load_costs_only_that_process_its_connections(tmp_path, monkeypatch):
    monkeypatch.setenv("LIFEAPP_BEGUN", str(tmp_path / "begun"))
    with serving_program("lifeapp:app", "--workers", 2) as server:
        idle = {}  # a connection to each process
        while len(idle) < 2:
            sock = connect(server.address)
            ask(sock, "/pid")
            idle.setdefault(int(answer(sock)[1]), sock)
        clients = Hammer(server.address)
        clients.until_answered(100)
        victim, other = idle
        os.kill(victim, signal.SIGKILL)
        seconds = eventually(lambda: int(server.get("/pid")[1]) not in idle, 2.0)
        clients.until_answered(200)
        clients.ending.set()
        clients.join()
        ask(idle[other], "/pid")
        assert answer(idle[other]) == (200, str(other).encode()), "the other was not touched"
        figure("kill -9 of one of 2 processes", "processes", "another in its place", seconds, 2.0)
        failed = len(clients.unread) + len(clients.cut)  # each client loses one at most
        figure("kill -9 of one of 2 processes", "processes", "9 clients' failures", failed, 9, "")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
        for sock in idle.values():
            sock.close()


def test_a_reload_under_load_loses_nobody(tmp_path, monkeypatch):
    begun = tmp_path / "begun"
    monkeypatch.setenv("LIFEAPP_BEGUN", str(begun))
    with serving_program("lifeapp:app", "--workers", 2) as server:
        before = pids(server)
        clients = Hammer(server.address)
        clients.until_answered(100)
        server.tell(signal.SIGHUP)
        eventually(lambda: not before & children(server.pid))
        clients.until_answered(100)
        clients.ending.set()
        clients.join()
        assert not before & pids(server)
    assert not clients.cut
    assert not set(begun.read_text().split()) - set(clients.answered)
    assert not [name for name, how in clients.unread if how == "ConnectionResetError"]


def test_a_reload_brings_new_code_in_and_lets_the_old_finish(tmp_path):
    source = (
        "import asyncio\nfrom groundup import App\napp = App()\n"
        "@app.get('/')\nasync def root(request):\n    return 'VERSION'\n"
        "@app.get('/slow')\nasync def slow(request):\n"
        "    print('slow', flush=True)\n    await asyncio.sleep(2)\n    return 'VERSION'\n"
    )
    file = tmp_path / "shop.py"
    file.write_text(source.replace("VERSION", "one"))
    with serving_program("shop:app", "--workers", 2, cwd=tmp_path) as server:
        sock = connect(server.address)
        ask(sock, "/slow")
        server.until("slow")
        file.write_text(source.replace("VERSION", "three"))
        server.tell(signal.SIGHUP)
        eventually(lambda: server.get()[1] == b"three" and server.get()[1] == b"three")
        assert answer(sock) == (200, b"one"), "it was begun by the old code"
        sock.close()


def test_a_reload_of_broken_code_leaves_those_that_serve_alone(tmp_path):
    file = tmp_path / "shop.py"
    file.write_text("from groundup import App\napp = App()\napp.get('/')(lambda: 'good')\n")
    with serving_program("shop:app", "--workers", 2, cwd=tmp_path) as server:
        before = children(server.pid)
        file.write_text("import nothing_of_this_name\n")
        server.tell(signal.SIGHUP)
        server.until("nothing_of_this_name", errors=True)
        server.until("the reload is given up", errors=True)
        assert server.get() == (200, b"good")
        assert before <= children(server.pid)
        server.tell(signal.SIGTERM)
        assert server.wait() == 0


def test_a_process_that_cannot_start_ends_the_supervisor_with_its_error(tmp_path):
    source = "print('importing', flush=True)\nraise RuntimeError('no such luck')\n"
    (tmp_path / "shop.py").write_text(source)
    with program("run", "shop:app", "--port", 0, "--workers", 4, cwd=tmp_path) as server:
        assert server.wait() == 1
        assert server.said.count("RuntimeError: no such luck") == 1, server.said
        assert server.lines == ["importing"], "the first goes alone"
        assert "listening" not in server.said


def test_when_all_die_and_none_starts_again_the_supervisor_gives_up(tmp_path):
    file = tmp_path / "shop.py"
    file.write_text("from groundup import App\napp = App()\n")
    with serving_program("shop:app", "--workers", 2, cwd=tmp_path) as server:
        file.write_text("raise RuntimeError('no such luck')\n")
        for pid in children(server.pid):
            os.kill(pid, signal.SIGKILL)
        assert server.wait() == 1
        assert server.errors[-2:] == ["RuntimeError: no such luck", ""]


@pytest.mark.parametrize("sharing", SHARING, ids=str)
def test_the_processes_end_with_their_supervisor_even_if_it_is_killed(sharing):
    with serving_program("lifeapp:app", "--workers", 2, *sharing) as server:
        mine = children(server.pid)
        with connect(server.address) as sock:
            ask(sock, "/wait/0.5")
            server.until("waiting")
            os.kill(server.pid, signal.SIGKILL)
            assert answer(sock) == (200, b"waited"), "orphans finish what has begun"
        eventually(lambda: all(gone(pid) for pid in mine), 10.0)


def test_a_process_that_is_told_to_end_is_replaced():
    with serving_program("lifeapp:app", "--workers", 2) as server:
        victim = min(children(server.pid))
        os.kill(victim, signal.SIGTERM)
        eventually(lambda: len(children(server.pid) - {victim}) == 2)
        assert server.get()[0] == 200


def test_ctrl_c_in_a_terminal_reaches_all_and_loses_nobody():
    with serving_program("lifeapp:app", "--workers", 2) as server, connect(server.address) as sock:
        ask(sock, "/wait/1.0")
        server.until("waiting")
        os.killpg(server.pid, signal.SIGINT)  # the session that this test has made
        assert answer(sock) == (200, b"waited")
        assert server.wait() == 0
        assert server.lines.count("stopping") == 1
        assert "Traceback" not in server.said


def test_a_second_ctrl_c_kills():
    with serving_program("lifeapp:app", "--workers", 2) as server, connect(server.address) as sock:
        ask(sock, "/wait/20.0")
        server.until("waiting")
        os.killpg(server.pid, signal.SIGINT)
        server.until("stopping")
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(5) == 1


def test_a_process_that_hangs_is_killed_in_the_end(tmp_path):
    (tmp_path / "shop.py").write_text(
        "import time\nfrom groundup import App\napp = App()\n"
        "@app.get('/')\nasync def root(request):\n"
        "    print('blocking', flush=True)\n    time.sleep(60)\n    return 'late'\n"
    )
    options = ("--workers", 2, "--graceful", 0.1)
    with serving_program("shop:app", *options, cwd=tmp_path) as server:
        sock = connect(server.address)
        ask(sock)
        server.until("blocking")
        server.tell(signal.SIGTERM)
        assert server.wait(15) == 1
        assert "does not stop" in server.said
        sock.close()


def test_a_supervisor_waits_without_being_busy():
    with serving_program("lifeapp:app", "--workers", 2) as server:
        eventually(lambda: len(children(server.pid)) == 2)

        def switches() -> int:
            text = Path(f"/proc/{server.pid}/status").read_text()
            return int(text.rpartition("\nvoluntary_ctxt_switches:")[2].split()[0])

        before = switches()
        time.sleep(1.0)
        assert switches() - before <= 3


SPAWNED = f"""
import sys
sys.path.insert(0, {str(FRAMEWORK)!r})
from groundup.engines.processes import Supervisor
from groundup.listening import open_door, server_address
from groundup.running import Job
from groundup.launch import say_address
if __name__ == "__main__":
    listener = open_door("127.0.0.1", 0)
    address = server_address(listener)
    job = Job("lifeapp:app", "protocol", {{}})
    group = Supervisor(listener, 2, job.in_child, announce=lambda: say_address(address), spawn=True)
    sys.exit(group.run())
"""


def test_where_there_is_no_fork_processes_are_spawned(tmp_path):
    (tmp_path / "main.py").write_text(SPAWNED)
    (tmp_path / "lifeapp.py").write_text(Path(__file__).with_name("lifeapp.py").read_text())
    with script(tmp_path / "main.py") as server:
        server.listening()
        victim = min(pids(server))
        os.kill(victim, signal.SIGKILL)
        eventually(lambda: len(pids(server) - {victim}) == 2)
        with connect(server.address) as sock:
            ask(sock, "/wait/0.3")
            server.until("waiting")
            server.tell(signal.SIGTERM)
            assert answer(sock) == (200, b"waited")
        assert server.wait() == 0, server.said


def test_an_app_that_is_an_object_is_forked_with_what_it_holds(tmp_path):
    (tmp_path / "main.py").write_text(
        f"import sys\nsys.path.insert(0, {str(FRAMEWORK)!r})\n"
        "from groundup import App\napp = App()\nheld = object()\n"
        "@app.get('/')\nasync def root(request):\n    return str(id(held))\n"
        "@app.get('/end')\nasync def end(request):\n    app.shutdown()\n    return 'bye'\n"
        "print('status', app.run(port=0, workers=2))\n"
    )
    with script(tmp_path / "main.py") as server:
        server.listening()
        assert len({server.get()[1] for _ in range(8)}) == 1
        assert server.get("/end") == (200, b"bye")
        assert server.wait() == 0
    assert "status 0" in server.lines


def test_a_stream_is_told_when_its_process_is_exchanged():
    with serving_program("lifeapp:app", "--workers", 2) as server, connect(server.address) as sock:
        ask(sock, "/stream")
        some(sock)
        server.tell(signal.SIGHUP)
        data = b""
        while part := sock.recv(65536):
            data += part
        assert data.endswith(b"end\n\r\n0\r\n\r\n")
        assert get(server.address)[0] == 200
