"""Events as lines of text. No regular expression: line ends are made equal, then split at.

Another design than the solution's: a stream that is told to stop cancels what it waits for.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterable
from dataclasses import dataclass
from typing import Any

from groundup.response import Response
from groundup.streaming import Streamed


@dataclass(frozen=True)
class Event:
    data: Any = ""
    event: str | None = None
    id: str | None = None
    retry: int | None = None

    def __post_init__(self):
        for value in (self.event, self.id):
            if value and set(value) & {"\r", "\n", "\0"}:
                raise ValueError(f"this must be one line: {value!r}")

    def __bytes__(self):
        text = self.data if isinstance(self.data, str) else json.dumps(self.data)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        out = bytearray()
        named = [("id", self.id), ("event", self.event), ("retry", self.retry)]
        data = zip(itertools.repeat("data"), text.split("\n"), strict=False)
        for name, value in itertools.chain(named, data):
            if value is not None:
                out += f"{name}: {value}\n".encode()
        return bytes(out) + b"\n"


def as_event(item):
    return bytes(item) if isinstance(item, Event) else bytes(Event(data=item))


def last_event_id(request):
    return request.headers.get("last-event-id")


class EventStream(Streamed):
    def __init__(self, events, status_code=200, headers=None, *, keep_alive=15.0):
        Response.__init__(self, b"", status_code, headers, "text/event-stream; charset=utf-8")
        for name, value in {"cache-control": "no-cache", "x-accel-buffering": "no"}.items():
            self.headers.setdefault(name, value)
        self._seconds = keep_alive
        self._ended = False
        self._waiting = self._loop = None
        self.blocking = not isinstance(events, AsyncIterable)
        self.chunks = self._now(iter(events)) if self.blocking else self._later(aiter(events))

    def stop(self):
        self._ended = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._give_up)

    def _give_up(self):
        if self._waiting is not None:
            self._waiting.cancel()

    def _now(self, events):
        try:
            while not self._ended:
                try:
                    item = next(events)
                except StopIteration:
                    break
                yield as_event(item)
        finally:
            getattr(events, "close", int)()

    async def _later(self, events):
        self._loop = asyncio.get_running_loop()
        try:
            while not self._ended:
                self._waiting = asyncio.ensure_future(anext(events))
                while not (await asyncio.wait([self._waiting], timeout=self._seconds))[0]:
                    yield b":\n\n"
                try:
                    item = self._waiting.result()
                except (StopAsyncIteration, asyncio.CancelledError):
                    break
                yield as_event(item)
        finally:
            if self._waiting is not None and not self._waiting.done():
                self._waiting.cancel()
                await asyncio.wait([self._waiting])
            if hasattr(events, "aclose"):
                await events.aclose()
