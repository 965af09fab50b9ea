"""One JSON object a line for each test: what `check` reads while the suite runs.

Apart because another process depends on its form. Rule: a line is written whole and
at once, so that it can be read while the suite still runs, and from any thread.

    {"task": "1.2", "test": "…", "state": "wrong", "waits_for": null, "seconds": 0.01,
     "title": "…", "failure": {"did": […], "want": …, "got": …, "why": …, "next": …, "detail": …}}
    {"event": "start", "test": "…", "of": "1.2"}       (the last one of a process that died)
    {"event": "gave up", "task": "1.2", "left": ["test ids that were not run"]}
"""

from __future__ import annotations

import json
import os
import threading
from typing import Any

from workshop.kit.failure import Failure


class Events:
    """Writes to the file (a number: an open descriptor) named by WORKSHOP_EVENTS, or nowhere."""

    def __init__(self, target: str | None) -> None:
        self._lock = threading.Lock()
        self._number: int | None = None
        if target:
            self._number = int(target) if target.isdigit() else _opened(target)

    def start(self, test: str, task: str) -> None:
        """A test begins: whoever finds the process dead knows in which."""
        self._write({"event": "start", "test": test, "of": task})

    def test(self, test: str, failure: Failure, seconds: float) -> None:
        """The outcome of one test."""
        event: dict[str, Any] = {
            "task": failure.task,
            "test": test,
            "state": failure.state,
            "waits_for": failure.waits_for,
            "seconds": round(seconds, 4),
            "title": failure.title,
        }
        if failure.state not in ("passed",):
            event["failure"] = failure.parts()
        self._write(event)

    def gave_up(self, task: str, left: list[str]) -> None:
        """The process ends here, because a test could not be stopped; these were not run."""
        self._write({"event": "gave up", "task": task, "left": left})

    def _write(self, event: dict[str, Any]) -> None:
        if self._number is None:
            return
        data = (json.dumps(event) + "\n").encode()
        with self._lock:
            while data:
                data = data[os.write(self._number, data) :]


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
