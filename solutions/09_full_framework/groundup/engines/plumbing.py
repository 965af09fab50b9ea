"""One connection's plumbing on an event loop: who waits for whom, and how it ends.

Apart from the protocol above it because nothing here knows HTTP: a transport that is full, a peer
that must wait, a socket that must not be closed in its peer's face. The rule: whatever waits here
has a deadline, and the hub's timer looks at it.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from groundup.engines.common import LINGER_BYTES
from groundup.timeouts import NEVER, after

if TYPE_CHECKING:
    from groundup.engines.hub import Hub

LOOKS = 4  # how often, in the time that a reader has, we look whether it takes something


class Plumbing(asyncio.Protocol):
    """A transport with back-pressure both ways, deadlines, and an orderly end.

    `deadline` is when the present phase has lasted too long.
    """

    __slots__ = (
        "_linger_left", "_moved_at", "_reading", "_transport", "_unsent", "_writable", "deadline",
        "hub", "tls",
    )  # fmt: skip

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.deadline = NEVER
        self._transport: Any = None
        self.tls = False
        self._reading = True
        self._writable: asyncio.Future[None] | None = None  # while the peer reads too slowly
        self._unsent = 0  # bytes that it had not taken when we last looked,
        self._moved_at = 0.0  # and when it last took some
        self._linger_left = 0  # while it lingers: bytes that it will still ignore

    @property
    def transport(self) -> Any:
        """What the loop gave us to write to."""
        return self._transport

    def write(self, data: bytes) -> None:
        """Send, after everything that was posted."""
        self._empty_outbox()
        self._transport.write(data)

    def _empty_outbox(self) -> None:
        if self.hub.outbox is not None:
            self.hub.outbox.empty()

    @property
    def closing(self) -> bool:
        """Whether the end has begun: nothing that comes now is answered."""
        return self._linger_left > 0 or self._transport.is_closing()

    def due(self, seconds: float | None) -> None:
        """A phase of so many seconds begins now."""
        self.deadline = after(seconds, self.hub.clock())

    def pause_writing(self) -> None:
        """The peer does not read: no more is written until it does, or until it is too late."""
        self._writable = self.hub.loop.create_future()
        self.hold_reading()
        self._watch_reader()

    def _watch_reader(self) -> None:
        """From now on the peer must take something every `write` seconds."""
        self._unsent = self._transport.get_write_buffer_size()
        self._moved_at = self.hub.clock()
        self._look_again(self._moved_at)

    def _look_again(self, now: float) -> None:
        write = self.hub.timeouts.write
        self.deadline = NEVER if write is None else now + write / LOOKS

    def taking(self) -> bool:
        """It is time to look: whether the peer still takes what was written, or has time to."""
        now, left = self.hub.now, self._transport.get_write_buffer_size()
        before, self._unsent = self._unsent, left
        if left < before:
            self._moved_at = now
        elif not (left or self.stalled) or now >= after(self.hub.timeouts.write, self._moved_at):
            return False
        if left or self.stalled:
            self._look_again(now)
        else:
            self.due(self.hub.timeouts.linger)  # it has everything now
        return True

    def resume_writing(self) -> None:
        """There is room again."""
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    @property
    def stalled(self) -> bool:
        """Whether the peer has not read what was written, and more must wait."""
        return self._writable is not None

    async def flushed(self) -> None:
        """Until the peer has been sent everything that was written."""
        self._empty_outbox()
        self._transport.set_write_buffer_limits(high=0)  # calls pause_writing, if need be
        try:
            await self.drained()
        finally:
            self._transport.set_write_buffer_limits()

    async def room(self, descriptor: int) -> None:
        """Until the socket has room; its peer has the usual time to make some."""
        loop = self.hub.loop
        self.pause_writing()
        loop.add_writer(descriptor, self.resume_writing)
        try:
            await self.drained()
        finally:
            loop.remove_writer(descriptor)

    async def drained(self) -> None:
        """Until the peer has read most of what was written. ConnectionError when it is gone."""
        if self._writable is not None:
            await asyncio.shield(self._writable)
        if self._transport.is_closing():
            raise ConnectionResetError("the client has left")

    def hold_reading(self) -> None:
        """Read no more until somebody wants it: the peer is made to wait."""
        if self._reading and not self._transport.is_closing():
            self._reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if not self._reading and not self._transport.is_closing():
            self._reading = True
            self._transport.resume_reading()

    def linger(self) -> None:
        """Say that no more will be sent, and read on for a moment (RFC 9112 §9.6).

        A socket closed with unread bytes is reset, and a reset can overtake the last answer.
        """
        transport, timeouts = self._transport, self.hub.timeouts
        self._empty_outbox()
        if self.closing:
            return
        if not self.tls and transport.can_write_eof():
            try:
                transport.write_eof()
            except OSError:  # it has gone with a reset, of which the loop has yet to hear
                self.abort()
                return
        self._linger_left = LINGER_BYTES
        if transport.get_write_buffer_size():
            self._watch_reader()
        else:
            self.due(timeouts.linger)
        self.resume_reading()

    def linger_on(self, size: int) -> None:
        """`size` bytes came that nobody wants: there is a limit to that."""
        self._linger_left -= size
        if self._linger_left <= 0:
            self.close()

    def close(self) -> None:
        """Close when everything has been sent; a peer that does not take it is cut off in time."""
        self._empty_outbox()
        self._watch_reader()
        self._transport.close()

    def abort(self) -> None:
        """Close now."""
        self.deadline = NEVER
        self._transport.abort()

    def reset(self) -> None:
        """Close now, and so that the peer cannot take it for an orderly end."""
        sock = self._transport.get_extra_info("socket")
        if sock is not None and sock.family != getattr(socket, "AF_UNIX", None):
            with suppress(OSError):  # the peer was quicker, and it is closed
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()


def peer_of(transport: asyncio.BaseTransport) -> Any:
    """(host, port) of the peer; None on a unix socket."""
    address = transport.get_extra_info("peername")
    return address[:2] if isinstance(address, tuple) else None
