"""A block of another system's text, run as a program, and asked over a socket.

Apart because all four modules need it. Rule: nothing of a block is changed. Where it names a port,
that port may be taken on this machine, so the door opens on a free one in its place; that is all.
"""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from serving import serving

from groundup import App, launch

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples" / "coming_from"
PATIENCE = 20.0  # seconds: a machine may be slow, but not that slow

Namespace = dict[str, Any]


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        """The media type, without its parameters."""
        return self.headers.get_content_type()


class Asker:
    """One address. `ask("GET", "/path", body, headers)`, on a connection of its own."""

    def __init__(self, address: Any) -> None:
        self.address = address

    def __call__(self, method: str, path: str, body: Any = None, headers: Any = None) -> Reply:
        connection = HTTPConnection(*self.address[:2], timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()


def run_block(name: str, namespace: Namespace | None = None, *, main: bool = False) -> Namespace:
    """Run a block in a namespace, as a reader of its text would: one block after the other."""
    path = EXAMPLES / f"{name}.py"
    found = {} if namespace is None else namespace
    found["__name__"] = "__main__" if main else path.stem
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), found)
    return found


@contextmanager
def asking(mode: str, app: App, **options: Any) -> Iterator[Asker]:
    """Serve an application by an engine, on a free port."""
    options = {"limits": app.limits, "timeouts": app.timeouts, **options}
    with serving(mode, app, **options) as served:
        yield Asker(served.address)


class AtWork:
    """A program that serves in its last line, in a thread. `options`: what it was served with."""

    def __init__(self, address: Any, thread: threading.Thread, options: dict[str, Any]) -> None:
        self.ask = Asker(address)
        self.thread = thread
        self.options = options

    def ends(self) -> bool:
        """Whether the program comes to its end."""
        self.thread.join(PATIENCE)
        return not self.thread.is_alive()


@contextmanager
def at_work(
    run: Callable[[], Any], stop: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> Iterator[AtWork]:
    """Run a program until it listens, and stop it in the end. Its host and port are noted."""
    ready: queue.Queue[Any] = queue.Queue()
    options: dict[str, Any] = {}
    opened, job_run = launch.opened_door, launch.Job.run

    def any_door(host: str, port: int, **door: Any) -> Any:
        options.update(host=host, port=port)
        return opened(host, 0, **door)

    def run_job(job: Any, *rest: Any) -> int:
        options.update(job.options, mode=job.mode)
        return job_run(job, *rest)

    monkeypatch.setattr(launch, "opened_door", any_door)
    monkeypatch.setattr(launch, "say_address", ready.put)
    monkeypatch.setattr(launch.Job, "run", run_job)
    thread = threading.Thread(target=told(run, ready), daemon=True)
    thread.start()
    address = ready.get(timeout=PATIENCE)
    if isinstance(address, BaseException):
        raise address
    program = AtWork(address, thread, options)
    try:
        yield program
    finally:
        stop()
        assert program.ends(), "it was told to stop, and did not"


def told(run: Callable[[], Any], ready: queue.Queue[Any]) -> Callable[[], None]:
    """`run`, whose error is told to whoever waits for it to be ready."""

    def running() -> None:
        try:
            run()
        except BaseException as error:
            ready.put(error)

    return running
