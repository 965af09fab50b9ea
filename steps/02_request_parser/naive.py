"""The HTTP server that everybody writes first: it is lenient, because that looks friendly.

It stands alone (no groundup): `python steps/02_request_parser/naive.py`. Browsers and curl are
happy with it. Its mistakes are all of one kind: where a request could be read in two ways it picks
one, and where a request is too large it goes on reading.
"""

import argparse
import socket


class NaiveConnection:
    """Reads requests from a socket and answers them."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.data = b""

    def serve(self) -> None:
        """Answer request after request."""
        while True:
            while b"\r\n\r\n" not in self.data:  # no limit, and from the start each time
                if not self.receive():
                    return
            head, self.data = self.data.split(b"\r\n\r\n", 1)
            method, target, fields = self.parse(head.decode("latin-1"))
            body = self.read_body(fields)
            self.client.sendall(answer(method, target, body))

    def parse(self, head: str) -> tuple[str, str, dict[str, str]]:
        """Split at whitespace and colons; a repeated field replaces the one before."""
        lines = head.splitlines()
        method, target = lines[0].split()[:2]
        fields = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            fields[name.strip().lower()] = value.strip()
        return method, target, fields

    def read_body(self, fields: dict[str, str]) -> bytes:
        """Transfer-Encoding wins over Content-Length: RFC 9112 allows it, and that is enough."""
        if "chunked" in fields.get("transfer-encoding", ""):
            return self.read_chunks()
        return self.read_exactly(int(fields.get("content-length", 0)))

    def read_chunks(self) -> bytes:
        """Size, data, CRLF, until size 0."""
        body = b""
        while size := int(self.read_line(), 16):
            body += self.read_exactly(size)
            self.read_exactly(2)
        while self.read_line().strip():
            pass
        return body

    def read_line(self) -> bytes:
        """A line, with its end."""
        while b"\n" not in self.data:
            if not self.receive():
                return b""
        line, self.data = self.data.split(b"\n", 1)
        return line

    def read_exactly(self, size: int) -> bytes:
        """So many bytes."""
        while len(self.data) < size:
            if not self.receive():
                break
        taken, self.data = self.data[:size], self.data[size:]
        return taken

    def receive(self) -> bool:
        """More bytes; False when the client has gone."""
        more = self.client.recv(65536)
        self.data += more
        return bool(more)


def answer(method: str, target: str, body: bytes) -> bytes:
    """The same pages that the demonstration server has."""
    if target == "/admin":
        text = "the admin page: keys, passwords, secrets\n"
    else:
        text = f"{method} {target}\nwith a body of {len(body)} bytes\n"
    fields = f"Content-Type: text/plain\r\nContent-Length: {len(text)}\r\n"
    return f"HTTP/1.1 200 OK\r\n{fields}\r\n{text}".encode("latin-1")


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
            try:
                NaiveConnection(client).serve()
            except (OSError, ValueError, IndexError) as error:
                print("lost a client:", error, flush=True)


if __name__ == "__main__":
    main()
