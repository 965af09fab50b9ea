"""The threaded engine: one thread watches all sockets, and workers answer what is ready.

Apart from its parts because this is the server's life. The rule: a worker is never held by a
client that is silent, slow to ask, or gone; and when all are busy, whoever comes is told so (503)
instead of waiting for an unknown time.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable
from typing import Any

from groundup.engines.common import Record, Refusals
from groundup.engines.entrance import Entrance
from groundup.engines.hall import Hall
from groundup.engines.phases import Abandoned
from groundup.engines.poller import Poller
from groundup.engines.seat import Seat
from groundup.engines.service import Service
from groundup.engines.wire import Lost
from groundup.engines.workers import Workers
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.listening import BACKLOG, server_address
from groundup.metrics import Metrics
from groundup.ratelimit import RateLimiter
from groundup.request import Request
from groundup.timeouts import Timeouts

log = logging.getLogger("groundup.server")


class ThreadServer:
    """Serves `listener` by at most `max_workers` threads; `queue_size` requests may wait for one.

    `metrics` counts: look at `server.metrics.snapshot()`. `limiter` says which client asks too
    often, and gets a 429 before a worker has been troubled.
    """

    def __init__(
        self,
        listener: socket.socket,
        handle: Callable[[Request], Any],
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        timeouts: Timeouts = Timeouts(),  # noqa: B008  (frozen)
        lifecycle: Lifecycle | None = None,
        clock: Callable[[], float] = time.monotonic,
        ssl_context: ssl.SSLContext | None = None,
        metrics: Metrics | None = None,
        record: Record | None = None,
        refusals: Refusals | None = None,
        limiter: RateLimiter | None = None,
        backlog: int = BACKLOG,
        max_workers: int = 20,
        queue_size: int = 100,
    ) -> None:
        self.address, self.metrics = server_address(listener), metrics or Metrics()
        rest = (limits, timeouts, clock, record, refusals, self.metrics, limiter)
        self._service = service = Service(handle, lifecycle or Lifecycle(), *rest)
        self._hall = Hall(service)
        self._workers = Workers(self._work, max_workers, queue_size, service.runners.close)
        entrance = Entrance(service, self._hall, listener, backlog, ssl_context)
        self._poller = Poller(service, self._hall, self._workers, entrance)

    def serve_forever(self) -> bool:
        """Serve until `stop`. True if everything that had begun came to its end."""
        runners = self._service.runners
        try:
            runners.run(self._service.lifecycle.start())
            self._service.lifecycle.on_stop(self._poller.stop)
            self._poller.run()
            return self._poller.drain()
        finally:
            self._poller.close()
            self._workers.close()
            runners.run(self._service.lifecycle.end())
            runners.close()

    def stop(self) -> None:
        """Make `serve_forever` come to its end, from any thread; does not wait for it."""
        self._service.lifecycle.stop()

    # What a worker does.

    def _work(self, seat: Seat) -> None:
        """Answer what is ready on this seat, then hand it back."""
        try:
            self._answer(seat)
        except Abandoned:
            log.warning("%s: a handler has answered after its time", seat.client_addr)
        except BaseException as error:
            seat.cut()
            self._hall.close(seat)
            if not isinstance(error, Lost):
                raise

    def _answer(self, seat: Seat) -> None:
        """A few requests in order; if more are there, the others have their turn first."""
        connection, queued = seat.connection, True
        for _ in range(self._service.limits.pipeline):
            then, seat.then = seat.then, None
            request = seat.take()
            if request is None:
                break
            if then is not None:
                seat.answer_collected(request, then)
            elif not seat.answer(request, queued=queued):
                self._hall.collect(seat)
                return
            queued = False
            if connection.must_close or not connection.pending:
                break
        else:
            self._workers.put(seat)
            return
        if connection.must_close:
            self._hall.end(seat)
        elif not self._hall.park(seat):
            self._workers.put(seat)
