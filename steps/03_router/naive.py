"""A naive router, standing alone: the first three ideas everybody has about paths.

1. Routes are regular expressions, tried one after the other. 2. A guard in front looks at the
path as it came. 3. Whoever needs a path decodes it, to be on the safe side. Each sounds right;
`attack.py` shows what the three make together. It serves the shop of `demo.py`.
"""

import argparse
import re
import socket
import tempfile
from pathlib import Path
from urllib.parse import unquote

USERS = {1: "ada", 2: "grace", 42: "douglas"}
Answer = tuple[str, str]


def user(folder: Path, id: str) -> Answer:
    """A user by number."""
    number = int(id)
    return ("200 OK", USERS[number]) if number in USERS else ("404 Not Found", "no such user")


def file(folder: Path, name: str) -> Answer:
    """A file of the folder `public`."""
    wanted = folder / "public" / unquote(name)  # "to be on the safe side"
    if wanted.is_file():
        return "200 OK", wanted.read_text(encoding="utf-8")
    return "404 Not Found", "no such file"


def admin(folder: Path, page: str) -> Answer:
    """For the shopkeeper: the guard in front has looked at who comes in."""
    return "200 OK", f"the keys of the shop, page {page}"


ROUTES = [
    (r"/users/(\d+)$", user),
    (r"/files/(.+)$", file),
    (r"/admin.(.+)$", admin),  # "." for "/", and it works with every test
]


def guarded(path: str, authorized: bool) -> bool:
    """Whether this request may not come in."""
    if path.startswith("/admin/") and not authorized:
        return True
    return ".." in unquote(path)  # nobody climbs out of the folder


def answer(folder: Path, head: str) -> Answer:
    """Guard, then route."""
    target = head.split(" ", 2)[1]
    path = target.partition("?")[0]
    if guarded(path, "let-me-in" in head):
        return "403 Forbidden", "for the shopkeeper only"
    for pattern, handler in ROUTES:
        found = re.match(pattern, unquote(path))
        if found:
            return handler(folder, found[1])
    return "404 Not Found", "no such page"


def serve(listener: socket.socket, folder: Path) -> None:
    """One request a connection, one connection at a time, for ever."""
    while True:
        client, _ = listener.accept()
        with client:
            head = client.recv(65536).decode("latin-1")
            try:
                status, body = answer(folder, head)
            except Exception as error:
                status, body = "500 Internal Server Error", repr(error)
            fields = f"Content-Length: {len(body.encode())}\r\nConnection: close"
            client.sendall(f"HTTP/1.1 {status}\r\n{fields}\r\n\r\n{body}".encode())


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        socket.create_server((options.host, options.port)) as listener,
    ):
        folder = Path(name)
        (folder / "public").mkdir()
        (folder / "public" / "read me.txt").write_text("Read by everybody.\n", encoding="utf-8")
        (folder / "keys.txt").write_text("the keys of the shop\n", encoding="utf-8")
        host, port = listener.getsockname()[:2]
        print(f"listening on {host}:{port}", flush=True)
        serve(listener, folder)


if __name__ == "__main__":
    main()
