"""What crashed is told in the log: once, with its traceback, whoever served the request.

Apart from the faults, which ask what a client sees. The rule: a 500 whose reason stands nowhere
is a bug that nobody can mend, and one that is told twice looks like two.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from faultkit import to_the_end
from program import PATIENCE, ask, connect, get
from serving import ENGINES, serving

from groundup import App, Response, StreamingResponse
from groundup.request import buffered
from groundup.streamserver import HTTPConnection, Streams

MODES = (*ENGINES, "streams")


def breaks_off() -> Iterator[bytes]:
    yield b"one"
    raise RuntimeError("as ordered")


async def raises_later() -> Response:
    await asyncio.sleep(0)
    raise RuntimeError("as ordered")


async def nonsense_later() -> Any:
    return object()


def raises(request: Any) -> Response:
    raise RuntimeError("as ordered")


# What a plain function does in place of an App, and the exception that must be found in the log.
PLAIN = {
    "raises": (raises, "RuntimeError"),
    "raises when its body is here": (buffered(raises), "RuntimeError"),
    "raises when awaited": (lambda request: raises_later(), "RuntimeError"),
    "gives nonsense": (lambda request: object(), "TypeError"),
    "gives nonsense when awaited": (lambda request: nonsense_later(), "TypeError"),
    "gives a field that may not be sent": (
        lambda request: Response("x", 200, {"content-length": "nine"}),
        "ResponseError",
    ),
}


def app_that(does: str) -> App:
    app = App()

    @app.get("/")
    def here() -> Any:
        if does == "stream":
            return StreamingResponse(breaks_off())
        raise RuntimeError("as ordered")

    return app


@contextmanager
def served(mode: str, app: Any) -> Iterator[Any]:
    """Any engine's address, or that of asyncio's own server with our HTTPConnection."""
    if mode in ENGINES:
        with serving(mode, app) as server:
            yield server.address
        return
    streams, loop = Streams(getattr(app, "handle", app)), asyncio.new_event_loop()

    async def begin() -> asyncio.Server:
        return await asyncio.start_server(
            lambda *ends: HTTPConnection(streams, *ends).run(), "127.0.0.1", 0
        )

    server = loop.run_until_complete(begin())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield server.sockets[0].getsockname()
    finally:
        asyncio.run_coroutine_threadsafe(end(server), loop).result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


async def end(server: asyncio.Server) -> None:
    """Take no more, and let the connections come to their end."""
    server.close()
    if others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others, timeout=PATIENCE)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The exceptions in the log."""
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    return [
        record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else record.message
        for record in lines
    ]


@pytest.mark.parametrize("does", PLAIN)
@pytest.mark.parametrize("mode", MODES)
def test_a_crash_of_a_plain_function_is_told_once(mode, does, caplog):
    handle, expected = PLAIN[does]
    with served(mode, handle) as address:
        assert get(address)[0] == 500
    assert told(caplog) == [expected], "a 500 has a reason, and the log has it once"


@pytest.mark.parametrize("mode", MODES)
def test_a_crash_of_an_app_is_told_once(mode, caplog):
    with served(mode, app_that("raise")) as address:
        assert get(address)[0] == 500
    assert told(caplog) == ["RuntimeError"]


@pytest.mark.parametrize("mode", MODES)
def test_a_stream_that_breaks_is_told_once(mode, caplog):
    with served(mode, app_that("stream")) as address, connect(address) as sock:
        ask(sock)
        got = to_the_end(sock)
    assert b"one" in got and not got.endswith(b"0\r\n\r\n"), "what broke must not look complete"
    assert told(caplog) == ["RuntimeError"]
