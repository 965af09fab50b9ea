"""A server as one object: `HTTPServer(host, port, router, max_workers=20).start()`.

Apart from the App because some programs like to see the two: what answers, and what listens. It
adds nothing but names to `launch` and to `streamserver`. The rule: `start` blocks and has an
engine; `start_server` gives the event loop back, and has asyncio's streams.
"""

from __future__ import annotations

import asyncio
from typing import Any

from groundup.app import App
from groundup.config import options_of
from groundup.launch import serve
from groundup.lifecycle import Lifecycle
from groundup.routing import Router
from groundup.streamserver import HTTPConnection, Streams


class HTTPServer:
    """Serves a Router, or an App: `start()` and `stop()`, or within a loop `start_server()`.

    `options` are those of `app.run`: `max_workers=20` are twenty threads.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 8000,
        router: Router | None = None,
        *,
        app: App | None = None,
        **options: Any,
    ) -> None:
        if app is not None and router is not None:
            raise TypeError("HTTPServer() takes a router or an app, not both")
        self.host, self.port, self.options = host, port, options
        self.app = App(router) if app is None else app
        self.lifecycle = Lifecycle(self.app.startup, self.app.cleanup)
        self._streams: Streams | None = None

    def start(self) -> int:
        """Serve until `stop`, Ctrl-C or SIGTERM; the exit status, as of `app.run`."""
        return serve(self.app, self.host, self.port, **self.options)

    def stop(self) -> None:
        """Let `start` come to its end; from any thread."""
        self.app.shutdown()

    async def handle_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection to its end: what `asyncio.start_server` wants to be given."""
        if self._streams is None:
            said = options_of(self.app, self.options)
            limits, timeouts = said.get("limits"), said.get("timeouts")
            bounds = limits or self.app.limits, timeouts or self.app.timeouts
            parser = self.app.parser
            self._streams = Streams(self.app.handle, *bounds, self.lifecycle, parser=parser)
        await HTTPConnection(self._streams, reader, writer).run()

    async def start_server(self) -> asyncio.Server:
        """Run the start-up hooks, listen on this event loop, and return asyncio's server.

        The shut-down hooks are yours to run: `await server.lifecycle.end()`.
        """
        await self.lifecycle.start()
        return await asyncio.start_server(self.handle_connection, self.host, self.port)


async def start_server(app: App, host: str = "127.0.0.1", port: int = 8000) -> asyncio.Server:
    """`await app.start_server(host, port)`: the app, served on the event loop that runs."""
    return await HTTPServer(host, port, app=app).start_server()


App.start_server = start_server
