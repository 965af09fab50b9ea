"""The threaded engine: one poller that waits for all clients, and workers that answer requests.

Apart from its two halves because here they meet: what may go from one to the other, and how it
comes back. The rule: a worker is held by a request, never by a connection; and whoever cannot be
served is told so at once, and when to come again.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from math import ceil

from groundup.engines.poller import Poller, Seat
from groundup.engines.workers import Workers
from groundup.errors import HTTPException
from groundup.limits import Limits
from groundup.metrics import Metrics
from groundup.ratelimit import RateLimiter, by_client
from groundup.request import Request
from groundup.response import Response
from groundup.server import Handle, respond
from groundup.timeouts import Timeouts

FAREWELL = 0.2  # seconds that a server which has drained waits for its workers to go home


class ThreadServer:
    """Serves `listener` by `max_workers` threads; `queue_size` requests more may wait for one.

    `metrics` counts: look at `server.metrics.snapshot()`. `limiter` says who asks too often.
    """

    def __init__(
        self,
        listener: socket.socket,
        handle: Handle,
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        timeouts: Timeouts = Timeouts(),  # noqa: B008  (frozen)
        clock: Callable[[], float] = time.monotonic,
        metrics: Metrics | None = None,
        limiter: RateLimiter | None = None,
        max_workers: int = 20,
        queue_size: int = 100,
    ) -> None:
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self.metrics = metrics or Metrics()
        self._handle = handle
        self._clock = clock
        self._limiter = limiter
        self._poller = Poller(listener, self.admit, limits, timeouts, clock, self.metrics)
        self._workers = Workers(
            self.work, self._poller.hand_back, count=max_workers, queue_size=queue_size
        )

    def serve_forever(self) -> None:
        """Serve until `stop`; then let what has begun come to its end, and close everything."""
        try:
            self._workers.start()
            self._poller.run()
            self._poller.drain()
        finally:
            self._poller.close()
            self._workers.close(FAREWELL)

    def stop(self) -> None:
        """Make `serve_forever` come to its end, from any thread; does not wait for it."""
        self._poller.stop()

    def admit(self, seat: Seat) -> HTTPException | None:
        """Offer `seat` to the workers. None if they take it, else the refusal. In the poller.

        First the limiter, if there is one: `limiter.allow(key, now)`, with the key `by_client` of
        the request, says how many seconds to wait; more than none are a 429, with `retry-after`
        in whole seconds, rounded up. Then the workers: no place is a 503 with `retry-after: 1`.
        The request counts as queued from before the offer, and no longer when it is declined.
        """
        raise NotImplementedError("Task 5.5: let a request in, or refuse it at once")

    def work(self, seat: Seat) -> None:
        """Answer the request on this seat, by `_answer`, and count it. In a worker.

        Its status stands in the bytes that `respond` gives: `HTTP/1.1 200 …`. `seat.answered` is
        set when the whole answer has been sent. A client that has gone, or takes nothing, is
        nobody's fault (OSError): its request counts with the status None.
        """
        raise NotImplementedError("Task 5.6: a worker's turn: one answer, and no more")

    def _answer(self, request: Request) -> Response:
        """What `handle` says; while the server stops, each answer is its connection's last."""
        response = self._handle(request)
        if self._poller.stopping:
            response.headers["connection"] = "close"
        return response
