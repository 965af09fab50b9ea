"""The second attempt: it reads until the line has ended. It believes that every line ends.

It stands alone (no groundup): `python steps/01_echo_socket/naive_endless.py`. The split line
is whole now. But how much it keeps of a line is for the client to say.
"""

import argparse
import socket


def serve_client(client: socket.socket) -> None:
    """Answer each line with the same line."""
    while True:
        line = b""
        while not line.endswith(b"\n"):
            data = client.recv(65536)
            if not data:
                return
            line += data
        client.sendall(line)


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
