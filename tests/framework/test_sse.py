"""Server-sent events: what a browser reads, and how such a stream lives and ends.

The format is read back by the rules of the standard (WHATWG HTML §9.2.6), not compared with itself.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time

import pytest
from faultkit import to_the_end
from program import ask, connect, eventually, get, some
from serving import ENGINES, serving

from groundup import App
from groundup.sse import Event, EventStream, last_event_id
from groundup.timeouts import Timeouts

ALL = tuple(ENGINES)


def received(data: bytes) -> list[dict[str, str]]:
    """What a browser dispatches for these bytes: no comment, no event that is unfinished.

    `id` is the last one that was told; a `retry` that is not a number is ignored.
    """
    events: list[dict[str, str]] = []
    last, kept = "", {}
    lines: list[str] = []
    for line in re.split(r"\r\n|\r|\n", data.decode()):
        if not line:
            if lines:
                events.append({**kept, "data": "\n".join(lines), "id": last})
            lines, kept = [], {}
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            lines.append(value)
        elif name == "id":
            last = value
        elif name == "event" or (name == "retry" and value.isdecimal()):
            kept[name] = value
    return events


@pytest.mark.parametrize(
    "event",
    [
        Event("hello"),
        Event("", event="ping"),
        Event("one\ntwo\nthree"),
        Event("ends with a line end\n"),
        Event("\n"),
        Event("old\rMac, and\r\nWindows"),
        Event("data: not a field\nid: nor this\n\nevent: nor that"),
        Event(" leading space, and : colons:"),
        Event("zwölf ☕"),
        Event("x", event="news", id="7", retry=1500),
        Event("x", id=""),
        Event({"a": [1, None, "ü\n"]}),
    ],
)
def test_a_browser_gets_what_was_meant(event):
    (got,) = received(bytes(event))
    wanted = event.data if isinstance(event.data, str) else None
    if wanted is None:
        assert got["data"] == '{"a": [1, null, "\\u00fc\\n"]}'
    else:
        assert got["data"] == re.sub(r"\r\n|\r", "\n", wanted)
    assert got["id"] == (event.id or "")
    assert got.get("event") == event.event
    assert got.get("retry") == (None if event.retry is None else str(event.retry))


@pytest.mark.parametrize("name", ["id", "event"])
@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "x\n\ndata: forged"])
def test_no_field_can_smuggle_in_another(name, value):
    with pytest.raises(ValueError, match=name):
        Event("x", **{name: value})


app = App()


@app.get("/sync")
def sync(request):
    return EventStream([Event("one", id="1"), "two", {"three": 3}])


@app.get("/async")
async def awaited(request):
    async def events():
        for item in (Event("one", id="1"), "two", {"three": 3}):
            yield item

    return EventStream(events())


@app.get("/resumed")
async def resumed(request):
    after = int(last_event_id(request) or 0)
    return EventStream([Event(str(n), id=str(n)) for n in range(after + 1, 6)])


@app.get("/quiet")
async def quiet(request):
    async def events():
        yield "one"
        await asyncio.sleep(30)

    return EventStream(events(), keep_alive=0.05)


app.get("/")(lambda: "hello")


@pytest.fixture(scope="module", params=ALL)
def served(request):
    with serving(request.param, app) as served:
        yield served


def stream_of(served, target: str, fields: str = "") -> tuple[bytes, bytes]:
    """Head, in lower case, and body as it is over HTTP/1.0: without chunks."""
    with connect(served.address) as sock:
        sock.sendall(f"GET {target} HTTP/1.0\r\n{fields}\r\n".encode())
        head, _, body = to_the_end(sock).partition(b"\r\n\r\n")
        return head.lower(), body


@pytest.mark.parametrize("target", ["/sync", "/async"])
def test_events_from_both_kinds_of_sources_arrive(served, target):
    head, body = stream_of(served, target)
    assert b"content-type: text/event-stream; charset=utf-8" in head
    assert b"cache-control: no-cache" in head
    assert [event["data"] for event in received(body)] == ["one", "two", '{"three": 3}']
    assert [event["id"] for event in received(body)] == ["1", "1", "1"]


def test_a_browser_that_returns_is_told_what_it_has_missed(served):
    _, body = stream_of(served, "/resumed", "Last-Event-ID: 3\r\n")
    assert [event["data"] for event in received(body)] == ["4", "5"]
    _, body = stream_of(served, "/resumed")
    assert len(received(body)) == 5


def test_a_stream_that_is_silent_says_that_it_is_alive(served):
    with connect(served.address) as sock:
        ask(sock, "/quiet")
        data = b""
        while data.count(b"\n: ") < 3:
            data += some(sock)
    comments = [line for line in data.split(b"\n") if line.startswith(b":")]
    assert len(comments) == 3
    assert received(b"".join(comments) + b"\n\n") == [], "nobody sees a comment"


def test_each_event_is_sent_when_it_is_there(served):
    """Nothing waits for a buffer to fill."""
    with connect(served.address) as sock:
        ask(sock, "/quiet")
        data = b""
        while b"data: one\n\n" not in data:
            data += some(sock)


class Endless:
    """An application with event streams that go on, and one that has yet to begin."""

    def __init__(self) -> None:
        self.app = App()
        self.begun, self.ended, self.release = (threading.Event() for _ in range(3))
        self.app.get("/waiting")(self.waiting)
        self.app.get("/steady")(self.steady)
        self.app.get("/late")(self.late)

    async def waiting(self, request):
        async def events():
            try:
                yield "one"
                self.begun.set()
                await asyncio.sleep(30)
            finally:
                self.ended.set()

        return EventStream(events())

    async def steady(self, request):
        async def events():
            try:
                while True:
                    yield "one"
                    self.begun.set()
                    await asyncio.sleep(0.01)
            finally:
                self.ended.set()

        return EventStream(events())

    async def late(self, request):
        self.begun.set()
        while not self.release.is_set():
            await asyncio.sleep(0.01)
        return await self.waiting(request)


@pytest.mark.parametrize("kind", ["waiting", "steady", "late"])
@pytest.mark.parametrize("mode", ALL)
def test_a_stream_ends_as_it_should_when_the_server_stops(mode, kind):
    """No event stream holds a server up, not even one whose handler has yet to return it."""
    endless, short = Endless(), Timeouts(linger=0.2)
    with serving(mode, endless.app, timeouts=short) as served, connect(served.address) as sock:
        ask(sock, f"/{kind}")
        assert endless.begun.wait(10)
        begin = time.monotonic()
        served.engine.stop()
        if kind == "late":
            if mode != "serial":  # which lets in who has connected, when it is through with us
                eventually(lambda: not listens(served.address))  # so it has heard
            endless.release.set()
        data = to_the_end(sock)
        served.thread.join(10)
        assert data.endswith(b"\r\n0\r\n\r\n"), "an orderly end: the browser comes back elsewhere"
        assert time.monotonic() - begin < 2.0
        assert kind == "late" or endless.ended.is_set(), "its source has been let go"
        assert served.result is True


def listens(address) -> bool:
    """Whether anybody may still connect."""
    try:
        connect(address).close()
    except ConnectionError:
        return False
    return True


@pytest.mark.parametrize("kind", ["waiting", "steady"])
@pytest.mark.parametrize("mode", ALL)
def test_a_browser_that_leaves_ends_the_source_of_its_events(mode, kind):
    endless = Endless()
    with serving(mode, endless.app) as served:
        sock = connect(served.address)
        ask(sock, f"/{kind}")
        assert endless.begun.wait(10)
        begin = time.monotonic()
        sock.close()
        assert endless.ended.wait(10)
        assert time.monotonic() - begin < 1.0
        assert get(served.address, "/x")[0] == 404
