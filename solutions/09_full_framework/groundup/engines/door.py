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

from groundup.engines.httpprotocol import HTTPProtocol
from groundup.engines.hub import Hub
from groundup.timeouts import Timeouts

log = logging.getLogger("groundup.server")

MOST_WAITING = 4096  # what a kernel lets wait at most, unless somebody raised that


class Door:
    """Lets connections in to a hub. `tls` is what `tls_options` made."""

    def __init__(self, hub: Hub, tls: dict[str, Any]) -> None:
        self._hub = hub
        self._tls = tls

    async def open(self, listener: socket.socket, backlog: int) -> None:
        """Accept from now on. The loop gets a duplicate: ours outlives it, see `close`."""
        self._listener = listener
        listener.setblocking(False)
        self._server = await self._hub.loop.create_server(
            self._protocol, sock=listener.dup(), backlog=backlog, **self._tls
        )

    async def close(self) -> None:
        """Accept whoever has connected already, then nobody."""
        self._server.close()
        waiting = list(accept_all(self._listener))
        self._listener.close()  # at once: who comes now is refused, and not reset a moment later
        await asyncio.gather(*map(self.welcome, waiting))  # a handshake keeps nobody else waiting

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
