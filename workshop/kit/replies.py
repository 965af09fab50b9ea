"""Read one HTTP response from bytes, with a parser that owes nothing to the learner's.

Apart from the client so that it stays small. Rule: it is strict about what the
framing needs (status line, lengths, chunks), and fails the test in words where
a response breaks it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workshop.kit.caret import show
from workshop.kit.verdicts import Wrong


@dataclass(frozen=True)
class Reply:
    """A response as it came: `headers` are (name, value) pairs, names as sent."""

    status_code: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes
    raw: bytes
    version: str = "1.1"

    def header(self, name: str) -> str | None:
        """The first field of that name, whatever its case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class _Reading:
    """A cursor on the client's buffer; asks for more bytes when it needs them."""

    def __init__(self, buffer: bytearray, fill: Callable[[], bool], name: str) -> None:
        self.buffer, self.fill, self.name = buffer, fill, name
        self.place = 0

    def line(self) -> bytes:
        while (end := self.buffer.find(b"\r\n", self.place)) < 0:
            self._more("a whole response")
        line = bytes(self.buffer[self.place : end])
        self.place = end + 2
        return line

    def exactly(self, count: int) -> bytes:
        while len(self.buffer) < self.place + count:
            self._more(f"a body of {count} bytes")
        data = bytes(self.buffer[self.place : self.place + count])
        self.place += count
        return data

    def rest(self) -> bytes:
        while self.fill():
            pass
        return self.exactly(len(self.buffer) - self.place)

    def _more(self, want: str) -> None:
        if not self.fill():
            got = f"{self.name}  {show(bytes(self.buffer))}, then the end"
            raise Wrong(f"{want} for {self.name}", got, section="RFC 9112 §6.3")


def parse_reply(
    buffer: bytearray, fill: Callable[[], bool], method: str, name: str
) -> tuple[Reply, int]:
    """(response, number of bytes in the buffer that lie behind it)."""
    reading = _Reading(buffer, fill, name)
    version, status, reason = _status_line(reading.line(), name)
    headers = _fields(reading, name)
    body = _body(reading, status, headers, method)
    raw = bytes(buffer[: reading.place])
    return Reply(status, reason, headers, body, raw, version), len(buffer) - reading.place


def _status_line(line: bytes, name: str) -> tuple[str, int, str]:
    protocol, _, rest = line.decode("latin-1").partition(" ")
    code, _, reason = rest.partition(" ")
    if protocol not in ("HTTP/1.0", "HTTP/1.1") or len(code) != 3 or not code.isdigit():
        want = f'{name} gets a status line like b"HTTP/1.1 200 OK"'
        raise Wrong(want, f"{name}  {show(line)}", section="RFC 9112 §4")
    return protocol[5:], int(code), reason


def _fields(reading: _Reading, name: str) -> list[tuple[str, str]]:
    pairs = []
    while line := reading.line():
        key, colon, value = line.decode("latin-1").partition(":")
        if not colon or not key or key != key.strip():
            want = f'{name} gets field lines like b"name: value"'
            raise Wrong(want, f"{name}  {show(line)}", section="RFC 9112 §5")
        pairs.append((key, value.strip()))
    return pairs


def _body(reading: _Reading, status: int, headers: list[tuple[str, str]], method: str) -> bytes:
    named = {key.lower(): value for key, value in headers}
    if method == "HEAD" or status < 200 or status in (204, 304):
        return b""
    if named.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(reading)
    if "content-length" in named:
        return reading.exactly(_number(named["content-length"], 10, "a Content-Length", reading))
    return reading.rest()


def _size(reading: _Reading) -> str:
    return reading.line().partition(b";")[0].decode("latin-1")


def _number(text: str, base: int, what: str, reading: _Reading) -> int:
    try:
        return int(text, base)
    except ValueError:
        want = f"{what} of digits for {reading.name}"
        got = f"{reading.name}  {show(text.encode('latin-1'))}"
        raise Wrong(want, got, section="RFC 9112 §6") from None


def _chunks(reading: _Reading) -> bytes:
    body = b""
    while size := _number(_size(reading), 16, "a chunk size", reading):
        body += reading.exactly(size)
        reading.line()
    while reading.line():
        pass
    return body
