"""An application's own life: what it does before the first request and after the last one.

Apart from `lifecycle`, which is a server's: this is what the program says, and every server that
runs the application asks it. The rule: it can be told to stop from anywhere, at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Hook = Callable[[], Any]


class Life:
    """The hooks of starting and stopping, and what `shutdown` calls: its engines' `stop`."""

    def __init__(self) -> None:
        super().__init__()
        self.startup: list[Hook] = []
        self.shutting_down: list[Callable[[], Any]] = []
        self.cleanup: list[Hook] = []

    def on_startup(self, hook: Hook) -> Hook:
        """Decorate a function, plain or async, that runs before the first request."""
        self.startup.append(hook)
        return hook

    def on_shutdown(self, hook: Hook) -> Hook:
        """Decorate a function, plain or async, that runs after the last response."""
        self.cleanup.append(hook)
        return hook

    def shutdown(self) -> None:
        """Stop the server that runs this app: from any handler, thread or process, at any time."""
        for stop in list(self.shutting_down):
            stop()
