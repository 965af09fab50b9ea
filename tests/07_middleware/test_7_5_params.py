"""Task 7.5: parameters that others provide (`params.with_values`, `.with_values_async`)."""

import asyncio
import itertools
import logging
import threading

import pytest
from onions import ask, callable_of

from groundup.app import App
from groundup.calling import BLOCKING, Call
from groundup.params import VALUES, with_values, with_values_async
from groundup.request import Request
from workshop import kit

pytestmark = kit.task("7.5")


class Log(list):
    """What has happened, and factories that note it."""

    def opening(self, name, *, fails=False):
        def factory():
            if fails:
                raise OSError
            self.append(f"open {name}")
            try:
                yield name
            except Exception as error:
                self.append(f"{name} sees {type(error).__name__}")
                raise
            finally:
                self.append(f"close {name}")

        return factory

    def opening_later(self, name):
        async def factory():
            await asyncio.sleep(0)
            self.append(f"open {name}")
            try:
                yield name
            finally:
                await asyncio.sleep(0)
                self.append(f"close {name}")

        return factory


def app_of(handler, path="/", **provided):
    """An app with one handler, and what is provided for it."""
    app = App()
    kit.did(f"provide {', '.join(provided)}; register a handler that asks for some of it")
    for name, factory in provided.items():
        app.provide(name, factory)
    app.get(path)(handler)
    return app


def test_with_values_gives_a_function_that_calls_the_handler():
    request = Request.build()
    call = Call(lambda request, params: ("called", params), BLOCKING)
    run = callable_of(with_values(call, ()), "what with_values() gives")
    kit.expect(run(request, {"id": 7}), ("called", {"id": 7}), "what the call gives")
    run = callable_of(with_values_async(call, ()), "what with_values_async() gives")
    kit.expect(asyncio.run(run(request, {})), ("called", {}), "what the async one gives")


HANDLERS = {
    "plain": lambda log: lambda db: log.append(f"handler has {db}"),
    "async": lambda log: awaiting(log),
    "async that never waits": lambda log: instant(log),
}


def awaiting(log):
    async def handler(db):
        await asyncio.sleep(0)
        log.append(f"handler has {db}")

    return handler


def instant(log):
    async def handler(db):
        log.append(f"handler has {db}")

    return handler


@pytest.mark.parametrize("kind", HANDLERS)
def test_a_value_is_made_before_the_handler_and_ended_after_it(kind):
    log = Log()
    app = app_of(HANDLERS[kind](log), db=log.opening("db"))
    for _ in range(2):
        kit.expect(ask(app).status_code, 204, f"a {kind} handler that asks for db")
    kit.expect(
        log, ["open db", "handler has db", "close db"] * 2, "two requests, one after another"
    )


@pytest.mark.parametrize("is_async", [False, True])
def test_a_value_that_could_be_entered_is_handed_over_as_it_is(is_async):
    log, lock = [], threading.Lock()

    def handler(lock):
        log.append(lock.locked())

    async def later(lock):
        await asyncio.sleep(0)
        log.append(lock.locked())

    ask(app_of(later if is_async else handler, lock=lambda: lock))
    why = "only a generator is begun and ended; a lock, a file or a connection is what it is"
    kit.expect(log, [False], "whether the lock that a plain factory gives is held", why=why)


def test_requests_at_the_same_time_have_values_of_their_own():
    app, begun, numbers = App(), threading.Event(), itertools.count(1)
    kit.did("provide a number, 1, 2, …; while a handler has the first, another request comes")
    app.provide("number", lambda: next(numbers))

    @app.get("/")
    def handler(request, number):
        if not begun.is_set():
            begun.set()
            kit.expect(ask(app).body, b"2", "what the second request is given")
        return str(given(request))

    def given(request):
        return request.state[VALUES]["number"]

    kit.expect(ask(app).body, b"1", "what the first request has, when the second has ended")


