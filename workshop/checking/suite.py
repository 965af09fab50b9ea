"""Run one step's suite on one stack, in a process of its own, and read what its tests say.

Apart from ``check``, which adds it up: here are the process, its environment and its end. The
rule: the subprocess sees no pytest plugin but the kit's, no option and no path of the person's
environment, and ``groundup`` only from the stack; whatever happens to it, this function returns.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from workshop import ROOT
from workshop.checking.outcome import Event
from workshop.layout import Layout
from workshop.stack import Stack
from workshop.steps import Step

LONGEST = 120.0  # seconds for one suite, should even the watchdog inside it be stuck
DROPPED = ("PYTHONPATH", "PYTHONHOME", "PYTEST_ADDOPTS", "PYTHONSTARTUP", "PYTHONSAFEPATH")
POLL = 0.02  # seconds between two looks at the file of events


class Superseded(Exception):
    """Nobody wants this run's result any more; its process is gone."""


@dataclass
class Run:
    """What came out of one run."""

    events: list[Event] = field(default_factory=list)
    code: int | None = None  # pytest's exit code; None: it had to be killed
    output: str = ""

    gave_up: bool = False  # a test could not be stopped, and the process ended for it
    under_way: Event | None = None  # the test that had begun and not ended: {"test": …, "of": …}

    @property
    def died_in(self) -> str | None:
        """The task whose test took the process with it, without a word."""
        return self.under_way["of"] if self.under_way and not self.gave_up else None

    @property
    def broke(self) -> bool:
        """Whether pytest itself could not do its work (tests that fail are its work)."""
        failed = any(event["state"] != "passed" for event in self.events)
        return not (self.code == 0 or (self.code == 1 and failed))


@dataclass(frozen=True)
class Job:
    """What to run: a suite on the stack of ``step``; only some tasks' files, if any are named."""

    step: Step
    stack: Stack
    layout: Layout
    suite: str
    tasks: Sequence[str] = ()
    options: Sequence[str] = ()  # for pytest
    stop: threading.Event | None = None  # set: end this run now, with Superseded
    longest: float = LONGEST  # seconds

    @property
    def debugging(self) -> bool:
        """Whether a debugger talks to the person: the streams are theirs, no time is too long."""
        return "--pdb" in self.options


def _ignore(event: Event) -> None:
    """Nobody wants to hear of it while it runs."""


def run_suite(job: Job, on_event: Callable[[Event], None] = _ignore) -> Run:
    """Run a suite; ``on_event`` is called with each test's outcome as soon as it is written."""
    with tempfile.TemporaryDirectory(prefix="workshop-") as folder:
        events, output = Path(folder) / "events", Path(folder) / "output"
        events.touch()
        with open(output, "w", encoding="utf-8") as printed:
            process = _start(job, events, None if job.debugging else printed)
            heard = _events(events, process, job.stop)
            run = _follow(process, heard, on_event, None if job.debugging else job.longest)
        run.output = output.read_text(encoding="utf-8", errors="replace")
    return run


def _follow(
    process: "subprocess.Popen[bytes]",
    events: Iterator[Event],
    on_event: Callable[[Event], None],
    longest: float | None,
) -> Run:
    """Hear the process out; at the end it is gone, whatever happened."""
    run = Run()
    with _ended(process, longest) as late:
        for event in events:
            _hear(run, event, on_event)
    run.code = None if late.is_set() else process.returncode
    return run


def _start(job: Job, events: Path, output: IO[str] | None) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command(job),
        cwd=job.layout.root,
        env=environment(job, events),
        stdin=None if output is None else subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        process_group=None if output is None or os.name == "nt" else 0,
    )


@contextmanager
def _ended(process: "subprocess.Popen[bytes]", longest: float | None) -> Iterator[threading.Event]:
    """At the end of the block it is gone with all that it started; the event says: for time."""
    late = threading.Event()

    def end() -> None:
        late.set()
        process.kill()

    own_group = os.name != "nt" and os.getpgid(process.pid) == process.pid
    timer = threading.Timer(longest or 0, end)
    timer.daemon = True
    if longest is not None:
        timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        if own_group:
            with suppress(OSError):  # mostly, nobody is left in it
                os.killpg(process.pid, signal.SIGKILL)


def _hear(run: Run, event: Event, on_event: Callable[[Event], None]) -> None:
    if event.get("event") == "gave up":
        run.gave_up = True
    elif event.get("event") == "start":
        run.under_way = event
    elif event.get("task"):
        run.under_way = None
        run.events.append(event)
        on_event(event)


def command(job: Job) -> list[str]:
    """The command line of the subprocess."""
    files = task_files(job.layout, job.suite, job.tasks)
    own = ["-p", "workshop.kit.plugin", "-p", "no:cacheprovider", "-q", "--no-header"]
    own += ["--tb=native"]  # the kit words failures; pytest's own pictures of them cost seconds
    return [sys.executable, "-m", "pytest", *map(str, files), *own, *job.options]


def task_files(layout: Layout, suite: str, tasks: Sequence[str] = ()) -> list[Path]:
    """The files of these tasks (``1.2`` → ``test_1_2_*.py``), or else of all, 1.2 before 1.10."""
    folder = layout.tests(suite)
    found: list[Path] = []
    for task in tasks:
        found += sorted(folder.glob(f"test_{task.replace('.', '_')}_*.py"))
    return found or sorted(folder.rglob("test_*.py"), key=_by_number) or [folder]


def _by_number(file: Path) -> list[tuple[int, str]]:
    return [(int(part or 0), part) for part in re.findall(r"\d+|$", file.stem)] + [(0, file.stem)]


def environment(job: Job, events: Path) -> dict[str, str]:
    """The subprocess's environment: the person's, without what could reach the tests."""
    kept = {name: value for name, value in os.environ.items() if name not in DROPPED}
    return {
        **kept,
        **job.stack.environment(),
        "WORKSHOP_STEP": job.step.name,
        "WORKSHOP_EVENTS": str(events),
        "WORKSHOP_ROOT": str(job.layout.root),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
    }


def _events(
    file: Path, process: "subprocess.Popen[bytes]", stop: threading.Event | None
) -> Iterator[Event]:
    """Each event as it is written, until the process has ended and all are read."""
    with open(file, encoding="utf-8") as lines:
        rest = ""
        while True:
            ended = process.poll() is not None
            rest, whole = _whole_lines(rest, lines)
            for line in whole:
                yield json.loads(line)
            if ended:
                return
            if stop is not None and stop.is_set():
                raise Superseded
            if not whole:
                time.sleep(POLL)


def _whole_lines(rest: str, lines: IO[str]) -> tuple[str, list[str]]:
    *whole, rest = (rest + lines.read()).split("\n")
    return rest, [line for line in whole if line.strip()]
