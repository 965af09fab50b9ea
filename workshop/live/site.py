"""The book as a groundup application: its files, its pages with the tasks in them, their news.

Apart because it is the one module of the workshop that imports the framework: `framework.load`
comes first. The rule: it answers questions and does nothing else; no request changes anything.
"""

import asyncio
import re
from pathlib import Path
from typing import Any

from groundup import App, EventStream, HTTPException, Request, Response, StaticFiles
from groundup.filenames import safe_parts
from workshop.book.panel import PLACE, SERVED, SERVED_BY
from workshop.live import gate
from workshop.live.board import Board
from workshop.live.hub import Hub

LIVE = "/live/"  # where the news are: /live/01_echo_socket
HEADERS = {
    "cache-control": "no-cache",  # a rebuilt page is seen at the next reload
    "content-security-policy": "frame-ancestors 'self'",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
WAITING = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta http-equiv="refresh" content="1"><title>Ground Up</title>
<style>:root{color-scheme:light dark}body{font:18px/1.6 system-ui,sans-serif;margin:20vh auto;
max-width:30em;padding:0 1em}</style>
<h1>The book is being built</h1>
<p>This page looks again every second. The first build takes about ten seconds.</p></html>"""


class Site:
    """The handlers, and what they ask: the folder of the built book, the board, the hub."""

    def __init__(self, folder: Path, board: Board, hub: Hub) -> None:
        self._folder, self._board, self._hub = folder, board, hub
        self.app = App()
        self.app.add_route("/", self.page)
        self.app.add_route(LIVE + "<step>", self.news)
        self.app.add_route("/<path:path>", self.page)

    def handle(self, request: Request) -> Any:
        """What the engine calls: the gate, then the application."""
        page = not request.raw_path.startswith(LIVE)
        why = gate.refusal(request.host, request.headers.get, page=page)
        if why is not None:
            return Response(why + "\n", 403)
        return self.app.handle(request)

    def page(self, request: Request, path: str = "") -> Response:
        """A file of the book; a page gets what only a live server knows."""
        if not (self._folder / "index.html").is_file():
            return Response.html(WAITING, 503, HEADERS)
        files = StaticFiles(self._folder)  # anew: a finished build takes the folder's place
        if path and not path.endswith(("/", ".html")):
            response = files(request, path)
            for name, value in HEADERS.items():
                response.headers[name] = value
            return response
        parts = safe_parts(path.removesuffix("/"))
        try:
            file, _ = files.open(parts if path.endswith(".html") else (*parts, "index.html"))
        except OSError:
            raise HTTPException(404) from None
        with file:
            text = file.read().decode("utf-8")
        return Response.html(self.filled(text), 200, HEADERS)

    def filled(self, text: str) -> str:
        """The page with the states of its step's tasks, and a line that says who serves it."""

        def panel(found: re.Match[str]) -> str:
            step = self._board.steps.get(found["step"])
            return self._board.panel(step).html(LIVE + step.name) if step else found[0]

        return PLACE.sub(panel, text.replace(SERVED, SERVED_BY))

    async def news(self, request: Request, step: str) -> Response:
        """The events of a step: everything that is known, then what changes."""
        known = self._board.steps.get(step)
        if known is None:
            raise HTTPException(404)
        if self._hub.full:
            return Response("too many pages listen\n", 503, {"retry-after": "5"})

        async def first() -> str:
            return await asyncio.to_thread(self._board.snapshot, known)

        return EventStream(self._hub.listen(step, first), headers=HEADERS)
