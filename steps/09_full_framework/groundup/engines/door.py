"""Where connections come in, on an event loop.

Apart from the servers because a pool's workers are given theirs and a single loop accepts its own.
The rule: whoever has connected before the door closes is let in, since closing a listener resets
those who wait in its queue.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Iterator
from typing import Any

from groundup.engines.common import FRESH_GRACE
from groundup.engines.httpprotocol import HTTPProtocol
from groundup.engines.hub import Hub
from groundup.timeouts import Timeouts

log = logging.getLogger("groundup.server")

AT_A_TIME = 4  # connections accepted before those that are here have their turn
TURN = 0.001  # seconds in which the other processes, if there are any, may accept the next
ACCEPT_AGAIN = 0.2  # seconds after which accepting is tried again when it could not be
MOST_WAITING = 4096  # what a kernel lets wait at most, unless somebody raised that


class Door:
    """Lets connections in to a hub. `tls` is what `tls_options` made.

    `shared`: other processes accept on the same listener, and should have their share.
    """

    def __init__(self, hub: Hub, tls: dict[str, Any], *, shared: bool = False) -> None:
        self._hub = hub
        self._tls = tls
        self._shared = shared
        self._arriving: set[asyncio.Task[None]] = set()  # accepted, and not yet known to the hub
        self._server: asyncio.Server | None = None
        self._again: asyncio.TimerHandle | None = None
        self._full = False  # there was no descriptor for the last who came

    async def open(self, listener: socket.socket, backlog: int) -> None:
        """Accept from now on."""
        self._listener = listener
        listener.setblocking(False)
        listener.listen(backlog)
        try:
            self._watch()
        except NotImplementedError:  # Windows' loop, which has other ways; it gets a duplicate
            self._server = await self._hub.loop.create_server(
                self._protocol, sock=listener.dup(), backlog=backlog, **self._tls
            )

    def _watch(self) -> None:
        self._hub.loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        """Take a few, not all: those who are here have their turn, and the other processes."""
        for _ in range(AT_A_TIME):
            try:
                sock, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptor is left, say
                self._exhausted(error)
                return
            self._full = False
            self._let_in(sock)
        if self._shared:
            self._rest(TURN)

    def _rest(self, seconds: float) -> None:
        """Accept nobody for a moment."""
        self._hub.loop.remove_reader(self._listener)
        self._again = self._hub.loop.call_later(seconds, self._watch)

    def _exhausted(self, error: OSError) -> None:
        """Send away somebody who idles; if nobody does, whoever waits goes on waiting."""
        if not self._full:
            log.warning("cannot accept: %s", error)
        self._full = True  # told once, not five times a second
        if not self._hub.make_room():
            self._rest(ACCEPT_AGAIN)

    def _let_in(self, sock: socket.socket) -> None:
        task = self._hub.loop.create_task(self.welcome(sock))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def close(self) -> None:
        """Accept whoever has connected already, then nobody."""
        if self._server is not None:
            self._server.close()
        else:
            self._hub.loop.remove_reader(self._listener)
        if self._again is not None:
            self._again.cancel()
        for sock in accept_all(self._listener):
            self._let_in(sock)
        self._listener.close()  # at once: who comes now is refused, and not reset a moment later
        if self._arriving:  # the hub can only wait for those that it knows
            await asyncio.wait(self._arriving, timeout=FRESH_GRACE)

    async def welcome(self, sock: socket.socket) -> None:
        """Let in a connection that was accepted elsewhere."""
        try:
            await self._hub.loop.connect_accepted_socket(self._protocol, sock, **self._tls)
        except (OSError, ssl.SSLError) as error:  # it has gone again, or speaks no TLS
            log.debug("a connection came to nothing: %s", error)
            sock.close()

    def _protocol(self) -> HTTPProtocol:
        return HTTPProtocol(self._hub)


def accept_all(listener: socket.socket) -> Iterator[socket.socket]:
    """Everybody who has connected to a non-blocking listener and waits.

    Bounded, because other processes may share the listener and keep its queue from running dry.
    """
    for _ in range(MOST_WAITING):
        try:
            sock, _ = listener.accept()
        except OSError:  # nobody is left, or no descriptor is
            return
        yield sock


def tls_options(context: ssl.SSLContext | None, timeouts: Timeouts) -> dict[str, Any]:
    """What asyncio wants to be told about TLS; nothing without a context."""
    if context is None:
        return {}
    return {
        "ssl": context,
        "ssl_handshake_timeout": timeouts.header,
        "ssl_shutdown_timeout": timeouts.linger or None,
    }
