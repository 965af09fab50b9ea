"""Who listens to the live book, and what is on its way to them.

Apart because here a thread's news crosses to the server's event loop. The rule: everything is
bounded. There are only so many listeners, and one that does not keep up is let go of: its browser
comes back and is told everything anew.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

MOST = 24  # listeners; a browser gives one site six connections
AHEAD = 100  # events that may wait for one listener


class Listener:
    """One browser's page: the step it shows, and the events it has not taken yet."""

    def __init__(self, step: str) -> None:
        self.step = step
        self.lost = False
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Queue[str | None] = asyncio.Queue(AHEAD)

    def put(self, data: str) -> None:
        """Hand an event over, from any thread."""
        with suppress(RuntimeError):  # the loop has just ended, and the page with it
            self._loop.call_soon_threadsafe(self._put, data)

    def _put(self, data: str) -> None:
        if self.lost:
            return
        if self._waiting.full():
            self.lost = True
            self._waiting.get_nowait()
            self._waiting.put_nowait(None)
        else:
            self._waiting.put_nowait(data)

    async def get(self) -> str | None:
        """The next event; None when this listener is lost."""
        return await self._waiting.get()


class Hub:
    """All listeners. `publish` may be called by any thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._listeners: set[Listener] = set()

    @property
    def full(self) -> bool:
        """Whether one more would be too many."""
        return len(self._listeners) >= self._most

    def publish(self, step: str, data: str) -> None:
        """Tell everybody who reads this step's page."""
        with self._lock:
            told = [listener for listener in self._listeners if listener.step == step]
        for listener in told:
            listener.put(data)

    async def listen(self, step: str, first: Callable[[], Awaitable[str]]) -> AsyncIterator[str]:
        """What is known of a step, then its news as they come."""
        if self.full:
            return
        listener = Listener(step)
        with self._lock:
            self._listeners.add(listener)
        try:
            yield await first()
            while (data := await listener.get()) is not None:
                yield data
        finally:
            with self._lock:
                self._listeners.discard(listener)
