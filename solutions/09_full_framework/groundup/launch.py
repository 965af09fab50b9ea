"""Start a server from a program's last line: `app.run()`.

Apart from the app because it knows sockets, and from the engines because it talks to a person:
it reads the options, prints the address and understands Ctrl-C. The rule: what cannot be meant
is an error before anything listens, in one sentence.
"""

from __future__ import annotations

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from groundup.lifecycle import Lifecycle, with_health
from groundup.limits import Limits
from groundup.listening import open_door, remove_unix, shown_address
from groundup.request import buffered
from groundup.suggest import did_you_mean, refuse_unknown
from groundup.timeouts import Timeouts

log = logging.getLogger("groundup.server")

BLOCKED_IS_DEAF = sys.platform == "win32"  # a thread that waits in a call hears no signal
NAP = 0.2  # seconds: how often the main thread looks up for a Ctrl-C, where Windows needs that

# What each engine takes beside what they all take.
ENGINES: dict[str, tuple[str, tuple[str, ...]]] = {
    "serial": ("groundup.server:Server", ()),
    "threads": ("groundup.engines.threads:ThreadServer", ("max_workers", "queue_size")),
    "pool": ("groundup.engines.pool:WorkerPool", ("num_workers", "executor_per_worker")),
    "protocol": ("groundup.engines.protocol:ProtocolServer", ("executor", "queue", "uvloop")),
}
DOOR = ("unix", "sock", "reuse_port", "backlog")
OPTIONS = (
    "mode", "workers", "limits", "timeouts", "ssl_context", "access_log", "health", "lame_duck",
    *DOOR, *(name for _, names in ENGINES.values() for name in names),
)  # fmt: skip


def serve(app: Any, host: str = "127.0.0.1", port: int = 8000, **options: Any) -> int:
    """Serve an App, or a plain `handle(request)`, until Ctrl-C, SIGTERM or `app.shutdown()`.

    `mode`: serial, threads, pool or protocol. `workers`: how many processes of it share the port.
    Prints `listening on HOST:PORT`; port 0 takes any free one. Raises ListenError with a sentence
    for a port that is taken, TypeError for an option that nobody knows or that contradicts
    another. Returns an exit status: 0, or 1 when requests were cut off at the end.
    """
    refuse_unknown("run()", [name for name in options if name not in OPTIONS], OPTIONS)
    mode = chosen_mode(options)
    workers = options.pop("workers", 1)
    door = {name: options.pop(name) for name in DOOR if name in options}
    listener = open_door(host, port, **door)
    try:
        if workers > 1:
            from groundup.engines.processes import supervise

            return int(supervise(listener, workers, lambda shared: run(app, shared, mode, options)))
        return run(app, listener, mode, options, announce=True)
    finally:
        remove_unix(listener.getsockname() if listener.fileno() >= 0 else None)
        listener.close()


def chosen_mode(options: dict[str, Any]) -> str:
    """The engine that the options mean; TypeError where they contradict each other."""
    given = options.pop("mode", None)
    implied = {
        mode: name for mode, (_, names) in ENGINES.items() for name in names if name in options
    }
    if given is not None and given not in ENGINES:
        raise TypeError(f"mode={given!r} is no engine{did_you_mean(str(given), ENGINES)}")
    for mode, name in implied.items():
        if len(implied) > 1 or mode != (given or mode):
            raise TypeError(f"{name}= is for mode={mode!r}: it contradicts the rest")
    return str(given or next(iter(implied), "protocol"))


def run(
    app: Any, listener: Any, mode: str, options: Mapping[str, Any], *, announce: bool = False
) -> int:
    """Serve on an open listener in this process; 0, or 1 when requests were cut off."""
    lifecycle = Lifecycle(
        getattr(app, "startup", ()), getattr(app, "cleanup", ()),
        lame_duck=options.get("lame_duck", 0.0),
    )  # fmt: skip
    engine = make_engine(app, listener, mode, options, lifecycle)
    stops = getattr(app, "shutting_down", [])
    stops.append(lifecycle.stop)
    hear_signals(lifecycle.stop)  # before anybody is told that we are here
    if announce:
        print(f"listening on {shown_address(engine.address)}", flush=True)
    try:
        return 0 if in_main_thread(engine, lifecycle.stop) else 1
    finally:
        stops.remove(lifecycle.stop)


def make_engine(
    app: Any, listener: Any, mode: str, options: Mapping[str, Any], lifecycle: Lifecycle
) -> Any:
    """The engine for a mode, with everything that it was given."""
    place, names = ENGINES[mode]
    module, _, name = place.partition(":")
    handle = app.handle if hasattr(app, "handle") else buffered(app)
    if options.get("health"):
        handle = with_health(handle, options["health"], lifecycle)
    own = {word: options[word] for word in (*names, "ssl_context") if word in options}
    engine: Callable[..., Any] = getattr(import_module(module), name)
    return engine(
        listener,
        handle,
        limits=options.get("limits") or getattr(app, "limits", Limits()),
        timeouts=options.get("timeouts") or getattr(app, "timeouts", Timeouts()),
        lifecycle=lifecycle,
        **own,
    )


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


def hear_signals(stop: Callable[[], None]) -> None:
    """Let Ctrl-C and SIGTERM stop the server, once; the second Ctrl-C does not wait."""
    if threading.current_thread() is not threading.main_thread():
        return  # only a main thread may ask for signals

    def heard(number: int, frame: Any) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        print("stopping", flush=True)
        stop()

    signal.signal(signal.SIGINT, heard)
    signal.signal(signal.SIGTERM, heard)
