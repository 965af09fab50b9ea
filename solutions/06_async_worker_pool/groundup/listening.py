"""Where a server listens: a TCP port, a unix socket, a socket that somebody else has opened.

Apart from `net`, which opens a TCP port, because a server that is deployed is given its door in
other ways too. Rule kept, as there: an error that a person will read is one sentence.
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from groundup.net import REUSE_ADDRESS, ListenError, format_address, listen

BACKLOG = 1024  # clients that may wait, connected, before anyone accepts them


def server_address(listener: socket.socket) -> Any:
    """(host, port) of a listening socket; the path of a unix socket."""
    address = listener.getsockname()
    return address[:2] if isinstance(address, tuple) else address


def shown_address(address: Any) -> str:
    """An address as a person writes it: `127.0.0.1:8000`, `unix:/run/app.sock`."""
    return format_address(*address) if isinstance(address, tuple) else f"unix:{address}"


def listen_unix(path: str, *, backlog: int = BACKLOG, mode: int | None = None) -> socket.socket:
    """Return a unix socket that listens at `path`; one that nobody listens at is replaced.

    `mode` are its permissions, `0o660`. ListenError: something else is there, or somebody
    listens already, or this system has no unix sockets.
    """
    if not hasattr(socket, "AF_UNIX"):
        raise ListenError("this system has no unix sockets: give a host and a port")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _clear_stale(path)
        sock.bind(path)
        if mode is not None:
            os.chmod(path, mode)
        sock.listen(backlog)
    except OSError as error:
        sock.close()
        if isinstance(error, ListenError):
            raise
        raise ListenError(f"cannot listen at {path}: {error.strerror or error}") from error
    return sock


def _clear_stale(path: str) -> None:
    """Remove a socket that a server which is gone has left; ListenError if it is anything else."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise ListenError(f"cannot listen at {path}: something that is no socket is there")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
    raise ListenError(f"cannot listen at {path}: another server does")


def remove_unix(path: str) -> None:
    """Take a unix socket's name away again, if no successor listens there by now."""
    with suppress(OSError):
        _clear_stale(path)


def listen_shared(
    host: str, port: int, *, backlog: int = BACKLOG, reserve: bool = False
) -> socket.socket:
    """Like `net.listen`, on a port that other sockets of this user may share (SO_REUSEPORT).

    The kernel deals connections among them. One that is closed loses what waited for it.
    `reserve`: only take the port, for others to listen on; nobody connects to this one.
    """
    if not hasattr(socket, "SO_REUSEPORT"):
        raise ListenError("this system cannot share a port (SO_REUSEPORT): leave reuse_port out")
    sock = None
    try:
        first = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM)[0]
        sock = socket.socket(first[0], socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, REUSE_ADDRESS, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(first[4])
        if not reserve:
            sock.listen(backlog)
    except (OSError, OverflowError) as error:
        if sock is not None:
            sock.close()
        shown, why = format_address(host, port), getattr(error, "strerror", None) or error
        raise ListenError(f"cannot listen on {shown}: {why}") from error
    return sock


def inherited(descriptor: int) -> socket.socket:
    """The listening socket that whoever started us has left open under this number."""
    try:
        sock = socket.socket(fileno=descriptor)
        listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise ListenError(f"descriptor {descriptor} is no socket: {error.strerror}") from error
    if not listens:
        sock.detach()
        raise ListenError(f"descriptor {descriptor} is a socket that does not listen")
    return sock


def open_door(
    host: str,
    port: int,
    *,
    unix: str | None = None,
    sock: socket.socket | int | None = None,
    reuse_port: bool = False,
    backlog: int = BACKLOG,
) -> socket.socket:
    """The listening socket that was asked for, in one of these ways."""
    if sock is not None:
        return inherited(sock) if isinstance(sock, int) else sock
    if unix is not None:
        return listen_unix(unix, backlog=backlog)
    opener: Callable[..., socket.socket] = listen_shared if reuse_port else listen
    return opener(host, port, backlog=backlog)


@contextmanager
def opened_door(host: str, port: int, **door: Any) -> Iterator[socket.socket]:
    """`open_door`, for as long as a `with` block lasts; a unix socket's name goes with it."""
    try:
        with open_door(host, port, **door) as listener:
            yield listener
    finally:
        if door.get("unix") is not None:
            remove_unix(door["unix"])
