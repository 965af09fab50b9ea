"""Start a server from a program's last line: `app.run()`.

Apart from the app because it knows sockets, and from the engines because it talks to a person: it
reads the options, prints the address and understands Ctrl-C. The rule: what cannot be meant is an
error before anything listens, in one sentence.
"""

from __future__ import annotations

import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any

from groundup.engines.parent import Parent
from groundup.engines.pool import WorkerPool
from groundup.engines.processes import Supervisor
from groundup.engines.threads import ThreadServer
from groundup.net import format_address, listen
from groundup.server import Handle, Server
from groundup.suggest import did_you_mean, refuse_unknown
from groundup.timeouts import Timeouts

NAP = 0.2  # seconds: how often the main thread looks up for a Ctrl-C, which Windows needs
MARGIN = 5.0  # seconds beyond `graceful` after which a process that does not stop is killed

# What is not named is the first that takes all the options.
ENGINES: dict[str, Callable[..., Any]] = {
    "pool": WorkerPool, "threads": ThreadServer, "serial": Server,
}  # fmt: skip
Make = Callable[[socket.socket], Any]


def serve(handle: Handle, host: str, port: int, **options: Any) -> None:
    """Serve `handle` until Ctrl-C or SIGTERM, then let the handlers that run finish, and return.

    A second Ctrl-C does not wait for them. `mode` is pool, threads or serial; `workers` says how
    many processes of it share the port; the other options are the engine's own, such as `limits`,
    `max_workers` or `num_workers`. Prints `listening on HOST:PORT`; port 0 takes any free one.
    Raises ListenError with a sentence for a port that is taken, TypeError for an option that
    nobody knows, or that contradicts another.
    """
    workers = options.pop("workers", 1)
    if not isinstance(workers, int) or workers < 1:
        raise TypeError(f"workers={workers!r}: it takes at least one process to serve")
    make = partial(chosen_engine(options), handle=handle, **options)
    listener = listen(host, port)
    announce = partial(say_address, listener)
    if workers == 1:
        serve_here(make(listener), announce)
        return
    patience = options.get("timeouts", Timeouts()).graceful + MARGIN
    serve_group(make, listener, workers, patience, announce)


def chosen_engine(options: dict[str, Any]) -> Callable[..., Any]:
    """The class in ENGINES that `options` mean; takes `mode` out of them. Raises TypeError.

    Options imply their engine: `max_workers` threads, `num_workers` a pool. What no engine takes
    is refused by `refuse_unknown`, which names the near miss.
    """
    known = (
        "host",
        "port",
        "mode",
        "workers",
        *dict.fromkeys(n for m in ENGINES for n in taken_by(m)),
    )
    refuse_unknown("run()", [name for name in options if name not in known], known)
    mode = options.pop("mode", None)
    if mode is not None and mode not in ENGINES:
        raise TypeError(f"mode={mode!r} is no engine{did_you_mean(str(mode), ENGINES)}")
    possible = list(ENGINES) if mode is None else [mode]
    for name in options:
        before, possible = possible, [mode for mode in possible if name in taken_by(mode)]
        if not possible:
            raise TypeError(f"{name}= contradicts mode={before[0]!r}, which has no such option")
    return ENGINES[possible[0]]


def taken_by(mode: str) -> list[str]:
    """The names of an engine's options: those of its constructor, but for listener and handle."""
    return list(signature(ENGINES[mode]).parameters)[2:]


def say_address(listener: socket.socket) -> None:
    """Tell a person, or the program that has started us, that we are here."""
    print(f"listening on {format_address(*listener.getsockname()[:2])}", flush=True)


def serve_here(server: Any, announce: Callable[[], None]) -> None:
    """Serve in this process, in a thread: the main one is free to hear a signal on any system."""
    thread = threading.Thread(target=server.serve_forever, name="server", daemon=True)
    hear_termination(signal.default_int_handler)  # before anybody is told that we are here
    try:
        thread.start()
        announce()
        while thread.is_alive():
            time.sleep(NAP)  # no join: Python 3.11 takes the thread for dead if it is interrupted
    except KeyboardInterrupt:
        print("stopping", flush=True)
    finally:
        server.stop()
        if thread.is_alive():
            thread.join()


def serve_group(
    make: Make,
    listener: socket.socket,
    workers: int,
    patience: float,
    announce: Callable[[], None],
) -> int:
    """Serve in so many processes, all of which accept on `listener`, until the group is stopped.

    A `Supervisor(listener, workers, serve_one, announce=announce)` starts them and replaces those
    that die; `run()` returns when all have ended. In each of them it calls
    `serve_one(listener, parent)`: that is `serve_one`, below, which is told two things more, by
    `partial`: where processes cannot fork, it is pickled, and a function inside one cannot be.
    """
    raise NotImplementedError("Task 6.11: serve in processes that share a port")


def serve_one(make: Make, patience: float, listener: socket.socket, parent: Parent) -> int:
    """Serve in one process of a group; 0 when it has come to its end in good order.

    `make(listener)` makes the server, here: threads, loops and wakers do not survive a fork.
    `parent.on_stop(stop, patience)` is told how to stop it, and so is `hear_termination`. Only
    then `parent.ready()` says that this process serves, and it does.
    """
    raise NotImplementedError("Task 6.11: serve in processes that share a port")


def hear_termination(heard: Callable[[int, Any], Any]) -> None:
    """Call `heard(number, frame)` when SIGTERM comes; only a main thread may ask for signals."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, heard)
