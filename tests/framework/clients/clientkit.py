"""The application that real clients talk to, and where the clients are found.

Apart because each client has a module of its own. Rule: a client that this machine does not have
is skipped with its name; in CI, where `.ci/run` has installed it, its absence is a failure.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from groundup import App, Limits
from groundup.sse import Event, EventStream, last_event_id
from groundup.streaming import StreamingResponse

SIZE = 5 << 20  # bytes of the large file
EVENTS = 6


def program(name: str) -> str:
    """The path of a client that is a program."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return found if found is not None else missing(name)


def package(name: str) -> Any:
    """A client that is a Python package."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return missing(name)


def missing(name: str) -> Any:
    """Skip the test; in CI, let it fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{name} is missing, and CI must have it: see .ci/run", pytrace=False)
    pytest.skip(f"{name} is not installed here")


def sha(data: bytes) -> str:
    """What is compared in place of megabytes."""
    return hashlib.sha256(data).hexdigest()


class ClientApp:
    """`app`, the `data` of its large file, and the `peers` that have connected to it."""

    def __init__(self, folder: Path) -> None:
        self.data = os.urandom(SIZE)
        (folder / "large.bin").write_bytes(self.data)
        (folder / "page.html").write_text(PAGE)
        self.peers: set[Any] = set()
        self.app = App(limits=Limits(body=1 << 20, streamed_body=64 << 20))
        self.app.static("/files", folder)
        self.app.get("/")(self.hello)
        self.app.post("/echo")(self.echo)
        self.app.post("/small")(self.small)
        for method in ("POST", "PUT"):
            self.app.route("/upload", method=method, stream_body=True)(self.upload)
        self.app.get("/stream")(self.stream)
        self.app.get("/events")(self.events)
        self.app.get("/seen")(self.seen)

    def hello(self, request):
        self.peers.add(request.client_addr)
        return "hello"

    def echo(self, request):
        return request.json()

    def small(self, request):
        return str(len(request.body))

    def upload(self, request):
        """What came, in few bytes, read as it came."""
        read = hashlib.sha256()
        for part in request.stream():
            read.update(part)
        return read.hexdigest()

    async def stream(self, request):
        async def parts():
            for number in range(10):
                yield f"line {number}\n"
                await asyncio.sleep(0.001)

        return StreamingResponse(parts(), content_type="text/plain; charset=utf-8")

    async def events(self, request):
        """Three events at a time; who comes back gets the next ones, until there are no more."""
        after = int(last_event_id(request) or 0)

        async def events():
            for number in range(after + 1, min(after + 3, EVENTS) + 1):
                yield Event(f"ü{number}\nsecond line", id=str(number), retry=50)
            if after >= EVENTS:
                await asyncio.sleep(30)

        return EventStream(events())

    def seen(self, request):
        return {"host": request.host, "fields": [list(pair) for pair in request.headers.items()]}


PAGE = """<!doctype html><meta charset="utf-8"><title>waiting</title>
<link rel="icon" href="data:,">
<script type="module">
const seen = { ids: [], data: [] };
const echo = await fetch("/echo", { method: "POST", body: JSON.stringify({ a: "ü" }) });
seen.echo = await echo.json();
seen.stream = await (await fetch("/stream")).text();
seen.many = (await Promise.all([...Array(40).keys()].map(
  async () => (await fetch("/")).text()))).every((text) => text === "hello");
const part = await fetch("/files/large.bin", { headers: { Range: "bytes=10-19" } });
seen.part = [part.status, (await part.arrayBuffer()).byteLength];
const large = await (await fetch("/files/large.bin", { cache: "no-store" })).arrayBuffer();
const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", large));
seen.sha = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const upload = await fetch("/upload", { method: "POST", body: large });
seen.upload = await upload.text();
const refused = await fetch("/small", { method: "POST", body: large });
seen.refused = refused.status;
const source = new EventSource("/events");
source.onmessage = (event) => {
  seen.ids.push(event.lastEventId);
  seen.data.push(event.data);
  if (seen.ids.length === 6) {
    source.close();
    window.seen = seen;
    document.title = "done";
  }
};
</script>
"""
