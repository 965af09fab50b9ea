"""Clients that ask without end, over kept and over fresh connections, until nobody answers.

Apart because several tests end a server under load and want to know what its clients saw. Rule:
each request has a name of its own, and each ends in exactly one of these lists.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

from program import ask, connect, eventually, response


class Hammer:
    """`answered`, `cut` (part of an answer came), `unread` (none did), each with names."""

    def __init__(self, address: Any, *, kept: int = 6, fresh: int = 3) -> None:
        self.address = address
        self.answered: list[str] = []
        self.cut: list[str] = []
        self.unread: list[tuple[str, str]] = []
        self.ending = threading.Event()
        self._names = itertools.count()
        self._threads = [threading.Thread(target=self._keep, daemon=True) for _ in range(kept)]
        self._threads += [threading.Thread(target=self._renew, daemon=True) for _ in range(fresh)]
        for thread in self._threads:
            thread.start()

    def until_answered(self, count: int) -> None:
        """Wait for so many more answers."""
        wanted = len(self.answered) + count
        eventually(lambda: len(self.answered) >= wanted)

    def join(self) -> None:
        """Wait for the clients: each ends when nobody listens any more, or at `ending`."""
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), "a client still waits"

    def _renew(self) -> None:
        while not self.ending.is_set():
            try:
                sock = connect(self.address)
            except OSError:
                return
            with sock:
                self._one(sock)

    def _keep(self) -> None:
        while not self.ending.is_set():
            try:
                sock = connect(self.address)
            except OSError:
                return
            with sock:
                while not self.ending.is_set() and self._one(sock):
                    pass

    def _one(self, sock: Any) -> bool:
        name = str(next(self._names))
        first = b""
        try:
            ask(sock, f"/begin/{name}")
            first = sock.recv(1)
            if not first:
                raise ConnectionAbortedError("a clean end")
            status, fields, body = response(Ahead(first, sock))
        except OSError as error:
            if first:
                self.cut.append(name)
            else:
                self.unread.append((name, type(error).__name__))
            return False
        assert (status, body) == (200, name.encode())
        self.answered.append(name)
        return fields.get(b"connection") != b"close"


class Ahead:
    """A socket of which a byte was read already."""

    def __init__(self, first: bytes, sock: Any) -> None:
        self._first, self._sock = first, sock

    def recv(self, size: int) -> bytes:
        first, self._first = self._first, b""
        return first or self._sock.recv(size)
