"""Task 6.3: call a handler where it may wait (`calling.running`, `app.App.answer_later`)."""

import asyncio
import functools
import threading

import pytest

from groundup.app import App
from groundup.calling import AWAITED, BLOCKING, INSTANT, running
from groundup.errors import HTTPException
from groundup.request import Request
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("6.3")


def plain():
    return "plain"


async def instant():
    return "instant"


async def awaited():
    await asyncio.sleep(0)
    return "awaited"


async def looped():
    async for _ in generator():
        pass
    return "looped"


async def generator():
    yield "never"


class Plain:
    def __call__(self):
        return "plain"


class Awaited:
    async def __call__(self):
        await asyncio.sleep(0)
        return "awaited"


def name_of(handler):
    return getattr(handler, "__name__", type(handler).__name__)


KINDS = [
    (plain, BLOCKING),
    (instant, INSTANT),
    (awaited, AWAITED),
    (looped, AWAITED),
    (Plain(), BLOCKING),
    (Awaited(), AWAITED),
    (functools.partial(instant), INSTANT),
    (str, BLOCKING),
]


@pytest.mark.parametrize(("handler", "want"), KINDS, ids=[name_of(case[0]) for case in KINDS])
def test_what_may_be_expected_of_a_handler_is_found_out(handler, want):
    kit.did(f"running({handler!r}, …)")
    call = running(handler, lambda request, params: handler())
    kit.expect_that(call is not None, "a Call", "None: was the `return` forgotten?")
    kit.expect(call.kind, want, f"the kind of {name_of(handler)}")


def test_an_instant_one_gives_its_value_and_no_coroutine():
    call = running(instant, lambda request, params: instant())
    kit.expect(call.run(Request.build(), {}), "instant", "what run() gives")


def test_an_async_generator_is_an_error_at_registration():
    kit.did("register an async generator function")
    error = kit.expect_raises(TypeError, running, generator, lambda r, p: None, want="a TypeError")
    kit.expect_that("generator" in str(error), "it says what kind of function", repr(error))


class Threads:
    """A worker as `request.worker`: it runs what it is given in a thread, and remembers it."""

    is_async = True
    stopping = False

    def __init__(self):
        self.ran = []

    async def run(self, function, *arguments):
        """In a thread."""
        self.ran.append(function)
        return await asyncio.to_thread(function, *arguments)


def answered(app, target="/"):
    """What an app answers on a loop: the response, and what ran in a thread."""
    request, worker = Request.build("GET", target), Threads()
    request.worker = worker
    kit.did(f"GET {target}, on a loop")

    async def main():
        answer = app.handle(request)
        if not isinstance(answer, Response):
            answer = await answer
        return answer

    response = asyncio.run(main())
    kit.expect_that(isinstance(response, Response), "a Response", repr(response))
    return response, worker.ran


def where():
    return threading.current_thread().name


async def where_now():
    return threading.current_thread().name


async def where_later():
    await asyncio.sleep(0)
    return threading.current_thread().name


def app_of(handler, **more):
    app = App()
    app.get("/")(handler)
    return app


def test_a_plain_handler_runs_in_the_executor():
    response, ran = answered(app_of(where))
    kit.expect(len(ran), 1, "how many functions the executor was given", why="a plain one may wait")
    kit.expect_that(
        response.body.decode() != where(), "the handler ran in another thread", response.body
    )


@pytest.mark.parametrize("handler", [where_now, where_later])
def test_an_async_handler_runs_on_the_loop(handler):
    response, ran = answered(app_of(handler))
    kit.expect(response.body.decode(), where(), "the thread that it ran in: the loop's")
    kit.expect(ran, [], "what the executor was given")


def test_values_come_from_the_path():
    app = App()

    @app.get("/<int:id>/<name>")
    async def show(name, request, id):
        await asyncio.sleep(0)
        return {"id": id, "name": name, "path": request.path}

    response, _ = answered(app, "/7/ada")
    kit.expect(response.body, b'{"id":7,"name":"ada","path":"/7/ada"}', "the answer")


async def crash():
    await asyncio.sleep(0)
    raise KeyError("lost")


def crash_in_a_thread():
    raise KeyError("lost")


async def refuse():
    await asyncio.sleep(0)
    raise HTTPException(403, "not you")


@pytest.mark.parametrize(
    ("handler", "want"), [(crash, 500), (crash_in_a_thread, 500), (refuse, 403)]
)
def test_an_exception_becomes_an_answer(handler, want):
    response, _ = answered(app_of(handler))
    kit.expect(response.status_code, want, f"the status for a handler that is {handler.__name__}")


@pytest.mark.parametrize("handler", [crash, crash_in_a_thread])
def test_an_async_error_handler_is_awaited(handler):
    app = app_of(handler)

    @app.errorhandler(KeyError)
    async def found(error):
        await asyncio.sleep(0)
        return f"no {error.args[0]}", 404

    response, _ = answered(app)
    kit.expect((response.status_code, response.body), (404, b"no lost"), "its answer")


def test_a_cancellation_is_let_through():
    begun = asyncio.Event()

    async def wait_for_ever():
        begun.set()
        await asyncio.get_running_loop().create_future()

    app, request = app_of(wait_for_ever), Request.build()
    request.worker = Threads()

    async def main():
        task = asyncio.ensure_future(app.handle(request))
        await begun.wait()
        task.cancel()
        await asyncio.wait({task}, timeout=1)
        return task.cancelled()

    kit.did("a handler waits for ever; its task is cancelled")
    kit.expect_that(
        asyncio.run(main()),
        "the task ends cancelled",
        "an answer, or nothing",
        why="a cancellation is no error of the handler: CancelledError is no Exception",
    )


def test_where_no_loop_runs_both_kinds_are_answered_too():
    for handler in (where, where_now, where_later):
        response = app_of(handler).handle(Request.build())
        if asyncio.iscoroutine(response) and not hasattr(App, "answer_later"):
            response = asyncio.run(response)  # a later App leaves that to its engine
        kit.expect_that(isinstance(response, Response), "a Response", repr(response))
        kit.expect(response.status_code, 200, f"the status of {handler.__name__}")
