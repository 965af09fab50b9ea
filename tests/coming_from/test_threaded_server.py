"""Text 2, a multithreaded server: its example, and each thing that it says of itself.

Run by the engine that it implies: twenty threads, because of `max_workers=20`. What it says of
its tests is held by tests elsewhere, which the table of the page names.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from blocks import AtWork, asking, at_work, run_block
from rawclient import RawClient

from groundup import App, Limits, Metrics, Router
from groundup.engines.threads import ThreadServer
from groundup.ratelimit import RateLimiter, rate_limited


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example at work, as `python example.py` would start it."""
    namespace: dict[str, Any] = {}
    run = lambda: run_block("threaded_server", namespace, main=True)  # noqa: E731
    with at_work(run, lambda: namespace["server"].stop(), monkeypatch) as program:
        yield program


def test_the_example_serves_with_twenty_threads(program: AtWork) -> None:
    assert (program.options["host"], program.options["port"]) == ("127.0.0.1", 8080)
    assert (program.options["mode"], program.options["max_workers"]) == ("threads", 20)


def test_path_parameters_of_the_example(program: AtWork) -> None:
    got = program.ask("GET", "/users/ada%20l")
    assert (got.status, got.json) == (200, {"id": "ada l", "status": "active"})
    assert program.ask("GET", "/users/").status == 404, "a parameter is never empty"
    assert program.ask("GET", "/users/a/b").status == 404, "and never more than one segment"


def test_query_parameters_and_headers_of_the_example(program: AtWork) -> None:
    got = program.ask("POST", "/echo?q=a&q=b&r=", headers={"User-Agent": "curl/8"})
    assert got.json == {"received_query": {"q": ["a", "b"], "r": [""]}, "client_agent": "curl/8"}
    assert program.ask("POST", "/echo").json["client_agent"] == "Unknown"


def test_a_pattern_is_compiled_when_it_is_registered_and_its_parameters_have_names() -> None:
    router = Router()
    router.get("/a/{one}/b/{two:int}")(lambda one, two: [one, two])
    found = router.match("GET", "/a/x/b/7")
    assert getattr(found, "params", None) == {"one": "x", "two": 7}
    with pytest.raises(ValueError, match="neither text nor one parameter"):
        router.get("/a/{one")(lambda: "")


def test_twenty_threads_answer_at_once_and_no_more() -> None:
    app, together = App(), threading.Barrier(20)
    names: set[str] = set()

    @app.get("/")
    def meet() -> str:
        together.wait(20)
        names.add(threading.current_thread().name)
        return "met"

    with asking("threads", app, max_workers=20) as ask:
        callers = [threading.Thread(target=ask, args=("GET", "/")) for _ in range(20)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(30)
    assert len(names) == 20, "each of them had a thread to itself"


def test_shared_numbers_are_counted_under_a_lock() -> None:
    app, metrics = App(), Metrics()
    app.get("/")(lambda: "hello")

    def ask_often() -> None:
        for _ in range(25):
            assert ask("GET", "/").status == 200

    with asking("threads", app, metrics=metrics) as ask:
        callers = [threading.Thread(target=ask_often) for _ in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join(30)
    seen = metrics.snapshot()
    assert (seen.begun, seen.finished, seen.responses) == (200, 200, {"2xx": 200})


def test_a_burst_is_limited_by_a_sliding_window_whose_memory_is_bounded() -> None:
    app = App()
    app.get("/")(lambda: "hello")
    limiter = RateLimiter(3, 60.0, keys=100)
    with asking("threads", rate_limited_app(app, limiter)) as ask:
        got = [ask("GET", "/") for _ in range(5)]
    assert [one.status for one in got] == [200, 200, 200, 429, 429]
    assert 0 < int(got[-1].headers["retry-after"]) <= 60, "it says when to come back"
    for number in range(1000):
        limiter.allow(f"10.0.{number // 256}.{number % 256}", 0.0)
    assert len(limiter) == 100, "a flood of addresses does not fill the memory"


def rate_limited_app(app: App, limiter: RateLimiter) -> Any:
    """The application behind the limiter, with what `asking` looks for."""
    limited: Any = rate_limited(app.handle, limiter)
    limited.limits, limited.timeouts = app.limits, app.timeouts
    return limited


def test_a_head_without_an_end_is_refused_within_a_bound() -> None:
    import socket

    app = App(limits=Limits(header_bytes=10_000))
    with asking("threads", app) as ask, socket.create_connection(ask.address, 20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        sent = 0
        while sent < 4 << 20:
            try:
                sent += client.send(b"x: " + b"y" * 997 + b"\r\n")
            except OSError:
                break
            if sent > 20_000:
                break
        assert client.recv(100).startswith(b"HTTP/1.1 431 "), "refused long before 4 MiB"


def test_the_engine_knows_nothing_of_the_application() -> None:
    import ast
    import inspect

    from groundup.engines import threads

    for module in (threads, inspect.getmodule(ThreadServer)):
        tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]
        named = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not named & {"groundup.app", "groundup.routing"}, "it knows one callable, handle"


def test_a_queue_that_is_full_is_answered_and_does_not_grow() -> None:
    """A ThreadPoolExecutor's queue has no bound: whoever comes is let in, and waits for ever."""
    app, free, taken = App(), threading.Event(), threading.Event()

    @app.get("/")
    def busy() -> str:
        taken.set()
        free.wait(20)
        return "done"

    with asking("threads", app, max_workers=1, queue_size=1) as ask:
        first = RawClient(ask.address).get("/")
        assert taken.wait(20), "the only worker is taken"
        others = [RawClient(ask.address).get("/") for _ in range(3)]
        refused = others.pop().answer()
        free.set()
        answers = [client.answer().status for client in (first, *others)]
        for client in (first, *others):
            client.socket.close()
    assert refused.status == 503 and "retry-after" in refused.fields
    assert answers.count(200) >= 2, "one at work and one that waits are answered"
    assert set(answers) <= {200, 503}
