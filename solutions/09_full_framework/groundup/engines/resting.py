"""A connection between two requests, and at its end.

Apart from the protocol, which answers, because here nothing is asked: a connection waits, is
refused, has taken too long, or must go because the server does. The rule: what has begun gets its
answer, and whoever is sent away can read why.
"""

from __future__ import annotations

from typing import Any

from groundup.connection import Connection
from groundup.engines.common import DRAIN, DRAIN_SECONDS, FRESH_GRACE, HEADER_LATE
from groundup.engines.exchange import Exchange
from groundup.engines.hub import Hub
from groundup.engines.plumbing import Plumbing
from groundup.errors import HTTPException, ProtocolError
from groundup.states import UNREAD
from groundup.timeouts import NEVER


class Resting(Plumbing):
    """One connection, as far as it waits or ends."""

    __slots__ = ("_began", "_client_addr", "_connection", "_exchange", "_used", "since")

    def __init__(self, hub: Hub) -> None:
        super().__init__(hub)
        self._connection = Connection(hub.limits, drain=DRAIN, streamed=hub.streamed_limits)
        self._exchange: Exchange | None = None  # the request that is under way and takes time
        self._client_addr: Any = None
        self._began = False  # a head has begun to arrive: its deadline stands
        self._used = False  # a byte has come
        self.since = hub.clock()  # when it came; later, when the present head began to

    def rest(self) -> None:
        """Between two requests: wait for the next one, or come to an end."""
        connection, hub = self._connection, self.hub
        self._began = False
        if connection.must_close:
            self.finish()
        elif hub.draining and not connection.began:
            self.linger()
        elif connection.state is UNREAD:
            self.due(DRAIN_SECONDS)
        else:
            self.deadline = hub.now + hub.keep_alive

    def refuse(self, error: HTTPException) -> None:
        """One last answer; then what the peer still sends is ignored for a moment."""
        self.hub.refused(error, self._client_addr)
        self.write(self._connection.refuse(error, date=self.hub.date))
        self.linger()

    def finish(self) -> None:
        """Everything has been sent: close, but not in the face of a peer that is still sending."""
        if self._connection.peer_may_send:
            self.linger()
        else:
            self.close()

    def expire(self) -> None:
        """The deadline has passed."""
        self.deadline = NEVER
        if self.closing or self.stalled:
            if not self.taking():
                self.cut()
        elif self._exchange is not None:
            self._exchange.expire()
        elif self._began:
            self.refuse(ProtocolError(*HEADER_LATE))
        else:
            self.close()

    def cut(self) -> None:
        """Close now; a body that only this end would have ended must not look complete."""
        if self._exchange is not None and self._exchange.raw:
            self.reset()
        else:
            self.abort()

    @property
    def idle(self) -> bool:
        """Whether nothing has begun that would be lost."""
        return self._exchange is None and not self.closing and not self._connection.began

    def may_leave(self, now: float) -> bool:
        """Whether it may be closed so that another has room.

        Not if it is so new that its first request may be under way: in a flood all are new, and
        each would send another away before that one is heard.
        """
        new = not self._used and now - self.since < FRESH_GRACE
        return self.idle and not self.stalled and not new

    def drain(self) -> None:
        """The server stops: an idle connection ends now, a busy one when it is idle."""
        if self._exchange is not None:
            self._connection.close_next()
            self._exchange.stop()
        elif self.idle and self._used:
            self.linger()  # its next request may be on its way: it must not see a reset
        elif not self._used:
            self.deadline = min(self.deadline, self.hub.clock() + FRESH_GRACE)
