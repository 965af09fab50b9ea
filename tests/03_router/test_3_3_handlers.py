"""Task 3.3: how a handler wants to be called (`handlers.compile_handler`)."""

import functools
import inspect

import pytest

from groundup.handlers import compile_handler
from groundup.request import Request
from workshop import kit

pytestmark = kit.task("3.3")

REQUEST = Request.build("GET", "/users/42")


class Page:
    def show(self, request, id):
        return ("method", request, id)

    def __call__(self, id):
        return ("object", id)


class AsyncCallable:
    async def __call__(self, request):
        return None


def annotated(r: Request, id):
    return ("annotated", r, id)


def quoted(r: "Request"):
    return ("quoted", r)


def passing_on(handler):
    @functools.wraps(handler)
    def wrapper(*args, **kwargs):
        return ("wrapped", handler(*args, **kwargs))

    return wrapper


GOOD = [
    ("nothing at all", lambda: "home", "home"),
    ("the request", lambda request: request, REQUEST),
    ("the request, called req", lambda req: req, REQUEST),
    ("a parameter of the path", lambda id: id, 42),
    ("the request and a parameter", lambda request, id: (request, id), (REQUEST, 42)),
    ("in the other order", lambda id, request: (id, request), (42, REQUEST)),
    ("both parameters, in another order", lambda name, id: (name, id), ("ada", 42)),
    ("everything", lambda **rest: rest, {"id": 42, "name": "ada"}),
    ("one by name and the rest", lambda id, **rest: (id, rest), (42, {"name": "ada"})),
    ("the request and the rest", lambda request, **rest: rest, {"id": 42, "name": "ada"}),
    ("one with a default", lambda id, page=1: (id, page), (42, 1)),
    ("a parameter of the path with a default", lambda id=0: id, 42),
    ("keyword-only", lambda *, id, request: (id, request), (42, REQUEST)),
    ("*args stay empty", lambda *args, id: (args, id), ((), 42)),
    ("the request by annotation", annotated, ("annotated", REQUEST, 42)),
    ("the request by quoted annotation", quoted, ("quoted", REQUEST)),
    ("a method", Page().show, ("method", REQUEST, 42)),
    ("an object that can be called", Page(), ("object", 42)),
    ("a partial", functools.partial(lambda size, id: (size, id), 9), (9, 42)),
    ("a decorator with wraps", passing_on(lambda id: id), ("wrapped", 42)),
]


ASKED = (
    "a handler gets what its signature asks for, by name; what it leaves out is not passed, and "
    "so def home() is as good as def user(request, id)"
)


@pytest.mark.parametrize(("story", "handler", "want"), GOOD, ids=[case[0] for case in GOOD])
def test_a_handler_gets_what_its_signature_asks_for(story, handler, want):
    kit.did(f"a handler that asks for: {story}")
    kit.did("call it with id=42, name='ada'")
    call = compile_handler(handler, ["id", "name"])
    got = call(REQUEST, {"id": 42, "name": "ada"})
    kit.expect(got, want, f"{story}, and nothing more", why=ASKED)


FIRST = "the author wrote the name into the pattern: ask `in names` before `is_request`"


def test_a_parameter_called_like_the_request_belongs_to_the_path():
    kit.did("def show(request), registered for /<int:request>")
    call = compile_handler(lambda request: request, ["request"])
    kit.expect(call(REQUEST, {"request": 7}), 7, "the value that stands in the path", why=FIRST)


UNFILLED = [
    ("a typing error", lambda request, idd: None, "'idd'", "'id'"),
    ("the request under a strange name", lambda requset: None, "'requset'", "'request'"),
    ("keyword-only", lambda *, nam: None, "'nam'", "'name'"),
]


@pytest.mark.parametrize(
    ("story", "handler", "asked", "near"), UNFILLED, ids=[case[0] for case in UNFILLED]
)
def test_a_parameter_that_nobody_fills_is_an_error_at_registration(story, handler, asked, near):
    kit.did(f"register a handler that asks for {asked}; the path has id and name")
    error = kit.expect_raises(
        TypeError, compile_handler, handler, ["id", "name"], want="registration fails"
    )
    for part in (asked, near):
        kit.expect_that(part in str(error), f"the sentence names {part}", str(error))


@pytest.mark.parametrize("handler", [lambda id, /: id, lambda request, /, id: id])
def test_a_parameter_without_a_name_for_the_caller_is_an_error_at_registration(handler):
    parameter = next(iter(inspect.signature(handler).parameters))
    kit.did(f"register a handler whose parameter {parameter!r} stands before a `/`")
    error = kit.expect_raises(
        TypeError,
        compile_handler,
        handler,
        ["id", "name"],
        want="registration fails: handlers are called by name. `bind` says so",
    )
    kit.expect_that(repr(parameter) in str(error), "the sentence names it", str(error))


async def coroutine(request):
    return "never"


async def generator(request):
    yield "never"


@pytest.mark.parametrize(
    "handler",
    [coroutine, generator, AsyncCallable(), functools.partial(coroutine)],
    ids=["async def", "async def with yield", "async __call__", "partial of async def"],
)
def test_async_def_is_an_error_at_registration(handler):
    kit.did("register an async handler")
    error = kit.expect_raises(
        TypeError,
        compile_handler,
        handler,
        ["id", "name"],
        want="registration fails: nobody could await it. `refuse_async` says so",
    )
    kit.expect_that("step 06" in str(error), "the sentence says where it comes", str(error))
