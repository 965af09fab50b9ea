"""A program written to the framework's public names alone, as its users write it, on each engine.

Nothing here knows a module of the framework but `groundup` and `groundup.streaming`: whoever
renames something that programs use breaks this test.
"""

from __future__ import annotations

import json
import signal

import pytest
from program import FRAMEWORK, answer, ask, connect, script
from serving import ENGINES

PROGRAM = f"""
import sys
sys.path.insert(0, {str(FRAMEWORK)!r})

from groundup import App, Request, Response
from groundup.streaming import StreamingResponse

app = App(max_body_size=1000)


@app.route("/", methods="*")
def any_method(request: Request):
    return request.method


@app.get("/seen")
def seen(request: Request):
    return {{"host": request.host, "query": request.query_string, "q": request.query_params["q"],
            "fields": list(request.headers.items())}}


@app.post("/json")
async def posted(request: Request):
    return Response.json({{"got": request.json(), "bytes": len(request.body)}}, 201)


@app.get("/bytes")
def some_bytes():
    return Response(b"\\x00\\xff", 200, {{"X-Own": "1"}}, "image/x-own")


@app.get("/stream")
async def stream(request: Request):
    async def parts():
        for part in ("eins ", "zwei ", b"drei"):
            yield part

    return StreamingResponse(parts(), content_type="text/plain; charset=utf-8")


@app.get("/users/<int:id>")
def user(request: Request, id: int):
    return {{"id": id}}


def anything_else(request: Request):
    return f"{{request.method}} {{request.path}}", 404


app.set_default_handler(anything_else)

if __name__ == "__main__":
    app.run("127.0.0.1", 0, mode=sys.argv[1])
"""


@pytest.fixture(scope="module", params=list(ENGINES))
def server(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("program") / "main.py"
    path.write_text(PROGRAM)
    with script(path, request.param) as started:
        started.listening()
        yield started


def asked(server, text: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Status, fields and body of the answer to a request whose head is `text`, a line each."""
    with connect(server.address) as sock:
        fields = [*text.splitlines(), "Connection: close"]
        fields += [f"Content-Length: {len(body)}"] if body else []
        sock.sendall("\r\n".join([*fields, "", ""]).encode() + body)
        data = b""
        while part := sock.recv(65536):
            data += part
    head, _, content = data.partition(b"\r\n\r\n")
    line, *rest = head.decode().split("\r\n")
    return int(line.split()[1]), dict(field.lower().split(": ", 1) for field in rest), content


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PURGE"])
def test_a_route_for_all_methods_takes_any(server, method):
    assert asked(server, f"{method} / HTTP/1.1\nHost: a")[2] == method.encode()


def test_a_request_tells_what_it_was(server):
    text = "GET /seen?q=1&q=2 HTTP/1.1\nHost: shop.example:8080\nX-A: 1\nX-A: 2"
    status, fields, body = asked(server, text)
    told = json.loads(body)
    assert (status, fields["content-type"]) == (200, "application/json")
    assert (told["host"], told["query"], told["q"]) == ("shop.example:8080", "q=1&q=2", ["1", "2"])
    assert [pair for pair in told["fields"] if pair[0] == "x-a"] == [["x-a", "1"], ["x-a", "2"]]


def test_json_goes_both_ways(server):
    status, _, body = asked(server, "POST /json HTTP/1.1\nHost: a", b'{"a": [1, "\xc3\xbc"]}')
    assert status == 201
    assert json.loads(body) == {"got": {"a": [1, "ü"]}, "bytes": 16}
    assert asked(server, "POST /json HTTP/1.1\nHost: a", b"{")[0] == 400


def test_the_largest_body_is_the_applications_to_say(server):
    assert asked(server, "POST / HTTP/1.1\nHost: a", bytes(1000))[0] == 200
    assert asked(server, "POST / HTTP/1.1\nHost: a", bytes(1001))[0] == 413


def test_a_response_is_what_it_was_made_of(server):
    status, fields, body = asked(server, "GET /bytes HTTP/1.1\nHost: a")
    assert (status, body) == (200, b"\x00\xff")
    assert (fields["x-own"], fields["content-type"]) == ("1", "image/x-own")


def test_a_stream_of_text_and_bytes(server):
    _, fields, body = asked(server, "GET /stream HTTP/1.0\nHost: a")
    assert fields["content-type"] == "text/plain; charset=utf-8"
    assert body == b"eins zwei drei"


def test_a_parameter_of_the_path_has_its_type(server):
    assert json.loads(asked(server, "GET /users/42 HTTP/1.1\nHost: a")[2]) == {"id": 42}


def test_the_default_handler_takes_what_no_route_matches(server):
    status, _, body = asked(server, "PURGE /users/x HTTP/1.1\nHost: a")
    assert (status, body) == (404, b"PURGE /users/x")


@pytest.mark.parametrize("mode", list(ENGINES))
def test_such_a_program_ends_as_it_should(mode, tmp_path):
    (tmp_path / "main.py").write_text(PROGRAM)
    with script(tmp_path / "main.py", mode) as server:
        server.listening()
        with connect(server.address) as sock:
            ask(sock)
            assert answer(sock) == (200, b"GET")
            server.tell(signal.SIGTERM)
            assert sock.recv(1) == b""
        assert server.wait() == 0, server.said
