"""Where connections come in to the threads engine.

Apart from the poller because an entrance can be full, and then it must neither wait nor spin. The
rule: whoever has connected before it closes is let in, since closing a listener resets those who
wait in its queue.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Any

from groundup.engines.common import ACCEPT_REST, EXHAUSTED, TOO_MANY, peer_of
from groundup.engines.hall import Hall
from groundup.engines.phases import Phase
from groundup.engines.seat import Seat
from groundup.engines.service import Service
from groundup.engines.wire import Lost, Wire, accepted
from groundup.timeouts import NEVER

MOST_AT_ONCE = 128  # accepted before those who are here have their turn


class Entrance:
    """Accepts for a hall, in the poller's thread."""

    def __init__(
        self,
        service: Service,
        hall: Hall,
        listener: socket.socket,
        backlog: int,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        self._service = service
        self._hall = hall
        self.listener = listener
        self._backlog = backlog
        self._ssl_context = ssl_context
        self._open_at = NEVER  # when to accept again, after descriptors ran out

    def open(self) -> None:
        """Accept from now on."""
        self.listener.setblocking(False)
        self.listener.listen(self._backlog)
        self._hall.polling.watch(self.listener.fileno())

    def close(self) -> None:
        """Let in whoever has connected already, then nobody."""
        while self.accept() == MOST_AT_ONCE:
            pass
        if self._open_at == NEVER:
            self._hall.polling.unwatch(self.listener.fileno())
        self._open_at = NEVER
        self.listener.close()

    def accept(self) -> int:
        """Let in who has connected; how many that were."""
        for count in range(MOST_AT_ONCE):
            try:
                sock, address = self.listener.accept()
            except OSError as error:  # nobody is there any more, or no descriptor is left
                if error.errno in EXHAUSTED and not self._hall.make_room():
                    self._rest()
                return count
            with suppress(Lost):
                self._welcome(accepted(sock, self._ssl_context), peer_of(address))
        return MOST_AT_ONCE

    def look(self, now: float) -> None:
        """Open again, if it is time to."""
        if now >= self._open_at:
            self._open_at = NEVER
            self._hall.polling.watch(self.listener.fileno())

    def _rest(self) -> None:
        """No descriptor is left: the listener would stay ready, and we would spin."""
        if self._open_at == NEVER:
            self._hall.polling.unwatch(self.listener.fileno())
            self._open_at = self._service.clock() + ACCEPT_REST

    def _welcome(self, sock: socket.socket, address: Any) -> None:
        service = self._service
        seat = Seat(service, Wire(sock, service.timeouts, service.clock), address)
        seat.doomed = not self._hall.admit(seat)
        if seat.doomed and seat.phase is Phase.FRESH:
            self._hall.refuse(seat, TOO_MANY)
        else:
            self._hall.polling.arm(seat)
