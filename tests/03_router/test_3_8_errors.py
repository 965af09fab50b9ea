"""Task 3.8: whatever goes wrong is answered (`app.find_handler`, `App.answer_error`)."""

import logging

import pytest

from groundup.app import App
from groundup.errors import HTTPException, abort
from groundup.request import Request
from groundup.response import Response
from groundup.routing import Router
from workshop import kit

pytestmark = kit.task("3.8")

SECRET = "password=hunter2"


def crash():
    raise KeyError(SECRET)


def teapot():
    abort(418, "short and stout")


def app_with(**handlers):
    """An app with /crash, /teapot, /missing (abort 404), /nonsense and these error handlers."""
    app = App()
    app.add_route("/crash", crash)
    app.add_route("/teapot", teapot)
    app.add_route("/missing", lambda: abort(404))
    app.add_route("/nonsense", lambda: 42)
    return app


def ask(app, target, method="GET"):
    kit.did(f"{method} {target}")
    return app.handle(Request.build(method, target))


def test_an_exception_with_a_status_is_an_answer():
    response = ask(app_with(), "/teapot")
    kit.expect(response.status_code, 418, "the status of abort(418, …)")
    kit.expect_that(b"short and stout" in response.body, "its message", response.body)
    kit.expect(ask(app_with(), "/nobody").status_code, 404, "no route: 404")


def test_a_crash_says_nothing_to_the_client_and_everything_to_the_log(caplog):
    with caplog.at_level(logging.ERROR, logger="groundup"):
        response = ask(app_with(), "/crash?a=1")
    kit.expect(response.status_code, 500, "500")
    kit.expect_that(
        SECRET.encode() not in response.body and b"KeyError" not in response.body,
        "nothing of the exception in the answer",
        response.body,
        why="a traceback is a map of your program, drawn for whoever asked",
    )
    kit.expect(len(caplog.records), 1, "one record in the log 'groundup'")
    record = caplog.records[0]
    kit.expect_that(record.exc_info, "with the traceback (exc_info)", caplog.text)
    kit.expect_that("/crash?a=1" in record.getMessage(), "and the target", record.getMessage())


def test_a_line_feed_cannot_forge_a_line_in_the_log(caplog):
    app = App()
    app.set_default_handler(crash)
    with caplog.at_level(logging.ERROR, logger="groundup"):
        app.handle(Request.build("GET", "/a\nERROR all is lost"))
    kit.did("a crash at a target with a line feed in it")
    kit.expect_that(
        "\n" not in caplog.records[0].getMessage(),
        "one line: write the target with %r",
        caplog.text,
    )


def test_nonsense_from_a_handler_is_a_crash(caplog):
    response = ask(app_with(), "/nonsense")
    kit.expect(response.status_code, 500, "a handler that returned 42: 500")
    kit.expect_that("int" in caplog.text, "the log names the type", caplog.text)


def test_an_expected_error_is_not_logged_as_a_crash(caplog):
    app = app_with()
    app.errorhandler(KeyError)(lambda request, error: ("sorry", 409))
    ask(app, "/teapot")
    response = ask(app, "/crash")
    kit.expect((response.status_code, response.body), (409, b"sorry"), "its handler's answer")
    kit.expect(caplog.text, "", "an empty log: somebody knew what to do")


NEAR = (
    "the status code of an HTTPException comes first, then the error's classes from the nearest "
    "to the farthest. A crash that nobody has a handler for ends as an HTTPException(500), and "
    "that may have one"
)


def named(key):
    """An error handler's key as a text: 'LookupError', '500'."""
    return key.__name__ if isinstance(key, type) else str(key)


def said(key):
    """What the error handler of `key` answers here."""
    return f"the handler for {named(key)} says sorry"


NEAREST = [
    ("its own class", [KeyError, LookupError, Exception], KeyError),
    ("its base", [LookupError, Exception], LookupError),
    ("whatever was registered first", [Exception, LookupError], LookupError),
    ("any exception", [Exception], Exception),
    ("500, when no class fits", [ValueError, 500], 500),
    ("a class is nearer than 500", [500, LookupError], LookupError),
    ("HTTPException, as which a crash ends", [HTTPException], HTTPException),
    ("nobody", [ValueError, 404], None),
]


