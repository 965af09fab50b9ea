"""The echo server that everybody writes first. It works, until the network is a network.

It stands alone (no groundup): `python steps/01_echo_socket/naive.py`. Its mistake is one line
long: it takes what one `recv` returned for what one `send` sent.
"""

import argparse
import socket


def serve_client(client: socket.socket) -> None:
    """Answer each line with the same line."""
    while True:
        line = client.recv(1024).decode(errors="replace").strip()
        if not line:
            return
        client.send(line.encode() + b"\n")


def main() -> None:
    """Serve one client after another."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    listener = socket.create_server((options.host, options.port))
    host, port = listener.getsockname()[:2]
    print(f"listening on {host}:{port}", flush=True)
    while True:
        client, _ = listener.accept()
        with client:
            serve_client(client)


if __name__ == "__main__":
    main()
