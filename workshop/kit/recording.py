"""What the test under way has done so far: its steps, its servers, its log.

It stands apart because streams, clients, servers and tests all write into it and
only a failure reads it. Rule: writing costs next to nothing (a step may be any
object; it becomes text when somebody has to read it).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, TypeVar

T = TypeVar("T")


class Closable(Protocol):
    """Anything of the kit's that can be shut when a test must end."""

    def abandon(self) -> None:
        """Wake whoever waits for it; called from any thread, never waits."""

    def free(self) -> None:
        """Give back what it holds; called when the test is over."""


@dataclass
class Death:
    """An exception that ended a thread, or that a server wrote to its log."""

    thread: str
    error: BaseException
    fatal: bool


@dataclass
class Record:
    """One test's diary. `steps` are read with str() and only when it fails.

    `verdicts` are assertions that failed inside a test's handler, in a server's thread.
    """

    task: str = ""
    steps: list[object] = field(default_factory=list)
    open: list[Closable] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    logged: list[str] = field(default_factory=list)
    stderr: list[str] = field(default_factory=list)
    verdicts: list[AssertionError] = field(default_factory=list)
    conversation: list[tuple[str, bytes]] = field(default_factory=list)
    clients: int = 0
    seconds: float = 2.0
    live: bool = True

    def opened(self, thing: Closable) -> None:
        """Remember something that must be shut when the test ends or has to end."""
        if self.live:
            self.open.append(thing)

    def heard(self, who: str, data: bytes) -> None:
        """Note a piece of the conversation: `"A ← server"` and what came."""
        if self.live:
            self.conversation.append((who, data))

    def next_client(self) -> str:
        """A, B, C … for the clients of this test, in the order they connect."""
        self.clients += 1
        return chr(ord("A") + (self.clients - 1) % 26)

    def abandon(self) -> None:
        """Shut every socket of the kit's, so that whoever waits on one wakes up."""
        for thing in list(self.open):
            thing.abandon()

    def free(self) -> None:
        """The test is over: give everything back that it left open."""
        for thing in self.open:
            thing.abandon()
            thing.free()
        self.open.clear()


_now = Record(live=False)


def current() -> Record:
    """The diary of the running test (outside pytest: one nobody reads)."""
    return _now


def start(task: str, seconds: float = 2.0) -> Record:
    """Open a new diary; the plugin calls this before each test."""
    global _now
    _now = Record(task, seconds=seconds)
    return _now


def did(step: object) -> None:
    """Add a numbered step to what a failure of this test will tell.

    `did("feed b'he', then b'llo'")`. Clients, servers and streams add their own.
    """
    if _now.live:
        _now.steps.append(step)


def cases(table: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    """Go through (label, case) pairs; a failure tells the steps of its own case only.

    When all have passed, none of their steps is left to be told.
    """
    record = _now
    mark = len(record.steps)
    talk = len(record.conversation)
    for label, case in table:
        del record.steps[mark:]
        del record.conversation[talk:]
        record.steps.append(label)
        yield label, case
    del record.steps[mark:]
    del record.conversation[talk:]


class LogKeeper(logging.Handler):
    """Keeps log lines (and the exceptions in them) for the running test."""

    def emit(self, record: logging.LogRecord) -> None:
        _now.logged.append(f"{record.levelname} {record.name}: {record.getMessage()}")
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            _now.deaths.append(Death(record.threadName or "server", error, fatal=False))
        hole = isinstance(error, NotImplementedError) and str(error).startswith("Task ")
        if hole and record.threadName != "server":
            _now.abandon()  # a worker met a hole, and its server goes on: nobody need wait


def note_thread_death(args: threading.ExceptHookArgs) -> None:
    """`threading.excepthook` while a test runs: a thread's end is the test's business."""
    if args.exc_value is not None:
        name = args.thread.name if args.thread else "thread"
        _now.deaths.append(Death(name, args.exc_value, fatal=True))
        _now.abandon()  # a client of a dead server need not wait


class ThreadHook:
    """Puts `note_thread_death` in place for the length of a `with` block."""

    def __enter__(self) -> None:
        self._before = threading.excepthook
        threading.excepthook = note_thread_death

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        threading.excepthook = self._before
