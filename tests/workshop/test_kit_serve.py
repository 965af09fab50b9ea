"""`kit.serve` in each handler's shape, `kit.spawn`, and plain pytest from the root."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from kitlab import SERVER, run

from workshop import ROOT, kit

ENGINE = """
import types

class Response:
    def __init__(self, body=b"", status_code=200, headers=None):
        self.body, self.status_code, self.headers = body, status_code, headers

class Server(Server):
    def __init__(self, listener, handle, limits=None, timeouts=None):
        super().__init__(listener, self.talk)
        self.handle, self.given = handle, (limits, timeouts)

    def talk(self, client):
        line = client.recv(1000)
        head = types.SimpleNamespace(
            method="GET", target=line.decode(), version="1.1",
            headers={"Host": "x"}, body=b"body", given=self.given,
        )
        try:
            answer = self.call(head)
        except Exception:  # as real servers do: the test must hear of it all the same
            answer = 500, [], b""
        if isinstance(answer, Response):
            answer = answer.status_code, answer.headers, answer.body
        client.sendall(repr(answer).encode())
"""
MESSAGE = (
    SERVER + ENGINE + "\n    def call(self, head):\n        return self.handle(head, b'body')\n"
)
REQUEST = SERVER + ENGINE + "\n    def call(self, head):\n        return self.handle(head)\n"
RESPONSE = "from groundup.server import Response\n"

SHAPES = """
    def answer(running, target):
        client = running.connect()
        client.send(target)
        return client.recv_all()

    @kit.task("1.1")
    def test_a_handler_sees_the_request():
        def handler(seen):
            assert seen.header("HOST") == "x"
            assert seen.headers == [("host", "x")]
            return 201, [("a", "b")], f"{seen.method} {seen.target} {seen.body}".encode()
        with kit.serve(handler) as running:
            got = answer(running, b"/here")
        kit.expect(got, b"(201, [('a', 'b')], b\\"GET /here b'body'\\")", "what it made of it")

    @kit.task("1.1")
    def test_without_a_handler_it_says_hello():
        with kit.serve() as running:
            kit.expect(b"hello" in answer(running, b"/"), True, "hello")

    @kit.task("1.1")
    def test_a_failing_assert_in_a_handler_fails_the_test():
        def handler(seen):
            assert seen.target == "/there", "it was sent there"
        with kit.serve(handler) as running:
            answer(running, b"/here")

    @kit.task("1.1")
    def test_limits_reach_the_engine():
        with kit.serve(limits="tight", timeouts="short") as running:
            kit.expect(running.engine.given, ("tight", "short"), "both")
"""
APP = """
    @kit.task("1.1")
    def test_an_app_is_handed_over_as_it_is():
        with kit.serve(app=lambda request: (200, [], request.given)) as running:
            client = running.connect()
            client.send(b"/")
            kit.expect(client.recv_all(), b"(200, [], (None, None))", "its own answer")
"""


@pytest.mark.parametrize(("shape", "server"), [("message", MESSAGE), ("request", REQUEST)])
def test_one_handler_serves_every_shape(tmp_path, shape: str, server: str) -> None:
    tests = {"test_1_1_shape.py": SHAPES + (APP if shape == "request" else "")}
    files = {"server.py": server, "response.py": RESPONSE}
    outcome = run(tmp_path, tests, files=files, shape=shape)
    states = {event["test"].partition("::")[2]: event["state"] for event in outcome.events}
    failing = "test_a_failing_assert_in_a_handler_fails_the_test"
    assert {name for name, state in states.items() if state != "passed"} == {failing}, (
        outcome.output
    )
    assert len(states) == 4 + (shape == "request")
    assert "it was sent there" in outcome.told(failing)


def test_a_suite_may_name_its_own_engine(tmp_path) -> None:
    test = """
        from groundup.server import Server

        class Other(Server):
            pass

        @kit.task("1.1")
        def test_it():
            with kit.serve(engine=Other) as running:
                kit.expect(type(running.engine), Other, "the engine that was named")
    """
    assert run(tmp_path, {"test_1_1_x.py": test}).events[0]["state"] == "passed"


def test_a_hole_that_a_thread_of_the_server_survives_is_told_at_once(tmp_path) -> None:
    test = """
        import threading

        def hand_over(client):
            client.recv(1)
            worker = threading.Thread(target=work.log_hole_on, args=(client,), daemon=True)
            worker.start()
            worker.join()
            client.recv(100)  # nobody will answer

        @kit.task("1.1", seconds=30)
        def test_waits():
            with kit.serve(hand_over) as running:
                client = running.connect()
                client.send(b"xy")
                client.recv_exactly(1000)
    """
    began = time.monotonic()
    told = run(tmp_path, {"test_1_1_x.py": test}).told("test_waits")
    assert "1.1 WAITS FOR 1.7" in told
    assert time.monotonic() - began < 15, "it did not wait for its end at 30 seconds"


def test_stderr_of_a_dead_server_is_shown(tmp_path) -> None:
    test = """
        import sys
        def last_words(client):
            print("I am dying", file=sys.stderr)
            raise OSError("dead")

        @kit.task("1.1")
        def test_dies():
            with kit.serve(last_words) as running:
                running.connect().recv_exactly(1)
    """
    told = run(tmp_path, {"test_1_1_x.py": test}).told("test_dies")
    assert "1.1 CRASHED" in told
    assert "OSError: dead" in told
    assert "standard error: I am dying" in told


SCRIPT = """
import socket, sys, tempfile
from groundup.net import listen
kept = tempfile.TemporaryDirectory()
listener = listen()
print("some words first")
print("listening on %s:%d" % listener.getsockname())
print(kept.name, file=sys.stderr, flush=True)
while True:
    client, _ = listener.accept()
    client.sendall(b"hello " + sys.argv[1].encode())
    client.close()
