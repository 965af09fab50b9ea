"""A small repository whose only suite fails in every way the kit knows.

`run(folder, tests=…)` writes it, runs pytest with the kit's plugin in a subprocess as
`check` does, and gives back the events, what pytest printed and its exit status.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from workshop import ROOT
from workshop.kit.failure import from_event, pinned
from workshop.layout import Layout
from workshop.stack import solution_stack

STEP = "01_tiny"
TASKS = 9

NET = """
import socket

def listen():
    return socket.create_server(("127.0.0.1", 0))
"""

SERVER = '''
import socket
import threading

class Refusal(Exception):
    """Something the framework itself says."""

def echo(client):
    while data := client.recv(100):
        client.sendall(data)

class Server:
    def __init__(self, listener, serve_client=echo):
        self.listener = listener
        self.address = listener.getsockname()[:2]
        self.serve_client = serve_client
        self.stopping = False

    def serve_forever(self):
        with self.listener:
            while True:
                client, _ = self.listener.accept()
                with client:
                    if self.stopping:
                        return
                    self.serve_client(client)

    def stop(self):
        self.stopping = True
        try:
            socket.create_connection(self.address, 1).close()
        except OSError:
            pass
'''

WORK = '''
import logging
import re
import threading
import time

from groundup.server import Refusal

def divide(number):
    return number / 0

def part_2():
    """Return nothing."""
    raise NotImplementedError("Task 1.2: write it")

def part_7():
    raise NotImplementedError("Task 1.7: write that one")

def refuse():
    raise Refusal("400 no")

def busy():
    while True:
        pass

def busy_and_deaf():
    while True:
        try:
            busy()
        except:
            pass

def regex():
    re.match("(a+)+$", "a" * 40 + "b")

def lock():
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()

def crash_on(client):
    data = client.recv(100)
    return data.nonsense

kept = []

def crash_and_keep(client):
    kept.append(client.dup())  # the client sees no end of the connection
    client.recv(100).nonsense

def hole_on(client):
    client.recv(100)
    part_2()

def other_hole_on(client):
    client.recv(100)
    part_7()

def log_hole_on(client):
    client.recv(100)
    try:
        part_7()
    except Exception:
        logging.getLogger("groundup").exception("a handler failed")
    client.sendall(b"500")

def log_crash_on(client):
    try:
        divide(client.recv(100) and 1)
    except Exception:
        logging.getLogger("groundup").exception("a handler failed")
    client.sendall(b"500")

def silent(client):
    client.recv(100)
    client.recv(100)

def regex_on(client):
    client.recv(100)
    regex()

def spin(client):
    client.recv(100)
    busy()
'''

PREAMBLE = """
import os
import socket
import time

import pytest

from groundup import server, work
from workshop import kit

"""


@dataclass
class Outcome:
    """One run: its events by test name, and what pytest printed."""

    status: int
    output: str
    events: list[dict] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)  # the tests that were said to begin

    def event(self, test: str) -> dict:
        found = [event for event in self.events if event.get("test", "").endswith(f"::{test}")]
        assert len(found) == 1, f"{test}: {found}\n{self.output}"
        return found[0]

    def told(self, test: str) -> str:
        """The whole failure text, without what differs from run to run."""
        return pinned(from_event(self.event(test)))


def toml(shape: str) -> str:
    head = 'title = "Tiny"\nidea = "small"\nminutes = 5\nadds = ["net", "server", "work"]\n'
    serve = f'[serve]\nengine = "groundup.server:Server"\nhandler = "{shape}"\n'
    return head + serve + "".join(_task(number) for number in range(1, TASKS + 1))


def _task(number: int) -> str:
    return (
        f'[[task]]\nid = "1.{number}"\ntitle = "do part {number}"\nminutes = 5\n'
        f'targets = ["work.part_{number}"]\ninvariant = "Part {number} must be done."\n'
        'section = "RFC 9112 §2.2"\nhints = ["a?", "b", "c"]\nexplanation = "so"\n'
    )


def build(root: Path, files: dict[str, str], tests: dict[str, str], shape: str) -> None:
    code = {"__init__.py": "", "net.py": NET, "server.py": SERVER, "work.py": WORK, **files}
    put(root / "steps" / STEP / "step.toml", toml(shape))
    for name, text in code.items():
        put(root / "solutions" / STEP / "groundup" / name, text)
    for name, text in tests.items():
        put(root / "tests" / STEP / name, PREAMBLE + dedent(text))


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def run(
    root: Path,
    tests: dict[str, str],
    *options: str,
    files: dict[str, str] | None = None,
    shape: str = "stream",
    **variables: str,
) -> Outcome:
    build(root, files or {}, tests, shape)
    events = root / "events"
    line = [sys.executable, "-m", "pytest", str(root / "tests" / STEP)]
    own = ["-p", "workshop.kit.plugin", "-p", "no:cacheprovider", "-c", os.devnull]
    done = subprocess.run(
        [*line, *own, "--rootdir", str(root), *options],
        env=environment(root, events) | variables,
        cwd=root,
        capture_output=True,
        text=True,
        timeout=100,
        stdin=subprocess.DEVNULL,
    )
    lines = events.read_text(encoding="utf-8").splitlines() if events.exists() else []
    told = [json.loads(line) for line in lines]
    kept = [event for event in told if event.get("event") != "start"]
    begun = [event["test"] for event in told if event.get("event") == "start"]
    return Outcome(done.returncode, done.stdout + done.stderr, kept, begun)


def environment(root: Path, events: Path) -> dict[str, str]:
    stack = solution_stack(STEP, layout=Layout(root))
    kept = {name: value for name, value in os.environ.items() if name not in ("CI",)}
    return {
        **kept,
        **stack.environment(),
        "WORKSHOP_STEP": STEP,
        "WORKSHOP_ROOT": str(root),
        "WORKSHOP_EVENTS": str(events),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }
