"""A naive threaded server, standing alone: what a first afternoon with threads gives.

1. A pool of four threads takes connections from a queue. 2. The queue has no bound: nobody is ever
turned away. 3. A thread stays with its client until that leaves. 4. Visits are counted in a plain
variable, for Python has a GIL. Each sounds right; `attack.py` shows what becomes of it. It serves
the pages of `demo.py` that the attacks need.
"""

import argparse
import queue
import socket
import threading
import time

WORKERS = 4

clients: queue.Queue[socket.socket] = queue.Queue()
visits = 0


def answer(path: str) -> str:
    """What is at this path."""
    global visits
    if path.startswith("/wait/"):
        time.sleep(min(float(path.removeprefix("/wait/")), 5.0))
        return "waited\n"
    if path == "/numbers":
        return f'{{"begun":{visits}}}'
    seen = visits
    time.sleep(0.001)  # looks the visitor up somewhere, as a real shop would
    visits = seen + 1
    return "welcome\n"


def serve_client(client: socket.socket) -> None:
    """Answer request after request, until this client leaves."""
    with client, client.makefile("rb") as lines:
        while request_line := lines.readline():
            while lines.readline() not in (b"\r\n", b""):
                pass
            body = answer(request_line.split()[1].decode()).encode()
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


def work() -> None:
    """One thread's life: client after client."""
    while True:
        try:
            serve_client(clients.get())
        except Exception as error:  # a client that has gone, or nonsense
            print(error)


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    for _ in range(WORKERS):
        threading.Thread(target=work, daemon=True).start()
    with socket.create_server((options.host, options.port), backlog=128) as listener:
        host, port = listener.getsockname()[:2]
        print(f"listening on {host}:{port}", flush=True)
        while True:
            clients.put(listener.accept()[0])


if __name__ == "__main__":
    main()
