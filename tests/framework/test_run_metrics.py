"""`app.run(metrics=…)`: the numbers of the threads engine are the caller's to read."""

from __future__ import annotations

import http.client
import threading

from groundup import App, Metrics
from groundup.net import listen


def test_run_counts_into_the_metrics_that_it_is_given():
    app, metrics, listener = App(), Metrics(), listen("127.0.0.1")
    host, port = listener.getsockname()[:2]
    statuses: list[int] = []

    @app.get("/")
    def index() -> str:
        return "here"

    def ask() -> None:
        client = http.client.HTTPConnection(host, port, timeout=5)
        for path in ("/", "/nowhere"):
            client.request("GET", path)
            answer = client.getresponse()
            answer.read()
            statuses.append(answer.status)
        client.close()
        app.shutdown()

    @app.on_startup
    def begin() -> None:  # the listener queues whoever connects before the engine accepts
        threading.Thread(target=ask, daemon=True).start()

    assert app.run(sock=listener, metrics=metrics) == 0
    assert statuses == [200, 404]
    shot = metrics.snapshot()
    assert (shot.finished, shot.responses["2xx"], shot.responses["4xx"]) == (2, 1, 1)
