"""Start a script of the stack as a process of its own, and wait until it listens.

Apart from `serving` because memory, signals and crashes of a whole process are only
seen from outside. Rule: a script is ready when it prints `listening on HOST:PORT`, and
whatever happens it is gone when the `with` block ends.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from workshop import ROOT
from workshop.kit.client import Client
from workshop.kit.recording import current, did
from workshop.kit.verdicts import Wrong

READY = "listening on "
PATIENCE = 20.0  # seconds to start: a guard against hanging, not a measurement


class Spawned:
    """A running script: `.address`, `.pid`, `.stderr`, `.rss()`."""

    def __init__(
        self, process: subprocess.Popen[str], address: tuple[str, int], said: list[str]
    ) -> None:
        self.process = process
        self.address = address
        self.pid = process.pid
        self._said = said

    @property
    def stderr(self) -> str:
        """What it has written to standard error so far."""
        return "".join(self._said)

    def connect(self, name: str | None = None) -> Client:
        """A raw client, connected to it."""
        return Client(self.address, name)

    def alive(self) -> bool:
        """Whether the process still runs."""
        return self.process.poll() is None

    def rss(self) -> int | None:
        """The memory it occupies in bytes; None where the system does not tell."""
        with contextlib.suppress(OSError, ValueError, IndexError):
            return _from_proc(self.pid) or _from_ps(self.pid)
        return None

    def abandon(self) -> None:
        """End it at once."""
        self.process.kill()

    def free(self) -> None:
        """Nothing is left to give back: `spawn` has waited for the process."""


def _from_proc(pid: int) -> int | None:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def _from_ps(pid: int) -> int | None:
    if sys.platform == "win32":
        return None
    shown = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, timeout=10
    )
    return int(shown.stdout.strip()) * 1024


@contextlib.contextmanager
def spawn(script: str | Path, *args: str, stack: Any = None) -> Iterator[Spawned]:
    """Run `script` inside the stack (this test's, if none is given; or plainly) as a process.

    `with kit.spawn("steps/01_echo_socket/demo.py", "--port", "0") as server: …`
    """
    with tempfile.TemporaryDirectory(prefix="workshop-", ignore_cleanup_errors=True) as folder:
        yield from _spawned(_started(script, args, stack, folder), script)


def _spawned(process: subprocess.Popen[str], script: str | Path) -> Iterator[Spawned]:
    said: list[str] = []
    lines: queue.Queue[str] = queue.Queue()
    readers = [
        _reader(process.stderr, said.append, lambda: None),
        _reader(process.stdout, lines.put, lambda: lines.put("")),
    ]
    try:
        address = _wait_until_ready(process, lines, said)
        did(f"start {Path(script).name} as a process")
        spawned = Spawned(process, address, said)
        current().opened(spawned)
        yield spawned
    finally:
        process.kill()
        process.wait(10)
        for reader in readers:
            reader.join(1)
        current().stderr.extend("".join(said).splitlines())


def _started(
    script: str | Path, args: tuple[str, ...], stack: Any, temporary: str
) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    environment |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), temporary)  # it will be killed
    environment["PYTHONPATH"] = os.pathsep.join(
        part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part
    )
    if stack is not None:
        environment |= stack.environment()
    inside = ["-m", "workshop.within"] if "WORKSHOP_STACK" in environment else []
    return subprocess.Popen(
        [sys.executable, *inside, str(script), *args],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )


def _reader(pipe: IO[str] | None, take: Any, end: Any) -> threading.Thread:
    def read() -> None:
        for line in pipe or ():
            take(line)
        end()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    return thread


def _wait_until_ready(
    process: subprocess.Popen[str], lines: queue.Queue[str], said: list[str]
) -> tuple[str, int]:
    while True:
        try:
            line = lines.get(timeout=PATIENCE)
        except queue.Empty:
            raise Wrong(f'a line "{READY}HOST:PORT"', f"nothing for {PATIENCE:g} s") from None
        if not line:
            process.wait(10)
            last = "".join(said).strip().splitlines()[-3:]
            got = "\n".join([f"the process ended with status {process.returncode}", *last])
            raise Wrong(f'the script prints "{READY}HOST:PORT"', got)
        if line.startswith(READY):
            host, _, port = line[len(READY) :].strip().rpartition(":")
            return host.strip("[]"), int(port)