"""
SPAWNS = """
    from pathlib import Path

    @kit.task("1.1")
    def test_spawn():
        with kit.spawn(Path(__file__).with_name("script.txt"), "you") as server:
            kit.expect(server.connect().recv_all(), b"hello you", "its arguments reach it")
            kit.expect(server.alive(), True, "it lives")
            memory = server.rss()
            kit.expect_that(memory is None or memory > 1 << 20, want="its memory", got=memory)
        kit.expect(server.alive(), False, "it is gone")
        place = Path(server.stderr.strip())
        kit.expect(place.is_absolute(), True, "what it said")
        kit.expect(place.exists(), False, "what it kept is gone with it, though it was killed")

    @kit.task("1.1")
    def test_a_script_that_ends_too_early():
        with kit.spawn(Path(__file__).with_name("script.txt").with_name("no.txt")):
            pass
"""


def test_spawn_runs_a_script_inside_the_stack(tmp_path) -> None:
    script = tmp_path / "tests" / "01_tiny" / "script.txt"
    script.parent.mkdir(parents=True)
    script.write_text(SCRIPT, encoding="utf-8")
    outcome = run(tmp_path, {"test_1_1_x.py": SPAWNS})
    assert outcome.event("test_spawn")["state"] == "passed", outcome.told("test_spawn")
    told = outcome.told("test_a_script_that_ends_too_early")
    assert 'want  the script prints "listening on HOST:PORT"' in told
    assert "the process ended with status" in told
    assert "no.txt" in told


def test_serve_outside_a_stack_says_what_to_do(monkeypatch) -> None:
    monkeypatch.delenv("WORKSHOP_STACK", raising=False)
    monkeypatch.delenv("WORKSHOP_STEP", raising=False)
    with pytest.raises(Exception, match="python3 -m workshop check N"), kit.serve():
        pass


def pytest_at_root(*arguments: str) -> str:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("WORKSHOP")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=100,
    )
    return done.stdout + done.stderr


def test_plain_pytest_shows_one_item_a_task() -> None:
    told = pytest_at_root("tests/01_echo_socket", "tests/workshop/test_kit_caret.py", "-v")
    assert "code under test: the solutions" in told
    assert "tests/01_echo_socket::1.2 PASSED" in told
    assert "failed" not in told


def test_one_suite_alone_runs_here_on_its_solution() -> None:
    told = pytest_at_root("tests/01_echo_socket", "-k", "limit")
    assert "code under test: solutions/01_echo_socket/groundup (solution)" in told
    assert "1.2   passed" in told
    assert "1.3" not in told


def test_the_plugin_is_light() -> None:
    line = "import sys, workshop.kit.plugin; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", line], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    heavy = {"rich", "hypothesis", "asyncio", "httpx", "matplotlib", "mkdocs", "groundup"}
    assert not loaded & heavy


def test_every_module_opens_with_what_it_is() -> None:
    for file in Path(kit.__file__).parent.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        opening = text.split('"""')[1].splitlines()
        assert 3 <= len(opening) <= 11, file.name
        assert len(text.splitlines()) <= 260, file.name
