"""An engine of the framework at work in a thread, for as long as a `with` block lasts.

Apart because every suite here needs it: wire, faults, clients. Rule: port 0, loopback only, and an
engine that does not stop when it is told to fails the test that started it.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from groundup.net import listen

ENGINES = {
    "serial": "groundup.server:Server",
    "threads": "groundup.engines.threads:ThreadServer",
    "pool": "groundup.engines.pool:WorkerPool",
    "protocol": "groundup.engines.protocol:ProtocolServer",
}
STOPS_WITHIN = 30.0  # seconds: longer than Timeouts.graceful, so that a hang is told from patience


def engine_class(mode: str) -> Callable[..., Any]:
    """The class behind a mode; ImportError while there is none."""
    module, _, name = ENGINES[mode].partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


class Serving:
    """One engine in its thread. `result` is what `serve_forever` returned, once it has."""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.address: tuple[str, int] = engine.address
        self.result: Any = None
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.result = self.engine.serve_forever()
        except BaseException as error:
            self.error = error

    def stop(self) -> None:
        """Stop the engine and wait for the end of its thread."""
        self.engine.stop()
        self.thread.join(STOPS_WITHIN)
        assert not self.thread.is_alive(), "the engine did not stop when it was told to"
        if self.error is not None:
            raise self.error


@contextmanager
def serving(mode: str, app: Any, *, port: int = 0, **options: Any) -> Iterator[Serving]:
    """Serve `app` (an App, or a `handle`) by the engine `mode`: `with serving("pool", app) as s:`.

    `options` go to the engine: limits, timeouts, clock, and its own. Those that are None do not.
    """
    given = {name: value for name, value in options.items() if value is not None}
    handle = getattr(app, "handle", app)
    served = Serving(engine_class(mode)(listen("127.0.0.1", port), handle, **given))
    try:
        yield served
    finally:
        served.stop()
