"""Start the engine of the stack under test, and tell how it ends.

Apart because it is the only door to a server: a suite written with `kit.serve` runs
on every later engine unchanged. Rule: what goes wrong in the server's thread is
told as the server's own, with the learner's file and line.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

from workshop.kit.client import Address, Client
from workshop.kit.facts import serve_of
from workshop.kit.frames import stack_of, told_stack
from workshop.kit.handlers import adapted
from workshop.kit.recording import Death, current, did
from workshop.kit.verdicts import Hung, StopThread

PATIENCE = 1.5  # seconds that stop() waits for the server's thread


class Serving:
    """A running server of the stack under test."""

    def __init__(self, engine: Any, name: str = "server") -> None:
        self.engine = engine
        self.address: Address = engine.address
        self._clients: list[Client] = []
        self._record = current()
        self._stopped = False
        self._ended = threading.Event()  # by an exception; its thread is about to end
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._record.opened(self)
        self._thread.start()

    def connect(self, name: str | None = None) -> Client:
        """A raw client, connected to this server; closed with it."""
        client = Client(self.address, name)
        self._clients.append(client)
        return client

    @property
    def running(self) -> bool:
        """Whether the server's thread is still alive."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Tell the engine to stop and wait for its thread; hung if that does not end."""
        if self._stopped:
            return
        self._stopped = True
        did("stop the server")
        self.engine.stop()
        self._thread.join(PATIENCE)
        if self._thread.is_alive():
            stack = self.stack()
            self.abandon()
            told = f"the server's thread still stands in\n{stack}"
            raise Hung("serve_forever() to return after stop()", told)

    def stack(self) -> str:
        """Where the server's thread stands, the learner's lines first."""
        frame = sys._current_frames().get(self._thread.ident or 0)
        return told_stack(stack_of(frame)) if frame else "its thread has ended"

    def abandon(self) -> None:
        """End it by force: stop, then an exception in its thread. Hardly waits."""
        if self._ended.is_set():
            return
        self._stopped = True
        with contextlib.suppress(Exception):
            self.engine.stop()
        if not self._thread.ident:
            return
        self._thread.join(0.05)
        if not self._ended.is_set() and self._thread.is_alive():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(StopThread)
            )

    def free(self) -> None:
        """Give its thread a moment to end."""
        self._thread.join(0.2)

    def close_clients(self) -> None:
        """Close every client that was connected through this server."""
        for client in self._clients:
            client.abandon()
            client.free()

    def _run(self) -> None:
        try:
            self.engine.serve_forever()
        except StopThread:
            self._ended.set()
        except BaseException as error:  # told by the test that runs it
            self._ended.set()
            self._record.deaths.append(Death("server", error, fatal=True))
            self._record.abandon()  # a client of a dead server need not wait


@contextlib.contextmanager
def serve(
    handler: Callable[..., Any] | None = None,
    *,
    app: Callable[..., Any] | None = None,
    engine: Callable[..., Any] | None = None,
    limits: Any = None,
    timeouts: Any = None,
    **options: Any,
) -> Iterator[Serving]:
    """The engine of this stack in a thread, on a free port of loopback.

    `handler(seen) -> (status, headers, body)` is adapted to the step's shape; `app` is
    handed over as it is. Limits, timeouts and options go to the engine only when given.
    `engine`: that one, whatever this step serves with.
    """
    given = {"limits": limits, "timeouts": timeouts, **options}
    asked = {name: value for name, value in given.items() if value is not None}
    serving = Serving(_engine(handler, app, engine, asked))
    did("start the server")
    try:
        yield serving
    except BaseException:
        serving.close_clients()
        serving.abandon()
        serving.free()
        raise
    serving.close_clients()
    serving.stop()
    _raise_its_death()


def _raise_its_death() -> None:
    """What failed in the server's thread, unnoticed by any client, fails the test too."""
    for verdict in current().verdicts:
        raise verdict
    for death in current().deaths:
        if death.fatal:
            raise death.error


def _engine(handler: Any, app: Any, engine: Any, options: dict[str, Any]) -> Any:
    described = serve_of()
    module, _, name = described.engine.partition(":")
    engine = engine or getattr(import_module(module), name)
    listener = import_module("groundup.net").listen()
    current().opened(_Listener(listener))
    call = app if app is not None else adapted(handler, described.handler)
    return engine(listener, **options) if call is None else engine(listener, call, **options)


class _Listener:
    """Closes the listening socket when a test must end."""

    def __init__(self, listener: Any) -> None:
        self._listener = listener

    def abandon(self) -> None:
        """Nothing: the engine's own stop() is there to wake it."""

    def free(self) -> None:
        """Close it."""
        with contextlib.suppress(OSError):
            self._listener.close()
