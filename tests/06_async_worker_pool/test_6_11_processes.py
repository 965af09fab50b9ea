"""Task 6.11: serve in processes that share a port (`launch.serve_group`, `launch.serve_one`)."""

import json
import os
import pickle
import signal
import socket
import threading
import time
from contextlib import suppress

import pytest

from groundup import launch
from workshop import kit

pytestmark = kit.task("6.11")


class Story:
    """A server and a parent that note what happens to them, in order."""

    def __init__(self):
        self.events = []
        self.stop_given = None

    def make(self, listener):
        """The server."""
        self.events.append(("make", listener))
        return self

    def on_stop(self, stop, patience):
        """Called on the parent."""
        self.events.append(("on_stop", patience))
        self.stop_given = stop

    def ready(self):
        """Called on the parent."""
        handler = signal.getsignal(signal.SIGTERM)
        self.events.append(("ready", "SIGTERM is heard" if callable(handler) else "SIGTERM kills"))

    def serve_forever(self):
        """Called on the server."""
        self.events.append(("serve", None))

    def stop(self):
        """Called on the server."""
        self.events.append(("stop", None))


@pytest.fixture
def quiet():
    """SIGTERM as it was, afterwards."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals")
def test_a_process_is_ready_only_when_it_knows_how_to_stop(quiet):
    story = Story()
    kit.did("serve_one(make, 7.5, listener, parent)")
    status = launch.serve_one(story.make, 7.5, "the listener", story)
    kit.expect(status, 0, "its exit status")
    kit.expect(
        story.events,
        [
            ("make", "the listener"),
            ("on_stop", 7.5),
            ("ready", "SIGTERM is heard"),
            ("serve", None),
        ],
        "what happens, in this order",
        why="whoever says that it is ready may be told to stop in the same moment",
    )


def test_both_the_parent_and_sigterm_stop_the_server(quiet):
    story = Story()
    launch.serve_one(story.make, 1.0, None, story)
    story.events.clear()
    kit.did("the parent says stop")
    story.stop_given()
    heard = signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    kit.expect_that(heard, "SIGTERM is heard, too", "it would end the process on the spot")
    kit.did("SIGTERM comes")
    signal.raise_signal(signal.SIGTERM)
    kit.expect(story.events, [("stop", None)] * 2, "what the server is told")


def pickled(what):
    """Whether it can be sent to another process."""
    try:
        return bool(pickle.dumps(what))
    except (AttributeError, TypeError, pickle.PicklingError):
        return False


def test_the_group_serves_by_serve_one(monkeypatch):
    seen = {}

    class Group:
        """Instead of a Supervisor."""

        def __init__(self, listener, workers, serve_one, *, announce):
            seen.update(listener=listener, workers=workers, announce=announce, serve=serve_one)

        def run(self):
            """The status."""
            return 5

    story = Story()
    monkeypatch.setattr(launch, "Supervisor", Group)
    monkeypatch.setattr(launch, "hear_termination", lambda heard: None)
    kit.did("serve_group(make, listener, 3, 7.5, announce), with a Supervisor that does nothing")
    status = launch.serve_group(story.make, "the listener", 3, 7.5, print)
    kit.expect(status, 5, "what it gives: what the Supervisor's run() did")
    told = (seen.get("listener"), seen.get("workers"), seen.get("announce"))
    kit.expect(told, ("the listener", 3, print), "listener, workers and announce, as it was told")
    kit.expect(story.events, [], "what has been made before there is a process to make it in")
    why = "where processes cannot fork, it is sent to them; a function inside a function cannot be"
    kit.expect(pickled(seen["serve"]), True, "whether the Supervisor's function pickles", why=why)
    seen["serve"]("the listener", story)
    kit.expect(
        story.events[:2], [("make", "the listener"), ("on_stop", 7.5)], "what each process does"
    )


CHOICES = [
    ({}, "WorkerPool"),
    ({"num_workers": 2}, "WorkerPool"),
    ({"executor_per_worker": 2}, "WorkerPool"),
    ({"max_workers": 2}, "ThreadServer"),
    ({"mode": "serial"}, "Server"),
    ({"mode": "threads", "max_workers": 2}, "ThreadServer"),
]


@pytest.mark.parametrize(("options", "want"), CHOICES, ids=[str(case[0]) for case in CHOICES])
def test_options_imply_their_engine(options, want):
    kit.did(f"chosen_engine({options})")
    kit.expect(launch.chosen_engine(dict(options)).__name__, want, "the class that is meant")


MISTAKES = [
    ({"num_worker": 2}, "'num_workers'"),
    ({"num_workers": 2, "max_workers": 2}, "max_workers"),
    ({"mode": "threads", "num_workers": 2}, "'threads'"),
    ({"mode": "pol"}, "'pool'"),
    ({"workers": 0}, "workers=0"),
    ({"workers": "two"}, "'two'"),
]


@pytest.mark.parametrize(("options", "named"), MISTAKES, ids=[str(case[0]) for case in MISTAKES])
def test_what_cannot_be_meant_is_an_error_before_anything_listens(options, named):
    kit.did(f"run({options}) on a port that nobody may take")
    error = kit.expect_raises(
        TypeError, lambda: launch.serve(None, "127.0.0.1", 70000, **options), want="a TypeError"
    )
    kit.expect_that(named in str(error), f"its sentence names {named}", str(error))


SCRIPT = """
import asyncio, os, threading
from groundup.app import App

app = App()

@app.get("/")
async def where():
    return {"process": os.getpid(), "thread": threading.current_thread().name}

@app.get("/slow")
async def slow():
    await asyncio.sleep(0.3)
    return {"process": os.getpid()}

app.run(port=0, workers=2, num_workers=2)
"""


def ask(address, path="/"):
    """What a new connection is answered, as JSON."""
    with socket.create_connection(address, timeout=4) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        data = b""
        while piece := sock.recv(65536):
            data += piece
    return json.loads(data.partition(b"\r\n\r\n")[2])


def processes(address, enough):
    """The processes that answer, asked until `enough(found)` says so, or for long enough."""
    found, end = set(), time.monotonic() + 5
    while not enough(found) and time.monotonic() < end:
        with suppress(ConnectionError, ValueError):  # of one that is dying just now
            found.add(ask(address)["process"])
    return found


@kit.task("6.11", seconds=20)
def test_two_processes_share_a_port_and_one_that_dies_is_replaced(tmp_path):
    script = tmp_path / "program.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with kit.spawn(script) as server:
        kit.did("app.run(port=0, workers=2, num_workers=2)")
        found = processes(server.address, lambda found: len(found) == 2)
        kit.expect(len(found), 2, "processes that answer on one port")
        kit.expect_that(server.process.pid not in found, "the supervisor serves nobody", found)
        kit.did("one of them is killed")
        os.kill(min(found), signal.SIGKILL)
        after = processes(server.address, lambda after: after - found)
        kit.expect(len(after - found), 1, "new processes that answer")
        kit.did("a request is sent, and then SIGTERM")
        with socket.create_connection(server.address, timeout=4) as sock:
            sock.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            server.process.send_signal(signal.SIGTERM)
            kit.expect(sock.recv(12), b"HTTP/1.1 200", "its answer comes")
        kit.expect(server.process.wait(6), 0, "the exit status")
