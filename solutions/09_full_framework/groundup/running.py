"""Serve in this process: an application, an engine and a listener brought together.

Apart from `launch`, which has decided all that by then, because a group runs this once in each of
its processes. The rule: the signals are heard, and whoever may stop the server knows how, before
anybody is told that it is here.
"""

from __future__ import annotations

import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from groundup.accesslog import AccessLog
from groundup.engines.parent import Parent, leave
from groundup.lifecycle import Lifecycle, with_health
from groundup.limits import Limits
from groundup.listening import listen_shared
from groundup.loading import load
from groundup.refusals import Refusals
from groundup.request import buffered
from groundup.timeouts import Timeouts

BLOCKED_IS_DEAF = sys.platform == "win32"  # a thread that waits in a call hears no signal
NAP = 0.2  # seconds: how often the main thread looks up for a Ctrl-C, where Windows needs that
THREADS = "worker_"  # how the names begin of the threads in which plain handlers run
MARGIN = 5.0  # seconds beyond its own deadlines after which a process that goes on is hung

# What each engine takes beside what they all take.
ENGINES: dict[str, tuple[str, tuple[str, ...]]] = {
    "serial": ("groundup.server:Server", ()),
    "threads": (
        "groundup.engines.threads:ThreadServer",
        ("max_workers", "queue_size", "metrics", "limiter"),
    ),
    "pool": (
        "groundup.engines.pool:WorkerPool",
        ("num_workers", "executor_per_worker", "queue", "watchdog"),
    ),
    "protocol": ("groundup.engines.protocol:ProtocolServer", ("executor", "queue", "uvloop")),
}
TAKE_TURNS = ("pool", "protocol")  # these want to know whether they share their listener


@dataclass(frozen=True)
class Job:
    """What is to be served, and how: everything but the listener.

    `app` is an App, a `handle`, or the name of one that each process imports for itself. `own`:
    host, port and backlog of the listener that each process opens for itself.
    """

    app: Any
    mode: str
    options: Mapping[str, Any]
    own: tuple[str, int, int] | None = None

    def on_own_listener(self, host: str, port: int, backlog: int) -> Job:
        """The same, with a listener for each process."""
        return replace(self, own=(host, port, backlog))

    def in_child(self, listener: socket.socket, parent: Parent) -> int:
        """Serve in a process of a group, and let its supervisor know."""
        app = load(self.app) if isinstance(self.app, str) else self.app
        if self.own is not None:
            listener.close()
            host, port, backlog = self.own
            listener = listen_shared(host, port, backlog=backlog)
        return replace(self, app=app).run(listener, parent.ready, parent)

    def run(
        self, listener: socket.socket, ready: Callable[[], None], parent: Parent | None = None
    ) -> int:
        """Serve until somebody says stop; 0, or 1 when requests were cut off."""
        app, options = self.app, self.options
        lifecycle = Lifecycle(
            getattr(app, "startup", ()), getattr(app, "cleanup", ()),
            lame_duck=options.get("lame_duck", 0.0), ready=ready,
        )  # fmt: skip
        timeouts = chosen_timeouts(app, options)
        with logs(options.get("access_log")) as (access, refusals):
            given = {"timeouts": timeouts, "lifecycle": lifecycle, "refusals": refusals}
            shared = parent is not None and self.own is None
            engine = make_engine(self, listener, given, access, shared=shared)
            if parent is not None:
                patience = timeouts.graceful + options.get("lame_duck", 0.0) + MARGIN
                parent.on_stop(lifecycle.stop, patience)
            hear_signals(lifecycle.stop, alone=parent is None)
            with told_to(app, lifecycle.stop if parent is None else parent.shutdown):
                finished = in_main_thread(engine, lifecycle.stop)
        if not finished and parent is None:
            wait_for_no_thread()
        return 0 if finished else 1


def chosen_timeouts(app: Any, options: Mapping[str, Any]) -> Timeouts:
    """The timeouts that were asked for, here or by the application."""
    timeouts: Timeouts = options.get("timeouts") or getattr(app, "timeouts", None) or Timeouts()
    graceful = options.get("graceful")
    return timeouts if graceful is None else replace(timeouts, graceful=graceful)


