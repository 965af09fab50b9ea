"""Server-sent events: a stream of small texts that a browser reads as they come (WHATWG HTML §9.2).

Apart from `streaming` because it is a format of its own. The rules: an event is written so that
no line of its data can be taken for another field, and a silent stream says now and then that it
is alive, or somebody between would close it.
"""

from __future__ import annotations

import asyncio
import json
import re
from asyncio import FIRST_COMPLETED
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from groundup.response import HeaderSource, Response
from groundup.streaming import END, Streamed

LINEEND = re.compile(r"\r\n|\r|\n")
COMMENT = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    r"""One event. `Event("a\nb", id="7")` → `b"id: 7\ndata: a\ndata: b\n\n"`.

    `data` that is not a str is written as JSON. `retry`: milliseconds after which a browser that
    lost us comes back. ValueError for an `id` or an `event` with a line end or NUL in it.
    """

    data: Any = ""
    event: str | None = None
    id: str | None = None
    retry: int | None = None

    def __post_init__(self) -> None:
        for name in ("event", "id"):
            value = getattr(self, name)
            if value is not None and re.search(r"[\r\n\0]", value):
                raise ValueError(f"Event({name}={value!r}): it must be one line")

    def __bytes__(self) -> bytes:
        """The event on the wire: `id`, `event`, `retry`, each if it is not None; then the data."""
        named = (("id", self.id), ("event", self.event), ("retry", self.retry))
        lines = [f"{name}: {value}" for name, value in named if value is not None]
        text = self.data if isinstance(self.data, str) else json.dumps(self.data)
        lines += [f"data: {line}" for line in LINEEND.split(text)]
        return ("\n".join(lines) + "\n\n").encode()


def as_event(item: Any) -> bytes:
    """An event on the wire: an Event, or what would be the data of one."""
    return bytes(item if isinstance(item, Event) else Event(item))


def last_event_id(request: Any) -> str | None:
    """The id of the last event that a returning browser has seen: go on after it."""
    value = request.headers.get("last-event-id")
    return None if value is None else str(value)


class EventStream(Streamed):
    """A response of server-sent events, from an iterable or async iterable of them.

    Items are Events, or anything that becomes the data of one. After `keep_alive` seconds of
    silence a comment goes out (async iterables only: nothing can interrupt a thread that waits).
    When the server stops, the stream ends, and the browser comes back elsewhere.
    """

    __slots__ = ("_keep_alive", "_stopped", "_wake")

    def __init__(
        self,
        events: Iterable[Any] | AsyncIterable[Any],
        status_code: int = 200,
        headers: HeaderSource = None,
        *,
        keep_alive: float | None = 15.0,
    ) -> None:
        Response.__init__(self, b"", status_code, headers, "text/event-stream; charset=utf-8")
        self.headers.setdefault("cache-control", "no-cache")
        self.headers.setdefault("x-accel-buffering", "no")  # nginx would hold it back
        self.length = None
        self._keep_alive = keep_alive
        self._stopped = False
        self._wake: asyncio.Future[None] | None = None
        self.blocking = not isinstance(events, AsyncIterable)
        if isinstance(events, AsyncIterable):
            self.chunks = self._watched(aiter(events))
        else:
            self.chunks = self._taken(iter(events))

    def stop(self) -> None:
        """End after the event that is being sent."""
        self._stopped = True
        wake = self._wake
        if wake is not None:
            wake.get_loop().call_soon_threadsafe(_wake, wake)

    def _taken(self, events: Iterator[Any]) -> Iterator[bytes]:
        try:
            for item in events:
                yield as_event(item)
                if self._stopped:
                    return
        finally:
            close = getattr(events, "close", None)
            if close is not None:
                close()

    async def _watched(self, events: AsyncIterator[Any]) -> AsyncIterator[bytes]:
        """Events as they come, comments while none does, until the end or `stop`."""
        self._wake = asyncio.get_running_loop().create_future()
        coming: asyncio.Task[Any] | None = None
        try:
            while not self._stopped:
                coming = coming or asyncio.ensure_future(_next(events))
                either = (coming, self._wake)
                await asyncio.wait(either, timeout=self._keep_alive, return_when=FIRST_COMPLETED)
                if not coming.done():
                    yield COMMENT
                    continue
                item, coming = coming.result(), None
                if item is END:
                    return
                yield as_event(item)
        finally:
            await _let_go(events, coming)


def _wake(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)


async def _next(events: AsyncIterator[Any]) -> Any:
    return await anext(events, END)


async def _let_go(events: AsyncIterator[Any], coming: asyncio.Task[Any] | None) -> None:
    """End what waits for the next event, then the generator that would have made it."""
    if coming is not None:
        coming.cancel()
        await asyncio.wait((coming,))
    aclose = getattr(events, "aclose", None)
    if aclose is not None:
        await aclose()
