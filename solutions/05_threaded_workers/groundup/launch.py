"""Start a server from a program's last line: `app.run()`.

Apart from the app because it knows sockets, and from the server because it talks to a person:
it prints the address and understands Ctrl-C. The rule: the server runs in a thread of its own,
so that the main thread is free to hear a signal on every system, Windows too.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from inspect import signature
from typing import Any

from groundup.engines.threads import ThreadServer
from groundup.net import format_address, listen
from groundup.server import Handle, Server
from groundup.suggest import did_you_mean, refuse_unknown

NAP = 0.2  # seconds: how often the main thread looks up for a Ctrl-C, which Windows needs

ENGINES: dict[str, Callable[..., Any]] = {"threads": ThreadServer, "serial": Server}


def serve(handle: Handle, host: str, port: int, **options: Any) -> None:
    """Serve `handle` until Ctrl-C or SIGTERM, then let the handlers that run finish, and return.

    A second Ctrl-C does not wait for them. `mode` is threads or serial; the other options are the
    engine's own, such as `limits` or `max_workers`. Prints `listening on HOST:PORT`; port 0 takes
    any free one. Raises ListenError with a sentence for a port that is taken, TypeError for an
    option that nobody knows, or that contradicts another.
    """
    engine = chosen_engine(options)
    server = engine(listen(host, port), handle, **options)
    thread = threading.Thread(target=server.serve_forever, name="server", daemon=True)
    hear_termination()  # before anybody is told that we are here
    try:
        thread.start()
        print(f"listening on {format_address(*server.address)}", flush=True)
        while thread.is_alive():
            time.sleep(NAP)  # no join: Python 3.11 takes the thread for dead if it is interrupted
    except KeyboardInterrupt:
        print("stopping", flush=True)
    finally:
        server.stop()
        if thread.is_alive():
            thread.join()


def chosen_engine(options: dict[str, Any]) -> Callable[..., Any]:
    """The class in ENGINES that `options` mean; takes `mode` out of them. Raises TypeError.

    `taken_by(mode)` lists an engine's options. What no engine takes, and is none of host, port and
    mode either, is refused by `refuse_unknown`, which names the near miss; a `mode` that is not in
    ENGINES names its own. Without a `mode`, threads. An option that the engine does not take
    contradicts it, and the error says both names. `mode=None` is no mode either.
    """
    known = ("host", "port", "mode", *{name: 0 for mode in ENGINES for name in taken_by(mode)})
    refuse_unknown("run()", [name for name in options if name not in known], known)
    mode = options.pop("mode", "threads")
    if mode not in ENGINES:
        raise TypeError(f"mode={mode!r} is no engine{did_you_mean(str(mode), ENGINES)}")
    for name in options:
        if name not in taken_by(mode):
            raise TypeError(f"{name}= contradicts mode={mode!r}, which has no such option")
    return ENGINES[mode]


def taken_by(mode: str) -> list[str]:
    """The names of an engine's options: those of its constructor, but for listener and handle."""
    return list(signature(ENGINES[mode]).parameters)[2:]


def hear_termination() -> None:
    """Let SIGTERM do what Ctrl-C does; only a main thread may ask for signals."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
