"""The onion: each layer once in and once out, in order; every response seen; errors go outward."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from layerkit import ask, ask_on_loop, fetch
from serving import ENGINES, serving

from groundup import App, Response, StreamingResponse, abort


def plain_layer(log, name):
    def layer(request, call_next):
        log.append(f"{name} in")
        response = call_next(request)
        log.append(f"{name} out")
        return response

    return layer


def async_layer(log, name):
    async def layer(request, call_next):
        log.append(f"{name} in")
        response = await call_next(request)
        log.append(f"{name} out")
        return response

    return layer


class PrePost:
    def __init__(self, log, name):
        self.log, self.name = log, name

    def pre(self, request):
        self.log.append(f"{self.name} in")

    def post(self, request, response):
        self.log.append(f"{self.name} out")


class AsyncPrePost(PrePost):
    async def pre(self, request):
        super().pre(request)

    async def post(self, request, response):
        super().post(request, response)


KINDS = {"plain": plain_layer, "async": async_layer, "pair": PrePost, "async pair": AsyncPrePost}


def add_handlers(app):
    @app.get("/instant")
    async def instant():
        return "done"

    @app.get("/waits")
    async def waits():
        await asyncio.sleep(0)
        return "done"

    @app.get("/plain")
    def plain():
        return "done"

    @app.post("/body")
    def body(request):
        return request.body

    @app.post("/abody")
    async def abody(request):
        await asyncio.sleep(0)
        return request.body

    @app.get("/offloads")
    async def offloads(request):
        return await request.run_in_executor(lambda: "done")

    @app.get("/crash")
    def crash():
        raise KeyError("lost")

    @app.get("/abort")
    async def aborts():
        abort(409, "no")

    @app.get("/stream")
    async def stream():
        return StreamingResponse(iter([b"one ", b"two"]), content_type="text/plain")


PATHS = ["/instant", "/waits", "/plain", "/offloads", "/crash", "/abort", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("outer", KINDS)
@pytest.mark.parametrize("inner", KINDS)
@pytest.mark.parametrize("way", [ask, ask_on_loop])
def test_each_layer_goes_once_in_and_once_out_in_order(outer, inner, path, way):
    log: list[str] = []
    app = App()
    add_handlers(app)
    app.add_middleware(KINDS[outer](log, "outer"), KINDS[inner](log, "inner"))
    response = way(app, path)
    want = ["outer in", "inner in", "inner out", "outer out"]
    assert log == want, "whatever is inside, errors and 404s too, the way is in, in, out, out"
    expected = {"/crash": 500, "/abort": 409, "/nowhere": 404}.get(path, 200)
    assert response.status_code == expected


@pytest.mark.parametrize("kind", KINDS)
def test_layers_are_made_when_they_are_added_and_not_for_each_request(kind, monkeypatch):
    import groundup.hooks

    app = App()
    add_handlers(app)
    app.add_middleware(KINDS[kind]([], "a"))
    monkeypatch.setattr(groundup.hooks, "compose", None)  # would raise if it were called
    assert ask(app, "/plain").body == b"done"


def test_a_layer_may_answer_without_calling_on():
    log: list[str] = []
    app = App()
    app.add_middleware(plain_layer(log, "outer"), lambda request, call_next: ({"no": 1}, 403))
    app.add_middleware(plain_layer(log, "never"))
    response = ask(app)
    assert (response.status_code, response.body) == (403, b'{"no":1}')
    assert log == ["outer in", "outer out"], "what is outside sees it, what is inside is not asked"


@pytest.mark.parametrize("way", [ask, ask_on_loop])
@pytest.mark.parametrize("path", ["/crash", "/waits-crash"])
@pytest.mark.parametrize("inner", ["plain", "async"])
def test_an_exception_travels_outward_to_the_first_layer_that_handles_it(inner, path, way):
    log: list[str] = []
    app = App()
    add_handlers(app)

    @app.get("/waits-crash")
    async def waits_crash():
        await asyncio.sleep(0)
        raise KeyError("lost")

    def catcher(name):
        def layer(request, call_next):
            try:
                return call_next(request)
            except KeyError:
                log.append(name)
                return name, 410

        return layer

    app.add_middleware(plain_layer(log, "outermost"))
    app.add_middleware(catcher("far"), catches=KeyError)
    app.add_middleware(catcher("near"), catches=KeyError)
    app.add_middleware(KINDS[inner](log, "inner"))
    response = way(app, path)
    assert (response.status_code, response.body) == (410, b"near")
    assert log == ["outermost in", "inner in", "near", "outermost out"]


def test_an_error_handler_is_nearer_than_any_layer():
    app = App()
    add_handlers(app)

    async def never(request, call_next):
        try:
            return await call_next(request)
        except KeyError:
            return "the layer"

    app.add_middleware(never, catches=(KeyError,))
    app.errorhandler(KeyError)(lambda request, error: ("the handler", 418))
    assert ask(app, "/crash").body == b"the handler"


@pytest.mark.parametrize("kind", ["plain", "async", "pair"])
@pytest.mark.parametrize("raiser", ["plain", "async", "pair"])
def test_what_a_layer_raises_is_answered_and_seen_by_those_outside(kind, raiser):
    log: list[str] = []
    app = App()

    def refuses(request, *_):
        abort(401, "who are you?")

    async def refuses_later(request, call_next):
        abort(401, "who are you?")

    class Refuses:
        pre = staticmethod(refuses)

    refusing = {"plain": refuses, "async": refuses_later, "pair": Refuses}[raiser]
    app.add_middleware(KINDS[kind](log, "outer"), refusing)
    app.errorhandler(401)(lambda request, error: {"error": error.message})
    response = ask(app)
    assert (response.status_code, response.body) == (401, b'{"error":"who are you?"}')
    assert log == ["outer in", "outer out"]


@pytest.mark.parametrize("wrong", [3, "text", lambda: None, lambda request: None])
def test_what_is_no_layer_is_refused_when_it_is_added(wrong):
    with pytest.raises(TypeError, match="a layer is a function of"):
        App().add_middleware(wrong)


def test_a_class_stands_for_an_object_of_it():
    app = App()

    @app.middleware
    class Marks:
        def post(self, request, response):
            response.headers["x-marked"] = "1"

    assert ask(app).headers["x-marked"] == "1"


def test_pre_may_answer_and_post_may_replace():
    app = App()

    class Both:
        def pre(self, request):
            return ("early", 202) if request.path == "/early" else None

        async def post(self, request, response):
            return Response(response.body + b"!", response.status_code)

    add_handlers(app)
    app.add_middleware(Both())
    assert ask(app, "/early").body == b"early!"
    assert ask(app, "/plain").body == b"done!"


@pytest.fixture(scope="module", params=list(ENGINES))
def mode(request):
    return request.param


@pytest.fixture(scope="module", params=["plain", "async", "pair", "mixed"])
def served(mode, request):
    app, log = App(max_body_size=1000), []
    add_handlers(app)
    chosen = ["plain", "async", "plain"] if request.param == "mixed" else [request.param]
    app.add_middleware(*[KINDS[kind](log, f"{n}") for n, kind in enumerate(chosen)])

    @app.after_request
    def mark(request, response):
        response.headers["x-seen"] = "1"

    with serving(mode, app, limits=app.limits) as server:
        yield server


@pytest.mark.parametrize("path", [*PATHS, "/stream"])
def test_every_engine_answers_through_layers(served, path):
    status, fields, body = fetch(served.address, "GET", path)
    assert status == {"/crash": 500, "/abort": 409, "/nowhere": 404}.get(path, 200)
    assert fields["x-seen"] == "1", "after_request sees every response"
    if path == "/stream":
        assert body == b"one two", "a stream passes through"


@pytest.mark.parametrize("path", ["/body", "/abody"])
def test_a_body_comes_through_layers(served, path):
    assert fetch(served.address, "POST", path, b"x" * 900)[2] == b"x" * 900
    assert fetch(served.address, "POST", path, b"x" * 1001)[0] == 413


def test_a_layer_holds_no_thread_that_its_handler_needs():
    """More requests at once than threads, and each would need a second one."""
    app = App()
    add_handlers(app)
    app.add_middleware(plain_layer([], "a"), async_layer([], "b"), plain_layer([], "c"))
    gate = threading.Barrier(2, timeout=20)

    @app.middleware
    def together(request, call_next):
        gate.wait()
        return call_next(request)

    served = serving("pool", app, num_workers=1, executor_per_worker=2)
    with served as server, ThreadPoolExecutor(8) as clients:
        paths = ["/plain", "/offloads"] * 8
        answers = list(clients.map(lambda path: fetch(server.address, "GET", path), paths))
    assert [status for status, _, _ in answers] == [200] * 16