@pytest.mark.parametrize("kind", ["async", "async that never waits"])
def test_an_async_handler_may_have_what_is_made_by_awaiting(kind):
    log = Log()
    app = app_of(HANDLERS[kind](log), db=log.opening_later("db"))
    kit.expect(ask(app).status_code, 204, f"a {kind} handler, an async generator provides db")
    kit.expect(log, ["open db", "handler has db", "close db"], "what happened")


def test_what_nobody_asks_for_is_not_made():
    log = Log()
    app = app_of(lambda db: db, db=log.opening("db"), cache=log.opening("cache"))
    kit.expect(ask(app).body, b"db", "the handler's answer")
    kit.expect(log, ["open db", "close db"], "the handler asks for db, and not for cache")


@pytest.mark.parametrize("is_async", [False, True])
def test_the_last_one_made_is_the_first_to_end(is_async):
    log = Log()

    def handler(db, cursor, lock):
        log.append("handler")

    async def later(db, cursor, lock):
        await asyncio.sleep(0)
        log.append("handler")

    made = {name: log.opening(name) for name in ("db", "cursor", "lock")}
    ask(app_of(later if is_async else handler, **made))
    want = ["open db", "open cursor", "open lock", "handler",
            "close lock", "close cursor", "close db"]  # fmt: skip
    kit.expect(log, want, "three values, in the order of the handler's parameters")


@pytest.mark.parametrize("is_async", [False, True])
def test_what_was_begun_is_ended_where_the_handler_fails(is_async):
    log = Log()

    def handler(db):
        raise LookupError

    async def later(db):
        await asyncio.sleep(0)
        raise LookupError

    app = app_of(later if is_async else handler, db=log.opening("db"))
    app.errorhandler(LookupError)(lambda: ("not there", 404))
    kit.expect(ask(app).status_code, 404, "the error handler's answer")
    kit.expect(log, ["open db", "db sees LookupError", "close db"], "the provider sees it too")


def test_what_was_begun_is_ended_where_the_next_one_cannot_be_made():
    log = Log()
    app = app_of(
        lambda db, lock: "never", db=log.opening("db"), lock=log.opening("lock", fails=True)
    )
    kit.expect(ask(app).status_code, 500, "lock cannot be made")
    kit.expect(log, ["open db", "db sees OSError", "close db"], "db was open already")


def test_a_plain_function_gives_a_value_and_may_ask_for_the_request():
    app = app_of(
        lambda who, number, id: [who, number, id],
        path="/<int:id>",
        who=lambda request: request.headers.get("x-who"),
        number=lambda: 42,
    )
    kit.expect(ask(app, "/7", x_who="ada").body, b'["ada",42,7]', "two values, and one of the path")


def test_an_async_function_is_awaited():
    async def make(request):
        await asyncio.sleep(0)
        return request.path

    async def handler(where):
        return where

    kit.expect(ask(app_of(handler, where=make), "/").body, b"/", "an async factory's value")


def test_an_async_provider_of_a_plain_handler_is_an_error_that_says_so(caplog):
    async def make():
        return "db"

    app = app_of(lambda db: db, db=lambda: "db")
    kit.did("provide db again, by an async function")
    app.provide("db", make)
    with caplog.at_level(logging.ERROR):
        response = ask(app)
    kit.expect(response.status_code, 500, "the answer: nobody could await it")
    told = str(caplog.records[-1].exc_info[1]) if caplog.records else "nothing was logged"
    kit.expect_that("db" in told and "async" in told, "a sentence that names db and async", told)


def test_two_apps_have_each_their_own():
    def handler(db):
        return db

    real, fake = app_of(handler, db=lambda: "real"), app_of(handler, db=lambda: "fake")
    kit.expect(ask(real).body, b"real", "the one that provides the real thing")
    kit.expect(ask(fake).body, b"fake", "the one of a test, with the same handler")
