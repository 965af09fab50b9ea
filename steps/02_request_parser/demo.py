"""Run the HTTP server of step 02 until Ctrl-C: it shows each request as it has read it.

It is the program that `python3 -m workshop run 2` and `talk 2` start. It serves three paths:
`/` shows the request, `/admin` is the page that an attacker is after, `/slow` takes five seconds.
"""

import argparse
import signal
import sys
import threading
import time

from groundup.errors import abort
from groundup.events import RequestHead
from groundup.net import ListenError, format_address, listen
from groundup.server import Server

Answer = tuple[int, list[tuple[str, str]], bytes]


def handle(head: RequestHead, body: bytes) -> Answer:
    """Answer one request: what `python3 -m workshop run 2` shows."""
    path = head.origin_form.partition("?")[0]
    if path == "/admin":
        return text("the admin page: keys, passwords, secrets")
    if path == "/slow":
        time.sleep(5)
        return text("that took five seconds, and nobody else was served")
    if path not in ("/", "*"):
        abort(404, f"nothing is at {path}")
    lines = [f"{head.method} {head.target}, HTTP/{head.version}, for {head.host or 'no host'}"]
    lines += [f"  {name}: {value}" for name, value in head.headers.items()]
    lines.append(f"with a body of {len(body)} bytes, by {head.framing.clause}")
    return text("\n".join(lines))


def text(content: str) -> Answer:
    """A plain page."""
    return 200, [("Content-Type", "text/plain; charset=utf-8")], f"{content}\n".encode()


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    try:
        listener = listen(options.host, options.port)
    except (ListenError, NotImplementedError) as error:
        sys.exit(str(error))
    server = Server(listener, handle)
    print(f"listening on {format_address(*server.address)}", flush=True)
    thread = threading.Thread(target=serve, args=[server], name="server", daemon=True)
    thread.start()
    wait_for_interrupt()
    server.stop()
    thread.join()


def serve(server: Server) -> None:
    """Serve; say so when the learner has not come so far yet."""
    try:
        server.serve_forever()
    except NotImplementedError as hole:
        print("a request came, but nobody reads it yet:", hole, flush=True)


def wait_for_interrupt() -> None:
    """Return at Ctrl-C or SIGTERM. (In short waits: on Windows a long one is deaf to Ctrl-C.)"""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            threading.Event().wait(0.5)
    except KeyboardInterrupt:
        print("stopping", flush=True)


if __name__ == "__main__":
    main()