@contextmanager
def logs(target: Any) -> Iterator[tuple[AccessLog | None, Refusals]]:
    """The logs, whole when the `with` block ends."""
    access = AccessLog(target) if target not in (None, False) else None
    refusals = Refusals()
    try:
        yield access, refusals
    finally:
        refusals.close()
        if access is not None:
            access.close()


@contextmanager
def told_to(app: Any, stop: Callable[[], None]) -> Iterator[None]:
    """Let `app.shutdown()` call `stop` while the `with` block lasts, and nothing else."""
    stops: list[Callable[[], None]] = getattr(app, "shutting_down", [])
    before = list(stops)
    stops[:] = [stop]
    try:
        yield
    finally:
        stops[:] = before


def make_engine(
    job: Job, listener: socket.socket, given: dict[str, Any], access: AccessLog | None,
    *, shared: bool,
) -> Any:  # fmt: skip
    """The engine of the job, with everything that it was given."""
    app, options = job.app, job.options
    place, names = ENGINES[job.mode]
    module, _, name = place.partition(":")
    handle = app.handle if hasattr(app, "handle") else buffered(app)
    if options.get("health"):
        handle = with_health(handle, options["health"], given["lifecycle"])
    if access is not None:
        handle, given["record"] = access.timed(handle), access.record
    if (context := tls_context(options)) is not None:
        given["ssl_context"] = context
    if job.mode in TAKE_TURNS:
        given["shared"] = shared
    engine: Callable[..., Any] = getattr(import_module(module), name)
    return engine(
        listener,
        handle,
        limits=options.get("limits") or getattr(app, "limits", Limits()),
        **{word: options[word] for word in (*names, "backlog") if word in options},
        **given,
    )


def tls_context(options: Mapping[str, Any]) -> ssl.SSLContext | None:
    """The TLS context that was given, or one of the files that were."""
    if options.get("certfile") is None:
        context: ssl.SSLContext | None = options.get("ssl_context")
        return context
    made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    made.set_alpn_protocols(["http/1.1"])
    made.load_cert_chain(options["certfile"], options.get("keyfile"))
    return made


def in_main_thread(engine: Any, stop: Callable[[], None]) -> bool:
    """Run the engine; where a blocked call hears no signal, in a thread beside this one."""
    if not BLOCKED_IS_DEAF or threading.current_thread() is not threading.main_thread():
        return bool(engine.serve_forever())
    ended: list[bool] = []
    thread = threading.Thread(target=lambda: ended.append(engine.serve_forever()), name="server")
    thread.start()
    while thread.is_alive():
        time.sleep(NAP)  # no join: it would not hear a Ctrl-C
    return bool(ended and ended[0])


def wait_for_no_thread() -> None:
    """Let this program end, with status 1, although a handler hangs in a thread by then.

    Python first waits for the threads of every executor; `atexit` would be told after that.
    """

    def end() -> None:
        if any(thread.name.startswith(THREADS) for thread in threading.enumerate()):
            leave(1)

    if threading.current_thread() is threading.main_thread():
        threading._register_atexit(end)  # type: ignore[attr-defined]  # there is no public way


def hear_signals(stop: Callable[[], None], *, alone: bool = True) -> None:
    """Let SIGTERM stop the server, and Ctrl-C, and a terminal that is closed.

    The second Ctrl-C does not wait. In a group (not `alone`) all but SIGTERM is for its supervisor.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # only a main thread may ask for signals

    def heard(number: int, frame: Any) -> None:
        stop()
        if alone:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            with suppress(RuntimeError):  # it has come while something else is being printed
                print("stopping", flush=True)

    signal.signal(signal.SIGTERM, heard)
    if alone:
        signal.signal(signal.SIGINT, heard)
        hangup = getattr(signal, "SIGHUP", None)
        if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:  # as nohup does
            signal.signal(hangup, heard)
