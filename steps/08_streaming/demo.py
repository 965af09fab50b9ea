"""A shop with things that are too long to hold: what `run 8`, `bench 8` and `attack 8` start.

Downloads that are made while they are sent, a clock that never ends, an upload that is never held
whole, a film with ranges, and a folder of files. `/open` tells how many of its streams still live.
"""

import argparse
import asyncio
import hashlib
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from groundup.app import App
from groundup.files import FileResponse
from groundup.net import ListenError
from groundup.request import Request
from groundup.response import Response
from groundup.sse import Event, EventStream, last_event_id
from groundup.static import add_static
from groundup.streaming import StreamingResponse

MIB = 1 << 20
PAGE = """<!doctype html><meta charset="utf-8"><title>The shop</title><h1>Long things</h1>
<p>The clock: <output id="clock">…</output></p>
<ul><li><a href="/static/read%20me.txt">a file</a><li><a href="/film">a film, in ranges</a>
<li><a href="/big/8">8 MiB, made while they are sent</a></ul>
<script>new EventSource("/clock").onmessage = e => clock.value = e.data</script>"""


def make_app(folder: Path) -> App:
    """The shop's routes; `folder` is where its files are."""
    app = App()
    alive: set[int] = set()

    @app.get("/")
    def home() -> Response:
        return Response.html(PAGE)

    @app.get("/big/<int:mib>")
    def big(mib: int) -> StreamingResponse:
        return StreamingResponse(watched(blocks(mib)), length=mib * MIB)

    @app.get("/slow")
    async def slow() -> StreamingResponse:
        return StreamingResponse(ticking(alive))

    @app.get("/clock")
    async def clock(request: Request) -> EventStream:
        seen = last_event_id(request)
        return EventStream(counting(int(seen) + 1 if seen and seen.isdecimal() else 0))

    @app.post("/upload", stream_body=True)
    async def upload(request: Request) -> dict[str, Any]:
        digest, size = hashlib.sha256(), 0
        async for part in request.stream():
            digest.update(part)
            size += len(part)
        return {"bytes": size, "sha256": digest.hexdigest()}

    @app.get("/film")
    def film() -> FileResponse:
        return FileResponse(folder / "film.bin", content_type="video/mp4")

    @app.get("/open")
    async def open_streams() -> str:
        return str(len(alive))

    def watched(pieces: Iterator[bytes]) -> Iterator[bytes]:
        alive.add(id(pieces))
        try:
            yield from pieces
        finally:
            alive.discard(id(pieces))

    add_static(app, "/static", folder / "public")
    return app


def blocks(mib: int) -> Iterator[bytes]:
    """So many MiB, 64 KiB at a time."""
    block = b"x" * 65536
    for _ in range(mib * 16):
        yield block


async def ticking(alive: set[int]) -> AsyncIterator[str]:
    """A tick every 20 ms, for ever: whoever has enough leaves."""
    me = object()
    alive.add(id(me))
    try:
        while True:
            yield "tick\n"
            await asyncio.sleep(0.02)
    finally:
        alive.discard(id(me))


async def counting(first: int) -> AsyncIterator[Event]:
    """Events that a browser can come back to: each has its number as its id."""
    number = first
    while True:
        yield Event(str(number), id=str(number), retry=1000)
        number += 1
        await asyncio.sleep(0.2)


def main() -> None:
    """Listen, say where, and serve until somebody interrupts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "public").mkdir()
        (folder / "public" / "read me.txt").write_text("Read by everybody.\n", encoding="utf-8")
        (folder / "keys.txt").write_text("KEYS of the shop\n", encoding="utf-8")
        (folder / "film.bin").write_bytes(bytes(range(256)) * 4096)
        try:
            make_app(folder).run(options.host, options.port, mode="pool")
        except (ListenError, NotImplementedError) as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
