"""Task 3.10: the server hands its requests to an application (`server.respond`)."""

import logging
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from groundup.app import App
from groundup.errors import HTTPException, abort
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("3.10")


def shop():
    """An app with one route of each kind that an engine could get wrong."""
    app = App()

    @app.get("/users/<int:id>")
    def user(id):
        return {"id": id}

    @app.route("/who", methods="*")
    def who(request):
        return [request.method, request.host, request.query_params, request.client_addr[0]]

    @app.post("/echo")
    def echo(request):
        return request.body, 201, {"X-Length": str(len(request.body))}

    app.add_route("/nothing", lambda: None)
    app.add_route("/missing", lambda: abort(404, "gone for lunch"))
    app.add_route("/crash", lambda: {}["secret"])
    app.add_route("/split", lambda: ("x", 200, {"X-Evil": "a\r\nSet-Cookie: b=c"}))
    app.add_route("/impossible", lambda: ("a body where none may be", 204))
    return app


def get(client, target, method="GET", host="example.org"):
    client.send(f"{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


def test_an_application_answers_over_the_wire():
    with kit.serve(app=shop().handle) as server:
        client = server.connect()
        get(client, "/users/42")
        reply = client.read_response()
        kit.expect(reply.status_code, 200, "the handler's answer")
        kit.expect(reply.body, b'{"id":42}', "its dict as JSON")
        kit.expect_that(
            ("content-type", "application/json") in lower(reply), "its type", reply.headers
        )
        kit.expect_that("date" in dict(lower(reply)), "dated, as before", reply.headers)


def lower(reply):
    return [(name.lower(), value) for name, value in reply.headers]


def test_a_handler_sees_the_whole_request():
    with kit.serve(app=shop().handle) as server:
        client = server.connect()
        get(client, "http://shop.example/who?tag=a&tag=b", "BREW", host="other.example")
        kit.expect(
            client.read_response().body,
            b'["BREW","shop.example",{"tag":["a","b"]},"127.0.0.1"]',
            "method, effective host, query and the client's address",
            section="RFC 9112 §3.2.2",
        )
        client.send(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        reply = client.read_response()
        kit.expect(
            (reply.status_code, reply.body), (201, b"hello"), "the body, and the tuple's status"
        )
        kit.expect(dict(lower(reply))["x-length"], "5", "the tuple's headers")


def test_one_connection_carries_good_and_bad_news():
    want = [("/users/7", 200), ("/missing", 404), ("/nobody", 404), ("/nothing", 204),
            ("/users/%zz", 400), ("/users/7%0A", 404), ("/users/8", 200)]  # fmt: skip
    with kit.serve(app=shop().handle) as server:
        client = server.connect()
        for target, status in want:
            get(client, target)
            kit.expect(client.read_response().status_code, status, f"GET {target}")


def test_head_keeps_the_length_and_drops_the_body():
    with kit.serve(app=shop().handle) as server:
        client = server.connect()
        client.send(
            b"HEAD /users/42 HTTP/1.1\r\nHost: a\r\n\r\n"
            b"GET /users/42 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        )
        raw = client.recv_all()
        head, _, rest = raw.partition(b"\r\n\r\n")
        kit.expect_that(b"content-length: 9" in head.lower(), "the length of the GET", head)
        kit.expect(
            rest[:13],
            b"HTTP/1.1 200 ",
            "the next response follows at once",
            section="RFC 9110 §9.3.2",
        )


def test_405_over_the_wire():
    with kit.serve(app=shop().handle) as server:
        client = server.connect()
        get(client, "/users/7", "DELETE")
        reply = client.read_response()
        kit.expect(reply.status_code, 405, "a known path, an unknown method")
        kit.expect(
            dict(lower(reply)).get("allow"),
            "GET, HEAD, OPTIONS",
            "Allow",
            section="RFC 9110 §15.5.6",
        )


@pytest.mark.parametrize(
    ("target", "story"),
    [
        ("/crash", "a handler that crashed"),
        ("/split", "a line end in a header field, which would make two fields of one"),
        ("/impossible", "a body with 204, which the next response would begin with"),
    ],
    ids=["crash", "split", "impossible"],
)
def test_our_own_fault_is_a_500_that_says_nothing(target, story, caplog):
    caplog.set_level(logging.ERROR, logger="groundup")
    with kit.serve(app=shop().handle) as server:
        client = server.connect()
        get(client, target)
        reply = client.read_response()
        kit.expect(reply.status_code, 500, f"{story}: 500")
        for secret in (b"secret", b"Evil", b"Traceback"):
            kit.expect_that(secret not in reply.raw, "nothing about the reason", reply.raw)
        get(server.connect(), "/users/1")


def test_a_handle_that_raises_is_answered_and_logged(caplog):
    caplog.set_level(logging.ERROR, logger="groundup")

    def handle(request):
        raise LookupError("the secret of " + request.target)

    with kit.serve(app=handle) as server:
        client = server.connect()
        get(client, "/broken")
        reply = client.read_response()
        kit.expect(reply.status_code, 500, "an application that broke its promise: 500")
        kit.expect_that(b"secret" not in reply.raw, "nothing about the reason", reply.raw)
        get(client, "/broken")
        kit.expect(client.read_response().status_code, 500, "and the connection goes on")
    for part in ("GET", "/broken", "LookupError", "the secret of"):
        kit.expect_that(part in caplog.text, f"the log says {part}", caplog.text)


def test_the_engine_knows_no_routes():
    seen = []

    def handle(request):
        seen.append(request.target)
        return Response.text("any callable will do", 203)

    with kit.serve(app=handle) as server:
        client = server.connect()
        get(client, "/no/such/route")
        reply = client.read_response()
        kit.expect(
            (reply.status_code, reply.body), (203, b"any callable will do"), "what handle gave"
        )
        kit.expect(seen, ["/no/such/route"], "every target reaches handle, unjudged")


@kit.task("3.10", seconds=5)  # a later server listens to a silent client for a second
def test_run_says_where_it_listens_and_stops_when_told():
    demo = Path(__file__).parents[2] / "steps" / "03_router" / "demo.py"
    with kit.spawn(demo, "--port", "0") as server:
        client = server.connect()
        get(client, "/users/42")
        kit.expect(client.read_response().status_code, 200, "app.run() serves")
        if sys.platform != "win32":  # where nobody can be told politely
            kit.did("send SIGTERM, while a client is connected and silent")
            server.process.send_signal(signal.SIGTERM)
            kit.expect(server.process.wait(5), 0, "it stops, and says that all is well")


SLOW = """
import sys, time
from pathlib import Path
from groundup.app import App

app = App()
here = Path(__file__).parent

@app.get("/")
def slow():
    (here / "begun").touch()
    while not (here / "go on").exists():
        time.sleep(0.01)
    (here / "ended").touch()

app.run(port=0)
"""


@kit.task("3.10", seconds=5)  # later engines listen on for a second after their last answer
@pytest.mark.skipif(sys.platform == "win32", reason="nobody can be told politely there")
def test_run_lets_the_handler_finish(tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(SLOW, "utf-8")
    with kit.spawn(script) as server:
        get(server.connect(), "/")
        while not (tmp_path / "begun").exists():  # the kit's watchdog ends a wait in vain
            time.sleep(0.01)
        kit.did("send SIGTERM while a handler runs")
        server.process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):  # it cannot end before the handler has
            server.process.wait(0.3)
        (tmp_path / "go on").touch()
        kit.expect(server.process.wait(5), 0, "it stops, and says that all is well")
    kit.expect_that(
        (tmp_path / "ended").exists(),
        want="run() returns after the handler has come to its end",
        got="the process ended in the middle of the handler",
        why="half a handler may be half a payment",
    )


def test_an_error_that_cannot_be_sent_is_a_500(caplog):
    errors = [HTTPException(503, headers={"Retry-After": 5}), HTTPException(204)]

    def handle(request):
        raise errors.pop(0)

    with kit.serve(app=handle) as server:
        for error in list(errors):
            caplog.clear()
            client = server.connect()
            get(client, "/")
            kit.did(f"the handle raises {error!r}")
            kit.expect(client.read_response().status_code, 500, "an answer, not a dead server")
            kit.expect_that(caplog.records, want="the fault stands in the log", got="nothing")
            client.close()
