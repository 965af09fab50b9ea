"""A naive guest book, standing alone: how forms and cookies are first written by everybody.

1. A form is taken apart line by line, and what is left is kept for the next line. 2. A form has as
many fields as it has. 3. A cookie is a text with a name in front. It serves the paths of `demo.py`;
`attack.py` shows what each idea costs.
"""

import argparse
import socket
import threading
from urllib.parse import parse_qs, unquote

MOST_BODY = 1 << 20


def read_multipart(boundary: bytes, body: bytes) -> tuple[dict[bytes, list[bytes]], int]:
    """The parts of a form by the first line of their heads, and how many bytes they hold."""
    parts: dict[bytes, list[bytes]] = {}
    here: list[bytes] = []
    rest = body
    while b"\r\n" in rest:
        line, _, rest = rest.partition(b"\r\n")  # `rest` is copied, once for each line
        if line.startswith(b"--" + boundary):
            here = []
        elif not here:
            here = parts.setdefault(line, [])
        else:
            here.append(line)
    return parts, sum(len(line) for lines in parts.values() for line in lines)


def sign(head: str, body: bytes) -> str:
    """How many fields the form had."""
    if "boundary=" in head:
        boundary = head.partition("boundary=")[2].partition("\r\n")[0]
        parts, size = read_multipart(boundary.encode(), body)
        return f'{{"fields": {len(parts)}, "bytes": {size}}}'
    fields: dict[str, list[str]] = {}
    for piece in body.decode().split("&"):
        name, _, value = piece.partition("=")
        fields.setdefault(unquote(name), []).append(unquote(value))
    return f'{{"fields": {sum(map(len, fields.values()))}}}'


def hello(target: str) -> str:
    """The head that sets a cookie."""
    name = parse_qs(target.partition("?")[2])["name"][0]
    return f"Set-Cookie: name={name}; Path=/; HttpOnly; SameSite=Lax\r\n"


def serve(client: socket.socket) -> None:
    """One request, one answer."""
    with client:
        try:
            data = b""
            while b"\r\n\r\n" not in data:
                data += (more := client.recv(65536))
                if not more:
                    return
            raw, _, body = data.partition(b"\r\n\r\n")
            head = raw.decode("latin-1") + "\r\n"
            length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0] or 0)
            while len(body) < min(length, MOST_BODY):
                body += client.recv(65536)
            target = head.split(" ")[1]
            fields = hello(target) if target.startswith("/hello") else ""
            text = sign(head, body) if target == "/sign" else "hello"
            answer = f"HTTP/1.1 200 OK\r\n{fields}Content-Length: {len(text)}\r\n"
            client.sendall(f"{answer}Connection: close\r\n\r\n{text}".encode())
        except (OSError, IndexError, KeyError, ValueError):
            return


def main() -> None:
    """A thread for each client."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.host, options.port))
        listener.listen(128)
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    main()
