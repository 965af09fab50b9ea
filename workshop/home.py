"""The book on loopback: served by the finished framework, and built in the background.

Apart from the command so that it can be tested. The rule: the address answers at once. While there
is no book yet, it says so and looks again by itself; the build runs in a process of its own, and a
failed one leaves the book that was there.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workshop import ROOT
from workshop.layout import Layout
from workshop.live import framework
from workshop.live.board import Board
from workshop.live.hub import Hub
from workshop.live.runner import Runner

HOST = "127.0.0.1"  # and no option: nobody outside this machine has any business here
PORT = 8900  # not 8000: that is where `run` serves, while the book is open
NEWS = "book: "  # how a line of the build's output begins that the learner should see


class BookServer:
    """The engine in a thread of its own, and the threads that run the tests."""

    def __init__(self, engine: Any, runner: Runner) -> None:
        self.server_address: tuple[str, int] = engine.address
        self._engine, self._runner = engine, runner
        self._thread = threading.Thread(target=engine.serve_forever, name="book", daemon=True)
        self._thread.start()
        runner.start()

    @property
    def server_port(self) -> int:
        """The port it listens on."""
        return self.server_address[1]

    def shutdown(self) -> None:
        """Stop, and wait until everything of it has ended."""
        self._engine.stop()
        self._runner.stop()
        self._thread.join()


def serve(site: Path, port: int = PORT, layout: Layout | None = None, **often: float) -> BookServer:
    """Serve this folder on ``port`` or, where that is taken, any; watch the learner's files.

    ``often``: the runner's ``every``, ``quiet`` and ``longest``, in seconds.
    """
    framework.load()
    from groundup import ListenError, Timeouts, listen  # late: only now does the name mean 09
    from groundup.engines.protocol import ProtocolServer
    from workshop.live.site import Site

    hub = Hub()
    board = Board(layout or Layout(), hub.publish)
    try:
        listener = listen(HOST, port)
    except ListenError:
        listener = listen(HOST, 0)
    handle = Site(site, board, hub).handle
    engine = ProtocolServer(listener, handle, executor=8, timeouts=Timeouts(graceful=1.0))
    return BookServer(engine, Runner(board, **often))


def address(server: BookServer) -> str:
    """What to type into the browser."""
    return f"http://{HOST}:{server.server_port}/"


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
