"""What all connections of a blocking engine share: the handle, the limits, the clock, the counts.

Apart from the conversations because of its lifetime: there is one for each server. The rule: it
holds nothing of a single connection, so any thread may use it at any time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any

from groundup.connection import Connection
from groundup.engines.common import DRAIN, DateLine, Record, Refusals
from groundup.engines.runners import Runners
from groundup.errors import HTTPException
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.metrics import Metrics
from groundup.ratelimit import RateLimiter, by_client
from groundup.request import Request
from groundup.timeouts import Timeouts

log = logging.getLogger("groundup.server")


class BlockingWorker:
    """`request.worker` on these engines: handlers run in threads, where they may wait."""

    is_async = False

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle

    @property
    def stopping(self) -> bool:
        """Whether the server is about to stop."""
        return self._lifecycle.stopping

    async def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call it, here: this thread may wait."""
        return function(*arguments)


@dataclass(slots=True)
class Service:
    """One server's share. `draining`: it stops, so every answer is its connection's last."""

    handle: Callable[[Request], Any]
    lifecycle: Lifecycle
    limits: Limits
    timeouts: Timeouts
    clock: Callable[[], float]
    record: Record | None
    refusals: Refusals | None
    metrics: Metrics | None = None
    limiter: RateLimiter | None = None
    draining: bool = False
    worker: BlockingWorker = field(init=False)
    runners: Runners = field(default_factory=Runners)
    date: DateLine = field(default_factory=DateLine)
    _streamed: Limits = field(init=False)

    def __post_init__(self) -> None:
        self.worker = BlockingWorker(self.lifecycle)
        self._streamed = replace(self.limits, body=self.limits.streamed_body)

    def connection(self) -> Connection:
        """The protocol's side of a new connection."""
        return Connection(self.limits, drain=DRAIN, streamed=self._streamed)

    def too_often(self, request: Request) -> HTTPException | None:
        """The refusal of a request whose client has asked too often; None: it may come in."""
        if self.limiter is None:
            return None
        wait = self.limiter.allow(by_client(request), self.clock())
        if wait <= 0:
            return None
        return HTTPException(429, "you ask too often", {"retry-after": str(ceil(wait))})

    def refused(self, error: HTTPException, peer: object) -> None:
        """Remember a refusal for the log."""
        if self.refusals is None:
            log.info("refused %s: %s", peer, error)
        else:
            told(self.refusals, error, peer)

    def answered(self, request: Request, status_code: int, size: int) -> None:
        """Remember a response for the log."""
        if self.record is not None:
            told(self.record, request, status_code, size)


def told(log_of: Callable[..., None], *facts: object) -> None:
    """Tell a log; its failure is not the client's."""
    try:
        log_of(*facts)
    except Exception:
        log.exception("a log failed")
