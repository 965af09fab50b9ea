"""Connections that are held open and say nothing after one request.

Apart because two benchmarks hold them: what an idle one costs, and whether many make the active
ones dearer. The rule: each has had a whole answer before it counts as idle.
"""

import socket
from types import TracebackType
from typing import Self

from benchmarks.wrk import Failed

REQUEST = b"GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n"
SPARE = 1000  # descriptors for everything else


def make_room(count: int) -> None:
    """Raise this process's limit of open files; the servers inherit it."""
    import resource  # Windows has none, and the tests of the pure parts run there too

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count + SPARE:
        raise SystemExit(f"{count + SPARE} open files are needed, `ulimit -Hn` says {hard}.")
    if soft < count + SPARE:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count + SPARE, hard))


class Held:
    """Idle keep-alive connections to a server. Use it with ``with``."""

    def __init__(self, port: int, timeout: float = 10.0) -> None:
        self.port = port
        self.timeout = timeout  # seconds that each may wait for its answer
        self.connections: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self.connections:
            connection.close()

    def grow(self, count: int) -> None:
        """Open more until there are so many."""
        while len(self.connections) < count:
            connection = socket.create_connection(("127.0.0.1", self.port), self.timeout)
            self.connections.append(connection)
            connection.sendall(REQUEST)
            answer = connection.recv(4096)
            while b"\r\n\r\n" not in answer or not answer.endswith(b"Hello, World!"):
                more = connection.recv(4096)
                if not more:
                    raise Failed(f"connection {len(self.connections)} was answered {answer!r}")
                answer += more

    def lost(self) -> int:
        """How many the server has closed meanwhile."""
        return sum(map(is_closed, self.connections))


def is_closed(connection: socket.socket) -> bool:
    """Whether the peer has closed it: then it has an end to read."""
    connection.setblocking(False)
    try:
        return not connection.recv(1)
    except BlockingIOError:
        return False
    except OSError:
        return True
