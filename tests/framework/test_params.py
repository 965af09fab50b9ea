"""Handler parameters by name: made once a request, cleaned up after the handler."""

from __future__ import annotations

import asyncio
import json

import pytest
from layerkit import ask, fetch
from serving import ENGINES, serving

from groundup import App, RequestLog


def database(log, *, is_async=False):
    def plain():
        log.append("open")
        try:
            yield "db"
        except BaseException as error:
            log.append(type(error).__name__)
            raise
        finally:
            log.append("close")

    async def later():
        for value in plain():
            await asyncio.sleep(0)
            yield value

    return later if is_async else plain


def test_a_parameter_is_made_for_the_handler_and_ended_after_it():
    app, log = App(), []
    app.provide("db", database(log))

    @app.get("/<int:id>")
    def handler(id, db):
        log.append("handler")
        return {"id": id, "db": db}

    assert ask(app, "/7").body == b'{"id":7,"db":"db"}'
    assert log == ["open", "handler", "close"]
    ask(app, "/7")
    assert log == ["open", "handler", "close"] * 2, "each request has its own"


@pytest.mark.parametrize("waits", [False, True])
def test_an_async_handler_gets_it_from_an_async_provider(waits):
    app = App()

    async def make(request):
        await asyncio.sleep(0)
        return request.path

    app.provide("where", make)

    async def instant(where):
        return where

    async def waiting(where):
        await asyncio.sleep(0)
        return where

    app.get("/here")(waiting if waits else instant)
    assert ask(app, "/here").body == b"/here"


def test_a_provider_sees_the_exception_of_its_handler():
    app, log = App(), []
    app.provide("db", database(log))
    app.get("/")(lambda db: 1 / 0)
    assert ask(app).status_code == 500
    assert log == ["open", "ZeroDivisionError", "close"], "so that it can roll back"


def test_the_path_wins_over_a_provider():
    app = App()
    app.provide("id", lambda: "provided")
    app.get("/<id>")(lambda id: id)
    assert ask(app, "/path").body == b"path"


def test_what_nobody_provides_is_refused_at_registration():
    with pytest.raises(TypeError, match="asks for 'databank_nobody_has'"):
        App().get("/")(lambda databank_nobody_has: "")


def test_a_factory_may_ask_for_the_request_alone():
    with pytest.raises(TypeError, match="may ask for `request` alone"):
        App().provide("db", lambda name: name)


def test_a_fake_takes_the_place_of_what_is_provided():
    app = App()
    app.provide("db", lambda: "real")
    app.get("/")(lambda db: db)
    app.provide("db", lambda: "fake")
    assert ask(app).body == b"fake", "looked up at each request, so a test can replace it"


@pytest.mark.parametrize("mode", list(ENGINES))
def test_every_engine_fills_parameters(mode):
    app, log = App(), []
    app.provide("db", database(log))
    app.get("/plain")(lambda db: db)

    @app.get("/async")
    async def waits(db):
        await asyncio.sleep(0)
        return db

    with serving(mode, app) as server:
        for path in ("/plain", "/async"):
            assert fetch(server.address, "GET", path)[2] == b"db"
    assert log == ["open", "close"] * 2


def test_a_plain_handler_cannot_have_what_an_async_function_provides():
    app = App()

    async def make():
        return "db"

    app.provide("only_awaited", make)
    with pytest.raises(TypeError, match=r"only_awaited.*: make the handler `async def`"):
        app.get("/")(lambda only_awaited: only_awaited)
    assert not app.router.routes, "a handler that cannot work is no route"


def test_nor_what_one_provides_since_the_handler_was_registered(caplog):
    app = App()

    async def make():
        return "db"

    app.provide("db", lambda: "db")
    app.get("/")(lambda db: db)
    app.provide("db", make)
    assert ask(app).status_code == 500
    assert "make the handler `async def`" in str(caplog.records[-1].exc_info[1])


def test_the_clock_is_a_collaborator_that_layers_ask():
    lines, now = [], [10.0]
    app = App(clock=lambda: now[0])
    app.add_middleware(RequestLog(lines.append))

    @app.get("/")
    def handler():
        now[0] += 0.25

    ask(app)
    assert json.loads(lines[0])["ms"] == 250.0
