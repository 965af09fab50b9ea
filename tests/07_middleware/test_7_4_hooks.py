"""Task 7.4: hooks and layers of an application (`hooks.Surroundings`)."""

import pytest
from onions import ask

from groundup.app import App
from groundup.errors import HTTPException, abort
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("7.4")


def noting(log, name):
    """A layer that notes the way in, and the status on the way out."""

    def layer(request, call_next):
        log.append(f"{name} in")
        response = call_next(request)
        log.append(f"{name} out")
        return response

    return layer


def app_with(log):
    """An app with a route of each kind of answer."""
    app = App()

    @app.get("/")
    def home():
        log.append("handler")
        return "home"

    app.get("/crash")(lambda: {}["secret"])
    app.get("/gone")(lambda: abort(410))
    app.get("/teapot")(lambda: ("teapot", 418))

    @app.get("/later")
    async def later():
        raise HTTPException(403)

    return app


def test_the_decorators_give_back_what_they_decorate():
    app = App()

    def before(request):
        return None

    def after(request, response):
        return None

    kit.expect(app.before_request(before), before, "before_request(hook)")
    kit.expect(app.after_request(after), after, "after_request(hook)")


def test_what_is_no_layer_leaves_the_application_as_it_was():
    log = []
    app = app_with(log)
    kit.did("add_middleware(a layer, 7), which is a TypeError; then add another layer; GET /")
    kit.expect_raises(TypeError, app.add_middleware, noting(log, "first"), 7, want="TypeError")
    app.add_middleware(noting(log, "second"))
    ask(app)
    kit.expect(log, ["second in", "handler", "second out"], "who was called")


def test_hooks_are_called_in_the_order_of_their_registration_around_all_layers():
    log = []
    app = app_with(log)
    app.add_middleware(noting(log, "layer"))
    for name in ("one", "two"):
        app.before_request(lambda request, name=name: log.append(f"before {name}"))
        app.after_request(lambda request, response, name=name: log.append(f"after {name}"))
    ask(app)
    want = ["before one", "before two", "layer in", "handler", "layer out",
            "after one", "after two"]  # fmt: skip
    kit.expect(log, want, "two hooks before, a layer, the handler, two hooks after")


def test_what_a_hook_before_returns_is_the_answer():
    log = []
    app = app_with(log)
    app.add_middleware(noting(log, "layer"))
    kit.did("a hook before that gives a 403, another before, a layer, and a hook after")
    app.before_request(lambda request: Response("no", 403))
    app.before_request(lambda request: log.append("second"))
    app.after_request(lambda request, response: log.append(f"after {response.status_code}"))
    kit.expect(ask(app).status_code, 403, "the answer of the first hook")
    kit.expect(log, ["after 403"], "who else was called: the hook after, and nobody inside")


ANSWERS = [("GET", "/", 200), ("GET", "/nowhere", 404), ("DELETE", "/", 405),
           ("GET", "/crash", 500), ("GET", "/gone", 410), ("GET", "/teapot", 418),
           ("GET", "/later", 403), ("OPTIONS", "/", 204)]  # fmt: skip


@pytest.mark.parametrize(("method", "target", "status"), ANSWERS)
def test_hooks_after_and_layers_see_every_response(method, target, status):
    log = []
    app = app_with([])

    @app.middleware
    def layer(request, call_next):
        response = call_next(request)
        log.append(f"layer {response.status_code}")
        return response

    app.after_request(lambda request, response: log.append(f"after {response.status_code}"))
    ask(app, target, method)
    kit.expect(log, [f"layer {status}", f"after {status}"], f"who has seen {method} {target}")


def test_a_hook_after_sees_what_layers_and_other_hooks_have_refused_or_broken():
    for broken in ("before", "layer", "after"):
        log = []
        app = app_with([])
        if broken == "before":
            app.before_request(lambda request: 1 / 0)
        if broken == "layer":
            app.add_middleware(lambda request, call_next: 1 / 0)
        if broken == "after":
            app.after_request(lambda request, response: 1 / 0)
        app.after_request(lambda request, response, log=log: log.append(response.status_code))
        kit.expect(ask(app).status_code, 500, f"the answer where a {broken} hook crashes")
        kit.expect(log, [500], f"what the last hook after has seen, where a {broken} hook crashes")


def test_a_hook_after_may_put_another_response_in_its_place():
    app = app_with([])
    app.after_request(lambda request, response: ("replaced", 202))
    kit.expect(ask(app, "/nowhere").status_code, 202, "a 404, after a hook that gives a 202")


def test_the_first_layer_is_the_outermost_however_they_are_added():
    log = []
    app = app_with(log)
    app.add_middleware(noting(log, "a"), noting(log, "b"))
    app.add_middleware(noting(log, "c"))
    ask(app)
    want = ["a in", "b in", "c in", "handler", "c out", "b out", "a out"]
    kit.expect(log, want, "add_middleware(a, b), then add_middleware(c)")


def test_a_layer_catches_what_it_said_it_catches():
    log = []
    app = app_with(log)

    def tidy(request, call_next):
        try:
            return call_next(request)
        except LookupError:
            return "nothing there", 404

    app.add_middleware(noting(log, "outside"))
    app.add_middleware(tidy, catches=LookupError)
    app.add_middleware(noting(log, "inside"))
    kit.expect(
        ask(app, "/crash").status_code, 404, "KeyError, with a layer that catches LookupError"
    )
    kit.expect(log, ["outside in", "inside in", "outside out"], "who went in, and who came out")
    kit.expect(ask(app, "/gone").status_code, 410, "what it does not catch is answered as before")


def test_error_handlers_are_nearer_than_any_layer():
    log = []
    app = app_with(log)
    app.errorhandler(404)(lambda: "my own 404")
    app.errorhandler(KeyError)(lambda: ("a missing key", 422))

    @app.middleware
    async def layer(request, call_next):
        response = await call_next(request)
        log.append(response.body)
        return response

    ask(app, "/nowhere")
    kit.expect(ask(app, "/crash").status_code, 422, "the answer of the error handler of KeyError")
    want = [b"my own 404", b"a missing key"]
    kit.expect(log, want, "what the layer has seen: the error handlers' answers")


def test_what_is_no_layer_is_refused_when_it_is_added():
    app = App()
    kit.expect_raises(TypeError, app.add_middleware, 42, want="add_middleware(42): TypeError")


def test_a_request_without_layers_is_answered_as_before():
    log = []
    kit.expect(ask(app_with(log)).body, b"home", "an app with nothing around it")


def test_it_all_holds_over_the_wire():
    app = app_with([])
    app.after_request(lambda request, response: response.headers.add("x-after", "1"))
    app.before_request(lambda request: None if request.path != "/no" else ("no", 403))
    with kit.serve(app=app.handle) as server:
        client = server.connect()
        for target, status in (("/", 200), ("/no", 403), ("/nowhere", 404), ("/crash", 500)):
            client.send(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            reply = client.read_response()
            kit.expect(reply.status_code, status, f"the status of {target}")
            fields = {name.lower() for name, _ in reply.headers}
            kit.expect_that("x-after" in fields, f"{target} with the hook's field", reply.headers)
