"""A server of the comparison: started, waited for, checked, stopped.

Apart from the table of servers (rows.py) because this half is the same for all of them. The rule:
no server outlives the benchmark, and none is measured that has not given the right answer twice on
one connection.
"""

import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from http.client import HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks import traffic
from benchmarks.rows import APPS, ROOT, Row
from benchmarks.subject import TREE
from benchmarks.wrk import Failed, pinned

PATIENCE = 30.0  # seconds until a server must listen


class Running:
    """A server process that listens. Use it with ``with``."""

    def __init__(
        self, row: Row, program: str | Path, cores: set[int], *more: str, port: int = 0
    ) -> None:
        self.row = row
        self.port = port or free_port()
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - stop() closes it
        command = [str(program), *(part.format(port=self.port) for part in row.command), *more]
        self.process = subprocess.Popen(
            pinned(cores, *command),
            cwd=APPS,
            env=environment(row),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process at the top of the server's tree."""
        return self.process.pid

    def wait(self) -> None:
        """Until it accepts, or has died, or takes too long."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise Failed(f"does not start: {self.said()}")

    def said(self) -> str:
        """The last line of its output."""
        self.log.seek(0)
        said = self.log.read().decode(errors="replace").replace(str(ROOT), ".")
        return said.strip().rpartition("\n")[2] or "it said nothing"

    def check(self, cases: Sequence[traffic.Case]) -> None:
        """Raise unless each case is answered rightly, twice; on one connection, if it is kept."""
        for case in cases:
            connection = None
            for number in (1, 2):
                connection = connection or self.connect()
                connection.sendall(case.request(number, self.port))
                answer = HTTPResponse(connection, method=case.method)
                answer.begin()
                problem = traffic.wrong(case, answer, dated=self.row.kind == "groundup")
                if problem:
                    raise Failed(problem)
                if answer.will_close:
                    connection.close()
                    connection = None
            if connection is not None:
                connection.close()

    def connect(self) -> socket.socket:
        """A new connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def stop(self) -> None:
        """End the whole group: kindly, then not."""
        for number, patience in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
        self.log.close()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(row: Row) -> dict[str, str]:
    """Ours without what would change what Python imports; groundup's package for its own rows."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "WORKSHOP_"))}
    return {**kept, "PYTHONPATH": str(TREE)} if row.kind == "groundup" else kept
