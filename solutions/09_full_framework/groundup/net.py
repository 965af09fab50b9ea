"""Sockets: open one that listens, send everything, wake a thread that waits.

It stands apart because every engine needs these three things and none of them knows a
protocol. The operating systems differ here (IPv6, `SO_REUSEADDR`, which errors a bind gives),
so the differences end here too.
Rule kept: an error that a person will read is one sentence that says what to do.
"""

import errno
import socket
import sys
from contextlib import suppress
from typing import Any

# A server that restarts meets its own old connections in TIME_WAIT; this option lets it bind all
# the same. Windows gives that name another meaning (two live servers on one port), and has
# an option of its own for what is wanted here.
if sys.platform == "win32":
    REUSE_ADDRESS = socket.SO_EXCLUSIVEADDRUSE
else:
    REUSE_ADDRESS = socket.SO_REUSEADDR

# "This machine has no such address": the next address of the same name may do.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


class ListenError(OSError):
    """The server cannot listen there. `str(error)` is one sentence for a person."""


def listen(host: str = "127.0.0.1", port: int = 0, *, backlog: int = 128) -> socket.socket:
    """Return a TCP socket that listens on ``host`` and ``port``.

    ``host`` is an IPv4 or IPv6 address, or a name; "" means every IPv4 or IPv6 address of this
    machine. A name may stand for several addresses: the first one that exists here is taken.
    ``port`` 0 lets the kernel choose a free one: read it from ``getsockname()``.
    ``backlog`` is how many clients may wait, connected, before anyone accepts them.
    Raises ListenError: the port is taken, or reserved, or the host is unknown.
    """
    failure: OSError | None = None
    for family, address in _resolve(host, port):
        try:
            return open_listener(family, address, backlog)
        except OSError as error:
            failure = error
            if error.errno not in _NOT_HERE:
                break
    raise _refusal(host, port, failure) from failure


def open_listener(family: int, address: tuple[Any, ...], backlog: int) -> socket.socket:
    """Return a new socket of ``family``, bound to ``address`` and listening.

    It may bind a port whose last owner's connections are still in TIME_WAIT (the option
    ``REUSE_ADDRESS``, of level ``socket.SOL_SOCKET``, set before the bind).
    Raises the OSError of the call that failed, and then leaves no socket open.
    """
    sock = _stream_socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, REUSE_ADDRESS, 1)
        sock.bind(address)
        sock.listen(backlog)
    except OSError:
        sock.close()
        raise
    return sock


def send_all(sock: socket.socket, data: bytes) -> None:
    """Send every byte of ``data``, in order, however few of them each ``send`` takes.

    It calls ``sock.send`` only, and waits as long as the socket does. Nothing is copied: what
    is left to send is a view of ``data``, so a slow reader does not make a long answer cost more.
    Raises what ``send`` raises (OSError): how much arrived is then unknown.
    """
    rest = memoryview(data)
    while rest:
        rest = rest[sock.send(rest) :]


def format_address(host: str, port: int) -> str:
    """Return an address as a person writes it: ``127.0.0.1:8000``, ``[::1]:8000``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Waker:
    """Wakes a thread that waits in ``select``: put the waker among the sockets it waits for.

    Closing a socket does not wake a thread that waits for it; a byte that arrives does.
    So a waker is two connected sockets: ``wake`` sends one byte into the first, and the second
    becomes readable. (A pair of sockets and no pipe: Windows can only select sockets.)
    """

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)

    def fileno(self) -> int:
        """Return what ``select`` wants; it is readable from the first ``wake`` to ``clear``."""
        return self._receiver.fileno()

    def wake(self) -> None:
        """Wake the waiting thread, from any thread; a second call, or a late one, does no harm."""
        with suppress(OSError):  # full: it will wake anyway; closed: nobody waits any more
            self._sender.send(b"\0")

    def clear(self) -> None:
        """Forget the calls of ``wake`` so far."""
        with suppress(BlockingIOError):
            while self._receiver.recv(4096):
                pass

    def close(self) -> None:
        """Close both sockets."""
        self._receiver.close()
        self._sender.close()


def _resolve(host: str, port: int) -> list[tuple[int, tuple[Any, ...]]]:
    """Return the (family, address) pairs that ``host`` and ``port`` stand for."""
    if not 0 <= port <= 65535:
        raise _refusal(host, port, None, "a port is a number from 0 to 65535")
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, ValueError) as error:  # ValueError: not even the form of a name
        raise _refusal(host, port, None, f"nothing is known of the host {host!r}") from error
    return [(family, address) for family, _, _, _, address in found]


def _stream_socket(family: int) -> socket.socket:
    """Return a new TCP socket; an IPv6 one leaves IPv4 to others, whatever the system's default."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return sock


def _refusal(host: str, port: int, error: OSError | None, reason: str = "") -> ListenError:
    """Return the ListenError that says in one sentence why this address is not to be had."""
    number = error.errno if error else None
    if number == errno.EADDRINUSE:
        reason = "the port is taken; stop the program that has it, or choose another (0: any)"
    elif number == errno.EACCES:
        reason = "ports below 1024 are for administrators" if port < 1024 else "not allowed here"
        reason += "; choose another one"
    elif number in _NOT_HERE:
        reason = "this machine has no such address"
    elif error:
        reason = error.strerror or str(error)
    return ListenError(f"cannot listen on {format_address(host, port)}: {reason}")
