"""Short responses of one turn of an event loop, sent together at the end of it.

Apart from the protocols, which post here, because they share it. asyncio sends inside each call of
a protocol, and the kernel's network code then pushes ours out of the processor's caches, once a
request; one after the other, sixty requests are answered by warm code. The rule: order is kept,
and whatever is sent another way empties the box first.
"""

from __future__ import annotations

import asyncio
from typing import Any

SHORT = 16384  # bytes; a longer response is sent at once, so that a slow reader is noticed at once


class Outbox:
    """What is to be written to which transport before the loop's next turn."""

    __slots__ = ("_loop", "_posted")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._posted: list[tuple[Any, bytes]] = []

    def post(self, transport: Any, data: bytes) -> None:
        """Write `data` soon."""
        self._posted.append((transport, data))
        if len(self._posted) == 1:
            self._loop.call_soon(self.empty)

    def empty(self) -> None:
        """Write everything now, what is for one transport in one piece."""
        gathered: dict[Any, list[bytes]] = {}
        for transport, data in self._posted:
            gathered.setdefault(transport, []).append(data)
        self._posted = []
        for transport, parts in gathered.items():
            transport.write(b"".join(parts))


def wants_outbox(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop writes at once: asyncio's own do, others gather what is written."""
    return isinstance(loop, asyncio.BaseEventLoop)