@pytest.mark.parametrize(("story", "keys", "want"), NEAREST, ids=[case[0] for case in NEAREST])
def test_the_nearest_error_handler_answers_a_crash(story, keys, want):
    app = app_with()
    for key in keys:
        app.errorhandler(key)(lambda request, error, key=key: (said(key), 500))
    kit.did(f"error handlers for {', '.join(map(named, keys))}; a handler raises KeyError")
    body = ask(app, "/crash").body
    answer = "500 Internal Server Error\n" if want is None else said(want)
    kit.expect(body, answer.encode(), f"the handler for {story}", why=NEAR)


class OutOfTea(HTTPException):
    def __init__(self):
        super().__init__(503, "no tea")


CODES = [
    ("the status code", [503, OutOfTea, HTTPException], 503),
    ("its class", [HTTPException, OutOfTea], OutOfTea),
    ("its base", [Exception, HTTPException], HTTPException),
    ("not another code", [500, 404], None),
]


@pytest.mark.parametrize(("story", "keys", "want"), CODES, ids=[case[0] for case in CODES])
def test_the_nearest_error_handler_answers_a_status(story, keys, want):
    app = App()

    @app.get("/tea")
    def tea():
        raise OutOfTea

    for key in keys:
        app.errorhandler(key)(lambda request, error, key=key: said(key))
    told = ", ".join(map(named, keys))
    kit.did(f"error handlers for {told}; a handler raises OutOfTea, an HTTPException with 503")
    response = ask(app, "/tea")
    answer = "503 Service Unavailable: no tea\n" if want is None else said(want)
    kit.expect(response.body, answer.encode(), f"the handler for {story}", why=NEAR)
    kit.expect(response.status_code, 503, "and 503 all the same: the handler named no other")


def test_an_error_handler_sees_the_request_and_the_error():
    app = app_with()
    seen = []

    @app.errorhandler(404)
    def not_found(request, error):
        seen.append((request.path, error.status_code))
        return {"error": "not found"}

    response = ask(app, "/nobody")
    kit.expect(seen, [("/nobody", 404)], "(request, error)")
    kit.expect(response.status_code, 404, "404: an answer to an error is no success")
    kit.expect(response.headers["content-type"], "application/json", "what it returned, coerced")
    kit.expect(ask(app, "/missing").status_code, 404, "abort(404) goes the same way")


@pytest.mark.parametrize(
    "handler",
    [lambda: "x", lambda request: "x", lambda error: "x", lambda r, e: "x"],
    ids=["()", "(request)", "(error)", "(r, e)"],
)
def test_an_error_handler_may_leave_out_what_it_does_not_need(handler):
    app = app_with()
    app.errorhandler(404)(handler)
    kit.expect(ask(app, "/nobody").body, b"x", "its answer")


def test_a_handler_of_500_does_not_see_the_secret(caplog):
    app = app_with()
    app.errorhandler(500)(lambda request, error: f"sorry: {type(error).__name__} {error}")
    response = ask(app, "/crash")
    kit.expect_that(
        response.body.startswith(b"sorry: HTTPException"),
        "the handler's answer, and it was given an HTTPException(500) in place of the KeyError",
        response.body,
        why="whoever writes {error} into a page must not give a secret away",
    )
    kit.expect_that(SECRET.encode() not in response.body, "no secret in {error}", response.body)
    kit.expect(response.status_code, 500, "500")
    kit.expect_that(SECRET in caplog.text, "the log has it", caplog.text)


def test_a_broken_error_handler_is_answered_too(caplog):
    app = app_with()

    @app.errorhandler(404)
    def not_found(request, error):
        raise ValueError(SECRET)

    response = ask(app, "/nobody")
    kit.expect(response.status_code, 500, "a plain 500")
    kit.expect_that(SECRET.encode() not in response.body, "that says nothing", response.body)
    kit.expect_that(SECRET in caplog.text, "and the log has the second error", caplog.text)


def test_an_error_handler_may_abort():
    app = app_with()
    app.errorhandler(KeyError)(lambda error: abort(404, "no such key"))
    app.errorhandler(404)(lambda error: 1 / 0)
    response = ask(app, "/crash")
    kit.expect(response.status_code, 404, "the status it aborted with, once, without going round")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_of_the_handlers_passes_through(stop):
    app = App()

    @app.get("/")
    def leave():
        raise stop

    app.errorhandler(Exception)(lambda error: "caught")
    kit.did(f"a handler raises {stop.__name__}")
    kit.expect_raises(stop, app.handle, Request.build(), want="Ctrl-C ends the program")


