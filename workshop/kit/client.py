"""A raw client: it sends exactly these bytes, and tells who said what.

Apart from the server's side because it knows nothing of the framework. Rule: every
wait has an end. The end is a guard against hanging, never a measurement, and lies
past the moment at which the watchdog calls the test hung.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from dataclasses import dataclass

from workshop.kit.caret import show
from workshop.kit.recording import current, did
from workshop.kit.replies import Reply, parse_reply
from workshop.kit.verdicts import Wrong

GUARD = 30.0  # seconds; the watchdog comes first
CHUNK = 65536
LINGER_ZERO = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # close = RST

Address = tuple[str, int] | tuple[str, int, int, int]


class Client:
    """One connection. `recv_*` fail the test when they do not get what they wait for."""

    def __init__(self, address: Address, name: str | None = None) -> None:
        record = current()
        self.name = name or record.next_client()
        self.address = address
        self.transcript: list[tuple[str, bytes]] = []
        self._buffer = bytearray()
        self._ended = ""  # how the peer's side ended, in words
        self._socket = _connected(address, self.name)
        record.opened(self)
        did(f"connect {self.name}")

    def send(self, *segments: bytes) -> None:
        """Send each segment on its own (Nagle is off, so each may arrive on its own)."""
        self.transcript += [(self.name, segment) for segment in segments]
        did(_Sent(self.name, segments))
        for segment in segments:
            current().heard(f"{self.name} → server", segment)
            try:
                self._socket.sendall(segment)
            except (ConnectionError, TimeoutError) as error:
                self._fail_to_send(segment, error)

    def recv_exactly(self, count: int) -> bytes:
        """Exactly `count` bytes."""
        while len(self._buffer) < count:
            if not self._fill():
                raise self._cut_short(f"{count} bytes for {self.name}")
        return self._take(count)

    def recv_until(self, marker: bytes) -> bytes:
        """Everything up to and with `marker`."""
        while (place := self._buffer.find(marker)) < 0:
            if not self._fill():
                raise self._cut_short(f"{self.name} gets {show(marker)}")
        return self._take(place + len(marker))

    def recv_all(self) -> bytes:
        """Everything until the server closes its side."""
        while self._fill():
            pass
        if self._ended == "reset":
            raise self._cut_short(f"the server closes {self.name} in order")
        return self._take(len(self._buffer))

    def read_response(self, method: str = "GET") -> Reply:
        """One HTTP response; `method="HEAD"` says that it has no body."""
        reply, rest = parse_reply(self._buffer, self._fill, method, self.name)
        del self._buffer[: len(self._buffer) - rest]
        return reply

    def expect_closed(self) -> None:
        """The server closes this connection, and sends nothing more before it does."""
        rest = self.recv_all()
        if rest:
            raise Wrong(
                f"{self.name} is closed and gets nothing more", f"{self.name}  {show(rest)}"
            )

    @property
    def socket(self) -> socket.socket:
        """The socket itself, for what only a socket can do."""
        return self._socket

    def fileno(self) -> int:
        """So that `select` can wait for it."""
        return self._socket.fileno()

    def half_close(self) -> None:
        """Send our FIN: no more bytes will come from us; the answer can still be read."""
        did(f"{self.name} closes its sending side")
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Cut the connection with an RST, as a crashing peer does."""
        did(f"{self.name} resets the connection")
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        self._socket.close()

    def close(self) -> None:
        """Close both sides; may be called twice."""
        if self._socket.fileno() >= 0:
            did(f"{self.name} closes")
            self._socket.close()

    def abandon(self) -> None:
        """Wake whoever waits on this socket, from any thread; `close` frees it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if sys.platform == "win32":  # there, only closing is sure to wake
            self._socket.close()

    def free(self) -> None:
        """Close it when the test is over, without a word."""
        self._socket.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fill(self) -> bool:
        """Wait for more bytes; False once the other side has ended."""
        try:
            data = self._socket.recv(CHUNK)
        except TimeoutError:
            raise self._cut_short(f"{self.name} is answered or closed") from None
        except ConnectionError:
            self._ended = "reset"
            return False
        if not data:
            self._ended = "closed"
            return False
        self.transcript.append(("server", data))
        current().heard(f"{self.name} ← server", data)
        self._buffer += data
        return True

    def _take(self, count: int) -> bytes:
        data = bytes(self._buffer[:count])
        del self._buffer[:count]
        return data

    def _cut_short(self, want: str) -> Wrong:
        ends = {"reset": "then a reset", "closed": "then the server closed", "": "then nothing"}
        return Wrong(want, f"{self.name}  {show(bytes(self._buffer))}, {ends[self._ended]}")

    def _fail_to_send(self, segment: bytes, error: OSError) -> None:
        raise Wrong(
            f"{self.name} can send {show(segment, 40)}",
            f"{self.name}  the server has closed the connection ({type(error).__name__})",
        ) from None


@dataclass(frozen=True)
class _Sent:
    """A step that becomes text when a failure is told."""

    name: str
    segments: tuple[bytes, ...]

    def __str__(self) -> str:
        count = len(self.segments)
        if count > 2 and all(len(segment) == 1 for segment in self.segments):
            return f"{self.name} sends byte by byte {show(b''.join(self.segments), 60)}"
        if count > 6:
            first, last = show(self.segments[0], 40), show(self.segments[-1], 40)
            return f"{self.name} sends {first}, … {count - 2} more segments …, then {last}"
        return f"{self.name} sends {', then '.join(show(each, 60) for each in self.segments)}"


def _connected(address: Address, name: str) -> socket.socket:
    if any(death.fatal for death in current().deaths):
        raise Wrong(f"{name} can connect", f"no connection for {name}: nobody serves any more")
    try:
        sock = socket.create_connection(address[:2], timeout=GUARD)
    except OSError as error:
        where = f"{address[0]}:{address[1]}"
        raise Wrong(f"{name} can connect to {where}", f"{type(error).__name__}: {error}") from error
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def connect(address: Address, name: str | None = None) -> Client:
    """A raw client, connected."""
    return Client(address, name)
