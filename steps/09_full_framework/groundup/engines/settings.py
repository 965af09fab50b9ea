"""What every engine may be told, whatever it is.

Apart from the engines so that they agree, in names and in defaults. The rule: values only, fixed
when the server is made.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from groundup.engines.common import Record, Refusals
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.listening import BACKLOG
from groundup.metrics import Metrics
from groundup.timeouts import Timeouts


@dataclass(frozen=True)
class Settings:
    """How much, how long, who is told, and by which clock."""

    limits: Limits = Limits()  # noqa: RUF009  (frozen)
    timeouts: Timeouts = Timeouts()  # noqa: RUF009  (frozen)
    # Who says when to stop, and runs the hooks at both ends.
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    # Seconds that only ever go up; what day it is, is nobody's concern but the Date field's.
    clock: Callable[[], float] = time.monotonic
    # TLS, if there is to be any.
    ssl_context: ssl.SSLContext | None = None
    # Told of each response, and of each refusal. None costs nothing.
    record: Record | None = None
    refusals: Refusals | None = None
    # What the threads engine counts into.
    metrics: Metrics | None = None
    # Clients that may wait, connected, before anyone accepts them.
    backlog: int = BACKLOG
    # Whether other processes accept on the same listener.
    shared: bool = False


def share_of(settings: Settings, workers: int) -> Settings:
    """The settings of one of so many workers: its share of the connections."""
    connections = max(1, settings.limits.connections // workers)
    return replace(settings, limits=replace(settings.limits, connections=connections))