def test_405_says_what_is_allowed():
    app = app_with()
    app.add_route("/teapot", lambda: None, method="DELETE")
    allow = "DELETE, GET, HEAD, OPTIONS"
    response = ask(app, "/teapot", "POST")
    kit.expect(response.status_code, 405, "the path is known, the method is not")
    kit.expect(
        response.headers.get_all("Allow"), [allow], "Allow, sorted", section="RFC 9110 §15.5.6"
    )
    app.errorhandler(405)(lambda error: Response.json({"error": "no"}, 405))
    response = ask(app, "/teapot", "POST")
    kit.expect(
        response.headers.get_all("Allow"),
        [allow],
        "Allow, whoever writes the answer: 405 without it breaks a MUST",
        section="RFC 9110 §15.5.6",
    )


def test_options_and_head_come_for_free():
    app = app_with()
    response = ask(app, "/teapot", "OPTIONS")
    kit.expect(response.status_code, 204, "OPTIONS: 204")
    kit.expect(
        response.headers["allow"], "GET, HEAD, OPTIONS", "and Allow", section="RFC 9110 §9.3.7"
    )
    kit.expect(ask(app, "*", "OPTIONS").status_code, 204, "OPTIONS *: the server as a whole")
    kit.expect(ask(app, "/teapot", "HEAD").status_code, 418, "HEAD runs the handler of GET")
    app.add_route("/teapot", lambda: "mine", method="OPTIONS")
    kit.expect(ask(app, "/teapot", "OPTIONS").body, b"mine", "an OPTIONS of your own comes first")


def test_a_default_handler_takes_what_no_route_matches():
    app = app_with()
    app.set_default_handler(lambda request: f"{request.method} {request.path}")
    kit.expect(ask(app, "/nobody", "BREW").body, b"BREW /nobody", "any path, any method")
    kit.expect(ask(app, "/teapot", "BREW").status_code, 405, "a known path is still a 405")


def test_an_app_stands_on_a_router_that_was_there_before():
    router = Router()

    @router.get("/hello")
    def hello(request):
        return type(request.app).__name__

    app = App(router)
    kit.expect(ask(app, "/hello").body, b"App", "the route, and request.app")


@pytest.mark.parametrize(
    ("call", "near"),
    [
        (lambda: App().route("/", metods=["GET"]), "'methods'"),
        (lambda: App().get("/", nam="x"), "'name'"),
        (lambda: App(routr=Router()), "'router'"),
        (lambda: App().run(prot=80), "'port'"),
        (lambda: App().get(lambda: "home"), "('/')"),
    ],
    ids=["route", "get", "App", "run", "@app.get without a pattern"],
)
def test_an_unknown_option_names_the_near_miss(call, near):
    error = kit.expect_raises(TypeError, call, want="an unknown option is an error")
    kit.expect_that(near in str(error), f"that names {near}", str(error))


BAD_PATTERNS = [
    ("users", "users"),
    ("/users/<itn:id>", "int"),
    ("/users/<int:id", "<int:id"),
    ("/<a>/<a>", "/<a>/<a>"),
    ("/<a>-<b>", "<b>"),
    ("/a//b", "/a//b"),
    ("/a/../b", "/a/../b"),
    ("/a?b", "a?b"),
    ("/x<path:p>", "x<path:p>"),
    ("/<path:a>/x/<path:b>", "path"),
]


@pytest.mark.parametrize(("pattern", "named"), BAD_PATTERNS)
def test_a_bad_pattern_is_an_error_at_registration(pattern, named):
    kit.did(f"add_route({pattern!r}, …)")
    error = kit.expect_raises(
        ValueError, lambda: App().add_route(pattern, lambda **_: None), want="a sentence about it"
    )
    kit.expect_that(named in str(error), f"the sentence names {named}", str(error))


BAD_METHODS = [
    ("small letters", {"methods": ["get"]}, ValueError),
    ("no token", {"method": "A B"}, ValueError),
    ("none", {"methods": []}, ValueError),
    ("both", {"method": "GET", "methods": ["GET"]}, TypeError),
]


@pytest.mark.parametrize(
    ("story", "options", "kind"), BAD_METHODS, ids=[case[0] for case in BAD_METHODS]
)
def test_bad_methods_are_an_error_at_registration(story, options, kind):
    kit.did(f"add_route('/', …, {options})")
    kit.expect_raises(
        kind,
        lambda: App().add_route("/", lambda: None, **options),
        want=f"{story}: registration fails",
    )
