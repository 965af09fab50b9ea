"""The built book, a server for it and a browser: made once for all tests of this folder."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workshop import ROOT
from workshop.book.screenshots import FLAGS, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Builds the book in a process that may not leave this machine.
OFFLINE = """
import sys
LOCAL = ("127.", "::1", "localhost", "0.0.0.0")
def refuse(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        if not str(args[1][0]).startswith(LOCAL):
            raise RuntimeError(f"the build wants the network: {args[1]}")
    if event == "socket.getaddrinfo" and args[0] and not str(args[0]).startswith(LOCAL):
        raise RuntimeError(f"the build asks for the host {args[0]}")
sys.addaudithook(refuse)
from pathlib import Path
from workshop import Problem
from workshop.book.build import build
try:
    build(strict=True, site=Path(sys.argv[1]))
except Problem as problem:
    sys.exit(str(problem))
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The strict book, built without the network."""
    out = tmp_path_factory.mktemp("book") / "site"
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(out)],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, f"the book does not build:\n{done.stdout}\n{done.stderr}"
    return out


@pytest.fixture(scope="session")
def pages(site: Path) -> list[str]:
    """The site's pages, as addresses below its root."""
    found = [path.relative_to(site).as_posix() for path in sorted(site.rglob("*.html"))]
    return [name for name in found if name != "404.html"]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and keeps quiet."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def base(site: Path) -> Iterator[str]:
    """The book's address on loopback."""
    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """A real Chromium; without one on this machine, these tests are skipped."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield chromium
        chromium.close()
