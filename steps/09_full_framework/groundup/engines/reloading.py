"""For development: one process, exchanged for a new one whenever a file of the application changes.

Apart from the supervisor of a server that is deployed because it differs in two ways: it looks at
files, and a process that cannot start is no reason to end, but to wait for the next change. The
rule: the listener stays open throughout, so that a browser that is early waits, and sees no error.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from groundup.engines.processes import StartError, Supervisor
from groundup.timeouts import NEVER

log = logging.getLogger("groundup.server")

EVERY = 0.5  # seconds between two looks
SHARE = 10  # a look that takes long is followed by a pause so many times as long
Stamp = tuple[int, int]


class Files:
    """The Python files below a folder, and whether they have changed."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._known = dict(stamps(root))

    def changed(self) -> str | None:
        """The name of one that is new, gone or different since the last look."""
        before, self._known = self._known, dict(stamps(self._root))
        different = before.items() ^ self._known.items()
        return min((path for path, _ in different), default=None)


def stamps(root: str) -> Iterator[tuple[str, Stamp]]:
    """Each file with its time and size; not what hidden folders and environments hold."""
    for folder, folders, files in os.walk(root):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if name[0] != "." and name != "__pycache__"]
        for path in (os.path.join(folder, name) for name in files if name.endswith(".py")):
            with suppress(OSError):  # gone while we looked
                status = os.stat(path)
                yield path, (status.st_mtime_ns, status.st_size)


class Reloader(Supervisor):
    """Keeps one process alive that runs the application as its files below `root` are now."""

    def __init__(self, *arguments: Any, root: str, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._root = root
        self._files = Files(root)
        self._waiting = False  # for a change: as they are, the files do not start
        self._next_look = 0.0

    def start_missing(self, now: float) -> None:
        """The same, but not while it is known to be in vain."""
        if not self._waiting:
            super().start_missing(now)

    def not_started(self, error: StartError) -> None:
        """Show why, and wait for a change."""
        print(f"{error}\nwaiting for a change", file=sys.stderr, flush=True)
        self._waiting = True

    def until(self, now: float) -> float:
        """The same, but look at the files in time."""
        return min(super().until(now), NEVER if self.stopping else self._next_look)

    def tend(self, now: float) -> None:
        """The same, and look at the files."""
        super().tend(now)
        if self.stopping or now < self._next_look:
            return
        path = self._files.changed()
        took = time.monotonic() - now
        self._next_look = now + max(EVERY, took * SHARE)
        if path is not None:
            print(f"{os.path.relpath(path, self._root)} has changed", flush=True)
            self.restart(now)

    def restart(self, now: float) -> None:
        """Let go of the process that is; another is started at once."""
        self._waiting = False
        self.forgive()
        for child in self.children:
            if not child.told:
                child.stop(now)
