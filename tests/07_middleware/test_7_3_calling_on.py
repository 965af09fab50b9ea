"""Task 7.3: a layer that calls on (`onion.make_layer`, `.around_async`, `.around_plain`)."""

import asyncio
import threading

import pytest
from onions import callable_of, request_of, settled, waited

from groundup.engines.worker import LoopWorker
from groundup.lifecycle import Lifecycle
from groundup.middleware.onion import Layer, make_layer
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("7.3")


def plain(request, call_next):
    response = call_next(request)
    response.headers["x-seen"] = type(response).__name__
    return response


async def awaiting(request, call_next):
    response = await call_next(request)
    response.headers["x-seen"] = type(response).__name__
    return response


class Callable:
    def __call__(self, request, call_next):
        return plain(request, call_next)


class AsyncCallable:
    async def __call__(self, request, call_next):
        return await awaiting(request, call_next)


class Halves:
    def pre(self, request):
        request.state["entered"] = True

    def post(self, request, response):
        response.headers["x-seen"] = "Response" if request.state["entered"] else "no"


class Half:
    def post(self, request, response):
        response.headers["x-seen"] = type(response).__name__


def at_once(request):
    return Response("inside")


async def in_a_while(request):
    await asyncio.sleep(0)
    return Response("inside")


LAYERS = {
    "a plain function": plain,
    "an async function": awaiting,
    "an object that is called": Callable(),
    "an object whose __call__ is async": AsyncCallable(),
    "an object with pre and post": Halves(),
    "a class with pre and post": Halves,
    "a class with post alone": Half,
}
INSIDE = {"what answers at once": at_once, "what is awaited": in_a_while}


def stage_of(layer, inner):
    made = make_layer(layer)
    told = "None: was the `return` forgotten?" if made is None else repr(made)
    kit.expect_that(isinstance(made, Layer), "make_layer() gives a Layer", told)
    return callable_of(made.around(inner), "the layer's stage")


def on_a_loop(stage, worker=None):
    """What a stage gives on an event loop."""
    request = request_of()
    request.worker = worker

    async def main():
        answer = stage(request)
        return await waited(answer) if hasattr(answer, "__await__") else answer

    return settled(asyncio.run(main()), "what the stage gives on a loop")


@pytest.mark.parametrize("where", ["in a thread", "on a loop"])
@pytest.mark.parametrize("inner", INSIDE)
@pytest.mark.parametrize("layer", LAYERS)
def test_every_kind_of_layer_gets_a_response_whatever_is_inside(layer, inner, where):
    kit.did(f"{layer}, around {inner}, {where}")
    stage = stage_of(LAYERS[layer], INSIDE[inner])
    response = settled(stage(request_of())) if where == "in a thread" else on_a_loop(stage)
    kit.expect(response.body, b"inside", "the answer from inside")
    kit.expect(response.headers.get("x-seen"), "Response", "what `call_next` gave, or `post` got")


async def refusing_later(request, call_next):
    return Response("no", 403)


@pytest.mark.parametrize("layer", [lambda request, call_next: Response("no", 403), refusing_later])
def test_a_layer_may_answer_itself(layer):
    asked = []
    response = settled(stage_of(layer, asked.append)(request_of()))
    kit.expect(response.status_code, 403, "the layer's answer")
    kit.expect(asked, [], "whom it has asked inside")


def test_what_is_inside_is_asked_when_the_layer_calls_and_not_before():
    log = []

    def layer(request, call_next):
        log.append("before")
        response = call_next(request)
        log.append("after")
        return response

    def inner(request):
        log.append("inside")
        return Response("inside")

    settled(stage_of(layer, inner)(request_of()))
    kit.expect(log, ["before", "inside", "after"], "the order")


def test_a_plain_layer_may_wait_so_it_never_runs_on_the_loops_thread():
    threads = []

    def layer(request, call_next):
        threads.append(threading.current_thread().name)
        return call_next(request)

    on_a_loop(stage_of(layer, at_once))
    kit.expect_that(
        threads != [threading.current_thread().name], "another thread than the loop's", threads
    )


def test_an_async_layer_runs_on_the_loops_thread():
    threads = []

    async def layer(request, call_next):
        threads.append(threading.current_thread().name)
        return await call_next(request)

    on_a_loop(stage_of(layer, at_once))
    kit.expect(threads, [threading.current_thread().name], "the thread of the layer")


def test_a_plain_layer_holds_no_thread_that_what_is_inside_needs():
    worker = LoopWorker(1, 0, Lifecycle())  # one thread, and nobody may wait for it

    async def needs_a_thread(request):
        return Response(await request.run_in_executor(lambda: "from a thread"))

    kit.did("a plain layer around a handler that needs a thread; there is one thread")
    try:
        response = on_a_loop(stage_of(plain, needs_a_thread), worker)
    finally:
        worker.close()
    kit.expect(response.body, b"from a thread", "the answer: the layer lends its thread")


@pytest.mark.parametrize(
    ("given", "want"),
    [((), ()), (KeyError, (KeyError,)), ((KeyError, OSError), (KeyError, OSError))],
)
def test_what_it_catches_is_always_a_tuple(given, want):
    for layer in (plain, awaiting, Halves):
        made = make_layer(layer, given)
        kit.expect(made and made.catches, want, f"catches={given} of {layer.__name__}")


@pytest.mark.parametrize("wrong", [None, 42, "layer", lambda request: None, object()])
def test_what_is_no_layer_is_refused(wrong):
    kit.expect_raises(TypeError, make_layer, wrong, want=f"{wrong!r} is no layer: TypeError")
