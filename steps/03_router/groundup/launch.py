"""Start a server from a program's last line: `app.run()`.

Apart from the app because it knows sockets, and from the server because it talks to a person:
it prints the address and understands Ctrl-C. The rule: the server runs in a thread of its own,
so that the main thread is free to hear a signal on every system, Windows too.
"""

from __future__ import annotations

import signal
import threading
import time
from inspect import signature
from typing import Any

from groundup.net import format_address, listen
from groundup.server import Handle, Server
from groundup.suggest import refuse_unknown

NAP = 0.2  # seconds: how often the main thread looks up for a Ctrl-C, which Windows needs


def serve(handle: Handle, host: str, port: int, **options: Any) -> None:
    """Serve `handle` until Ctrl-C or SIGTERM, then let the handler that runs finish, and return.

    A second Ctrl-C does not wait for it. The options are the server's own, such as `limits`.
    Prints `listening on HOST:PORT`; port 0 takes any free one. Raises ListenError with a
    sentence for a port that is taken, TypeError for an option that nobody knows.
    """
    known = ("host", "port", *list(signature(Server).parameters)[2:])
    refuse_unknown("run()", [name for name in options if name not in known], known)
    server = Server(listen(host, port), handle, **options)
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


def hear_termination() -> None:
    """Let SIGTERM do what Ctrl-C does; only a main thread may ask for signals."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
