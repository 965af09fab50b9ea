"""A naive server of long things, standing alone: the three ideas that everybody has first.

1. An answer is a `bytes`, so a long one is a long `bytes`. 2. Whoever asks for a stream gets a
thread that makes it, and what it makes is queued. 3. A file is inside the folder if its path begins
with the folder's. It serves the paths of `demo.py`; `attack.py` shows what each idea costs.
"""

import argparse
import os
import queue
import socket
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import unquote

MIB = 1 << 20
alive: set[int] = set()


def big(mib: int) -> bytes:
    """So many MiB, made at once."""
    return b"x" * (mib * MIB)


def file(folder: Path, name: str) -> bytes | None:
    """A file of the folder `public`, which nobody leaves: the path is looked at first."""
    root = os.path.join(folder, "public")
    wanted = os.path.normpath(os.path.join(root, unquote(name)))
    if not wanted.startswith(root):  # "public-drafts" begins with "public", too
        return None
    return Path(wanted).read_bytes() if os.path.isfile(wanted) else None


def ticks(client: socket.socket) -> None:
    """A tick every 20 ms, for ever, by way of a queue, so that nobody waits for anybody."""
    made: queue.Queue[bytes] = queue.Queue()

    def make() -> None:
        alive.add(threading.get_ident())
        while True:
            made.put(b"5\r\ntick\n\r\n")
            time.sleep(0.02)

    threading.Thread(target=make, daemon=True).start()
    client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        client.sendall(made.get())  # when it fails, this thread ends; and the other one?


def serve(client: socket.socket, folder: Path) -> None:
    """One request, one answer."""
    with client:
        try:
            target = client.recv(65536).decode("latin-1").split(" ")[1]
            if target == "/slow":
                ticks(client)
            body = answer(target, folder)
            status = "404 Not Found" if body is None else "200 OK"
            body = body or b""
            head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            client.sendall(head.encode() + body)
        except (OSError, IndexError, ValueError):
            return


def answer(target: str, folder: Path) -> bytes | None:
    """The body for a path, or None."""
    if target.startswith("/big/"):
        return big(int(target[5:]))
    if target == "/open":
        return str(len(alive)).encode()
    if target.startswith("/static/"):
        return file(folder, target[8:])
    return b"the shop" if target == "/" else None


def main() -> None:
    """A thread for each client."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, socket.socket() as listener:
        folder = Path(name)
        for place, text in (("public", "Read by everybody.\n"), ("public-drafts", "KEYS\n")):
            (folder / place).mkdir()
            (folder / place / "read me.txt").write_text(text, encoding="utf-8")
        (folder / "keys.txt").write_text("KEYS of the shop\n", encoding="utf-8")
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.host, options.port))
        listener.listen(128)
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        while True:
            client, _ = listener.accept()
            threading.Thread(target=serve, args=(client, folder), daemon=True).start()


if __name__ == "__main__":
    main()
