"""A client that says exactly what a test wants, and reads exactly one answer at a time.

Apart because engines are tested by what goes over a socket, and by nothing else. Rule: every wait
has an end, and bytes that came behind an answer are kept for the next.
"""

from __future__ import annotations

import socket
import struct
from typing import Any, NamedTuple

PATIENCE = 10.0  # seconds: a machine may be slow, but not that slow


class Answer(NamedTuple):
    """One response as it came."""

    status: int
    fields: dict[str, str]
    body: bytes


class RawClient:
    """One connection: `with RawClient(address) as client`."""

    def __init__(self, address: Any, wrap: Any = None) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        if wrap is not None:
            self.socket = wrap(self.socket)
        self._rest = b""

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> RawClient:
        self.socket.sendall(data)
        return self

    def get(self, target: str = "/", *fields: str, method: str = "GET") -> RawClient:
        """Ask, and do not wait for the answer."""
        return self.send(request(target, *fields, method=method))

    def ask(self, target: str = "/", *fields: str, method: str = "GET") -> Answer:
        return self.get(target, *fields, method=method).answer(method)

    def post(self, target: str, body: bytes) -> Answer:
        self.send(request(target, f"Content-Length: {len(body)}", method="POST") + body)
        return self.answer()

    def answer(self, method: str = "GET") -> Answer:
        """The next response, an interim one too."""
        head = self.until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        fields = {name.lower(): value for name, _, value in pairs}
        status = int(first.split()[1])
        if method == "HEAD" or status < 200 or status in (204, 304):
            return Answer(status, fields, b"")
        if fields.get("transfer-encoding") == "chunked":
            return Answer(status, fields, self._chunks())
        if "content-length" in fields:
            return Answer(status, fields, self.take(int(fields["content-length"])))
        return Answer(status, fields, self.rest())

    def take(self, size: int) -> bytes:
        """So many bytes."""
        while len(self._rest) < size:
            self._more()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    def rest(self) -> bytes:
        """Everything up to the end of the stream; a reset is an error."""
        data, self._rest = self._rest, b""
        while more := self.socket.recv(65536):
            data += more
        return data

    @property
    def ended(self) -> bool:
        """The server closes in order, without another byte."""
        return self.rest() == b""

    def reset(self) -> None:
        """Leave in the rudest way."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            body += self.take(size)
            assert self.take(2) == b"\r\n"
        assert self.until(b"\r\n") == b"\r\n"
        return body

    def until(self, end: bytes) -> bytes:
        """Everything up to this, and this."""
        while end not in self._rest:
            self._more()
        return self.take(self._rest.index(end) + len(end))

    def _more(self) -> None:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"the server has closed; it had said {self._rest!r}")
        self._rest += data


def request(target: str = "/", *fields: str, method: str = "GET") -> bytes:
    """The bytes of a request; a body's are yours to add."""
    lines = (f"{method} {target} HTTP/1.1", "Host: a", *fields)
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()
