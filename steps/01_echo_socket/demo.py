"""Run the echo server of step 01 until Ctrl-C.

It is the program that `python3 -m workshop run 1` and `talk 1` start. The server runs in a
thread and the main thread waits, because that is where Ctrl-C arrives: so every run
of the demo also shows `Server.stop` being called from another thread.
"""

import argparse
import signal
import sys
import threading
from contextlib import suppress

from groundup.net import ListenError, format_address, listen
from groundup.server import Server


def main() -> None:
    """Listen, say where, and echo until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    try:
        listener = listen(options.host, options.port)
    except ListenError as error:
        sys.exit(str(error))
    except NotImplementedError as hole:
        sys.exit(f"nothing listens yet: {hole}")
    server = Server(listener)
    print(f"listening on {format_address(*server.address)}", flush=True)
    crashed = threading.Event()
    thread = threading.Thread(target=serve, args=[server, crashed], name="server", daemon=True)
    thread.start()
    wait(crashed)
    with suppress(NotImplementedError):
        server.stop()
        thread.join()
    sys.exit(1 if crashed.is_set() else 0)


def serve(server: Server, crashed: threading.Event) -> None:
    """Serve; say so when the learner has not come so far yet."""
    try:
        server.serve_forever()
    except NotImplementedError as hole:
        print("the kernel takes connections, but nobody accepts them yet:", hole, flush=True)
    except BaseException:
        crashed.set()
        raise


def wait(crashed: threading.Event) -> None:
    """Return at Ctrl-C or SIGTERM. (In short waits: on Windows a long one is deaf to Ctrl-C.)"""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while not crashed.wait(0.5):
            pass
    except KeyboardInterrupt:
        print("stopping", flush=True)


if __name__ == "__main__":
    main()
