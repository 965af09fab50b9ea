"""A naive answer to slow clients, standing alone: one line, `settimeout`, and all seems well.

Whoever is silent for a second is thrown out, and every test with a silent client passes. But the
second is counted for each `recv`; `attack.py` shows what that is worth.
"""

import argparse
import re
import socket
from contextlib import suppress

PATIENCE = 1.0  # seconds
PAGE = b"It works.\n"


def read_request(client: socket.socket) -> bytes:
    """A head and its body; b"" when the client has left."""
    client.settimeout(PATIENCE)  # whoever is silent for longer is thrown out
    data = b""
    while b"\r\n\r\n" not in data:
        piece = client.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    announced = re.search(rb"(?i)content-length: (\d+)", head)
    while announced and len(body) < int(announced[1]):
        piece = client.recv(65536)
        if not piece:
            return b""
        body += piece
    return data


def serve(listener: socket.socket) -> None:
    """One request a connection, one connection at a time, for ever."""
    while True:
        client, _ = listener.accept()
        with client, suppress(OSError):
            if read_request(client):
                fields = b"Content-Length: %d\r\nConnection: close" % len(PAGE)
                client.sendall(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n\r\n" + PAGE)


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with socket.create_server((options.host, options.port)) as listener:
        host, port = listener.getsockname()[:2]
        print(f"listening on {host}:{port}", flush=True)
        serve(listener)


if __name__ == "__main__":
    main()
