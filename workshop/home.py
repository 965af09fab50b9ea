"""The book on loopback: a small static server, and the build that fills it.

Apart from the command so that it can be tested. The rule: the address answers at once. While there
is no book yet, it says so and looks again by itself; the build runs in a process of its own, and a
failed one leaves the book that was there.
"""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from workshop import ROOT

PORT = 8900  # not 8000: that is where `run` serves, while the book is open
NEWS = "book: "  # how a line of the build's output begins that the learner should see
WAITING = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="1"><title>Ground Up</title>
<style>:root{color-scheme:light dark}body{font:18px/1.6 system-ui,sans-serif;margin:20vh auto;
max-width:30em;padding:0 1em}</style>
<h1>The book is being built</h1>
<p>This page looks again every second. The first build takes about ten seconds.</p></html>"""


class BookHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files of the built site; says nothing in the terminal; nothing is cached."""

    protocol_version = "HTTP/1.1"
    extensions_map = {  # noqa: RUF012  (the base class declares it so)
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".js": "text/javascript",  # on Windows the registry may say otherwise
        ".css": "text/css",
        ".svg": "image/svg+xml",
    }

    def do_GET(self) -> None:
        """Serve a file, or the waiting page as long as there is no book."""
        if Path(self.directory, "index.html").is_file():
            super().do_GET()
            return
        page = WAITING.encode()
        self.send_response(503)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def end_headers(self) -> None:
        """A rebuilt page is seen at the next reload."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the terminal for the learner."""


class BookServer(http.server.ThreadingHTTPServer):
    """Refuses a port that is taken: Windows would share it with whoever has it."""

    allow_reuse_address = os.name != "nt"
    daemon_threads = True


def serve(site: Path, port: int = PORT) -> BookServer:
    """A server of this folder in threads of its own, on ``port`` or, where that is taken, any."""
    handler = functools.partial(BookHandler, directory=str(site))
    try:
        server = BookServer(("127.0.0.1", port), handler)
    except OSError:
        server = BookServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def address(server: BookServer) -> str:
    """What to type into the browser."""
    return f"http://127.0.0.1:{server.server_port}/"


def start_build(root: Path = ROOT) -> subprocess.Popen[str]:
    """Build the book in the background: first the chapters, then the labs."""
    return subprocess.Popen(
        [sys.executable, str(root / "workshop"), "book", "--home"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=root,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def news(build: subprocess.Popen[str], root: Path = ROOT) -> Iterator[str]:
    """What the build has reached, as it reaches it; all it says goes to ``.workshop/book.log``."""
    assert build.stdout is not None
    log = root / ".workshop" / "book.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        for line in build.stdout:
            output.write(line)
            output.flush()
            if line.startswith(NEWS):
                yield line.removeprefix(NEWS).strip()
