"""One client's socket for a thread that may wait: each wait has an end.

Apart from what is said over it because nothing here knows HTTP. The socket itself never blocks:
whoever wants to wait says until when, and waits here. The rule: a deadline is a moment, not a
span for each call, so bytes that trickle in do not move it; only a reader that takes what we send
gets a new one.
"""

from __future__ import annotations

import os
import selectors
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from groundup.engines.common import RECV_SIZE
from groundup.files import FilePart
from groundup.net import Waker
from groundup.streaming import ClientLeft
from groundup.timeouts import NEVER, Timeouts, after

NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
AT_ONCE = 1 << 23  # bytes asked of one sendfile; the socket takes what it has room for
SHORTER = "the file has become shorter while it was sent"
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Waiting = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""A selector for one wait: it needs no descriptor of its own where there is `poll`."""


class Lost(ClientLeft):
    """The client is gone, or takes nothing any more: there is nobody left to answer."""


def accepted(sock: socket.socket, ssl_context: ssl.SSLContext | None = None) -> socket.socket:
    """A client's socket made ready: it never blocks, and never keeps back what was sent."""
    try:
        sock.setblocking(False)
        if sock.family != getattr(socket, "AF_UNIX", None):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if ssl_context is None:
            return sock
        return ssl_context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
    except OSError as error:
        sock.close()
        raise Lost(str(error)) from error


class Wire:
    """A socket that does not block, and a clock. What fails for good is Lost.

    `waker`: a wait for bytes also ends when it is woken; once, then it is None.
    `cutoff`: no wait goes on after it, whoever sets it.
    """

    __slots__ = ("_clock", "_timeouts", "cutoff", "sock", "tls", "waker")

    def __init__(
        self,
        sock: socket.socket,
        timeouts: Timeouts,
        clock: Callable[[], float],
        waker: Waker | None = None,
    ) -> None:
        self.sock = sock
        self.tls = isinstance(sock, ssl.SSLSocket)
        self.waker = waker
        self.cutoff = NEVER
        self._timeouts = timeouts
        self._clock = clock

    def receive_now(self) -> bytes | None:
        """What is here, b"" at the end of it, None where there is nothing yet."""
        try:
            return self.sock.recv(RECV_SIZE)
        except NOT_NOW:
            return None
        except OSError as error:
            raise Lost(str(error)) from error

    def receive(self, deadline: float) -> bytes | None:
        """The next bytes, b"" at their end; None when woken. TimeoutError after the deadline."""
        while (data := self.receive_now()) is None:
            if self._wait(READ, deadline):
                self.waker = None
                return None
        return data

    def send(self, data: bytes) -> None:
        """Send it all, at the pace of a peer that takes something every `write` seconds."""
        sent = self._send_some(data)
        if sent == len(data):
            return
        rest = memoryview(data)[sent:]
        deadline = after(self._timeouts.write, self._clock())
        while rest:
            self._wait_for_room(deadline)
            if sent := self._send_some(rest):
                rest = rest[sent:]
                deadline = after(self._timeouts.write, self._clock())

    def send_now(self, data: bytes) -> bool:
        """Send it without waiting; False if the peer does not take it all."""
        return self._send_some(data) == len(data)

    @property
    def has_sendfile(self) -> bool:
        """Whether the kernel can send a file into this socket: not under TLS."""
        return not self.tls and hasattr(os, "sendfile")

    def send_file(self, part: FilePart) -> None:
        """Send a part of a file by the kernel. OSError when the file has become shorter."""
        offset, left = part.offset, part.count
        deadline = after(self._timeouts.write, self._clock())
        while left:
            try:
                sent = self._send_of_file(part.file.fileno(), offset, left)
            except BlockingIOError:
                self._wait_for_room(deadline)
                continue
            if sent == 0:
                raise OSError(SHORTER)
            offset, left = offset + sent, left - sent
            deadline = after(self._timeouts.write, self._clock())

    def handshake_now(self) -> bool:
        """Go on with a TLS handshake; True when it is done. OSError when it failed."""
        assert isinstance(self.sock, ssl.SSLSocket)
        try:
            self.sock.do_handshake()
        except NOT_NOW:
            return False
        except OSError as error:
            raise Lost(str(error)) from error
        return True

    def handshake(self, deadline: float) -> None:
        """All of it. TimeoutError after the deadline."""
        while not self.handshake_now():
            self._wait(READ, deadline)

    def end(self) -> None:
        """Say that no more will be sent; the peer's bytes still arrive, undecrypted ones."""
        with suppress(OSError, ValueError):
            if isinstance(self.sock, ssl.SSLSocket):
                self.sock.unwrap()  # close_notify goes out; nobody waits for the peer's
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close in order: under TLS it is said, so that it cannot be taken for a cut."""
        if self.tls:
            self.end()
        self.sock.close()

    def reset(self) -> None:
        """Close so that the peer cannot take it for an orderly end."""
        with suppress(OSError):
            if self.sock.family != getattr(socket, "AF_UNIX", None):
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _send_some(self, data: Any) -> int:
        try:
            return self.sock.send(data)
        except NOT_NOW:
            return 0
        except OSError as error:
            raise Lost(str(error)) from error

    def _send_of_file(self, file: int, offset: int, size: int) -> int:
        try:
            return os.sendfile(self.sock.fileno(), file, offset, min(size, AT_ONCE))
        except (ConnectionError, TimeoutError) as error:
            raise Lost(str(error)) from error

    def _wait_for_room(self, deadline: float) -> None:
        try:
            self._wait(WRITE, deadline)
        except TimeoutError:
            raise Lost("the client takes nothing any more") from None

    def _wait(self, event: int, deadline: float) -> bool:
        """Until the socket is ready or the deadline has passed; True if it was the waker.

        The clock is looked at now and then, since it may be set (or be a test's).
        """
        with Waiting() as selector:
            selector.register(self.sock, event)
            if self.waker is not None and event == READ:
                selector.register(self.waker, READ)
            while (left := min(deadline, self.cutoff) - self._clock()) > 0:
                ready = selector.select(min(left, self._timeouts.granularity))
                if ready:
                    return any(key.fileobj is self.waker for key, _ in ready)
        raise TimeoutError("too late")
