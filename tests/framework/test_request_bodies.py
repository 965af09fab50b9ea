"""Request bodies that are read while they come, collected first, refused, or left unread.

Each on every engine; where a handler can be a plain function or a coroutine, both.
"""

from __future__ import annotations

import logging
import socket
import threading

import pytest
from faultkit import reset, to_the_end
from program import answer, ask, connect, eventually, some
from serving import ENGINES, serving

from groundup import App, HTTPException, Limits, Request
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts

ALL = tuple(ENGINES)
MIB = 1 << 20
LIMITS = Limits(body=100_000, streamed_body=20 * MIB)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Bodies:
    """An application that reads bodies in every way, and says what it called."""

    def __init__(self) -> None:
        self.called: list[str] = []
        self.read = 0  # bytes, by the streams
        self.faults: list[BaseException] = []
        self.held, self.release = threading.Event(), threading.Event()
        self.app = App(limits=LIMITS)
        self.app.get("/")(lambda: "hello")
        self.app.post("/whole")(self.whole)
        self.app.post("/async-whole")(self.async_whole)
        for source in (
            self.sync, self.awaited, self.unread, self.unread_async, self.swallows, self.pauses,
            self.forbids, self.late,
        ):  # fmt: skip
            self.app.post(f"/{source.__name__}", stream_body=True)(source)
        self.app.post("/echo", stream_body=True)(self.echo)
        self.app.post("/async-echo", stream_body=True)(self.async_echo)

    def whole(self, request):
        self.called.append("whole")
        return str(len(request.body))

    async def async_whole(self, request):
        self.called.append("async_whole")
        return str(len(request.body))

    def sync(self, request):
        self.called.append("sync")
        for part in request.stream():
            self.read += len(part)
        return str(self.read)

    async def awaited(self, request):
        self.called.append("awaited")
        async for part in request.stream():
            self.read += len(part)
        return str(self.read)

    def unread(self, request):
        self.called.append("unread")
        return "not interested"

    async def unread_async(self, request):
        self.called.append("unread_async")
        return "not interested"

    def swallows(self, request):
        """Takes every error of its body for nothing."""
        self.called.append("swallows")
        try:
            for part in request.stream():
                self.read += len(part)
        except Exception as error:
            self.faults.append(error)
        return "never mind"

    def pauses(self, request):
        """Reads a part, and the rest when it is told to."""
        parts = iter(request.stream())
        self.read += len(next(parts))
        self.held.set()
        self.release.wait(30)
        try:
            for part in parts:
                self.read += len(part)
        except Exception as error:
            self.faults.append(error)
            raise
        else:
            self.called.append("complete")
        return str(self.read)

    def late(self, request):
        """Reads nothing before it is told to."""
        self.held.set()
        self.release.wait(30)
        return str(sum(len(part) for part in request.stream()))

    async def forbids(self, request):
        raise HTTPException(403)

    def echo(self, request):
        return StreamingResponse(bytes(part) for part in request.stream())

    async def async_echo(self, request):
        async def parts():
            async for part in request.stream():
                yield part

        return StreamingResponse(parts())


@pytest.fixture(params=ALL)
def served(request):
    bodies = Bodies()
    with serving(request.param, bodies.app, limits=LIMITS, timeouts=Timeouts(linger=0.4)) as served:
        served.bodies, served.mode = bodies, request.param
        yield served
        bodies.release.set()


def head(target: str, *fields: str, length: int | None = None) -> bytes:
    """A POST's head."""
    lines = [f"POST {target} HTTP/1.1", "Host: a", *fields]
    lines += [] if length is None else [f"Content-Length: {length}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


CHUNKED = "Transfer-Encoding: chunked"
EXPECT = "Expect: 100-continue"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.parametrize("target", ["/sync", "/awaited"])
def test_a_stream_may_be_larger_than_a_body_that_is_collected(served, target):
    size = 8 * MIB
    with connect(served.address) as sock:
        sock.sendall(head(target, length=size))
        for _ in range(8):
            sock.sendall(bytes(MIB))
        assert answer(sock) == (200, str(size).encode())
        sock.sendall(head(target, CHUNKED))
        for _ in range(8):
            sock.sendall(chunk(bytes(MIB)))
        sock.sendall(b"0\r\n\r\n")
        assert answer(sock) == (200, str(2 * size).encode()), "on the same connection"


@pytest.mark.parametrize("target", ["/sync", "/awaited"])
def test_a_stream_has_a_limit_of_its_own(served, target):
    with connect(served.address) as sock:
        sock.sendall(head(target, length=LIMITS.streamed_body + 1))
        assert answer(sock)[0] == 413
        assert served.bodies.called == []
    with connect(served.address) as sock:
        sock.sendall(head(target, CHUNKED) + b"%x\r\n" % (LIMITS.streamed_body + 1))
        assert answer(sock)[0] == 413
        assert served.bodies.read == 0


@pytest.mark.parametrize("target", ["/whole", "/async-whole"])
def test_a_body_that_is_collected_and_too_large_is_refused_before_its_handler_is_called(
    served, target
):
    with connect(served.address) as sock:
        sock.sendall(head(target, length=LIMITS.body + 1))
        assert answer(sock)[0] == 413
    with connect(served.address) as sock:
        sock.sendall(head(target, CHUNKED) + chunk(bytes(60_000)) + b"%x\r\n" % 60_000)
        assert answer(sock)[0] == 413
    with connect(served.address) as sock:
        sock.sendall(head(target, length=LIMITS.body) + bytes(LIMITS.body))
        assert answer(sock) == (200, b"100000")
    assert len(served.bodies.called) == 1


def test_a_refusal_is_read_by_a_client_that_sends_on_regardless(served):
    """An early 413 must not be lost in a reset."""
    with connect(served.address) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        sock.sendall(head("/whole", length=12 * MIB))
        sock.sendall(bytes(12 * MIB))
        assert answer(sock)[0] == 413
        assert sock.recv(1) == b"", "an orderly end: a reset would be raised"


# 100-continue: only when somebody begins to read.


@pytest.mark.parametrize("target", ["/sync", "/awaited", "/whole", "/async-whole"])
def test_a_client_that_waits_is_told_to_go_on_when_its_body_is_wanted(served, target):
    with connect(served.address) as sock:
        sock.sendall(head(target, EXPECT, length=5))
        assert some(sock) == CONTINUE
        sock.sendall(b"hello")
        assert answer(sock) == (200, b"5")


def test_it_is_told_at_the_first_read_and_not_before(served):
    with connect(served.address) as sock:
        sock.sendall(head("/late", EXPECT, length=5))
        assert served.bodies.held.wait(10)
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(1)
        sock.settimeout(30)
        served.bodies.release.set()
        assert some(sock) == CONTINUE
        sock.sendall(b"hello")
        assert answer(sock) == (200, b"5")


@pytest.mark.parametrize(
    ("target", "method", "status"),
    [
        ("/nowhere", "POST", 404),
        ("/whole", "PUT", 405),
        ("/whole", "POST", 413),
        ("/forbids", "POST", 403),
        ("/unread", "POST", 200),
        ("/unread_async", "POST", 200),
    ],
)
def test_whose_body_nobody_wants_gets_its_answer_in_place_of_a_100(served, target, method, status):
    length = 200_000 if status == 413 else 5
    with connect(served.address) as sock:
        sock.sendall(head(target, EXPECT, length=length).replace(b"POST", method.encode(), 1))
        data = to_the_end(sock)
        if status in (404, 405) and CONTINUE in data:
            pytest.fail("it was told to send what nobody wants")
        assert data.startswith(b"HTTP/1.1 %d " % status)
        assert b"\r\nconnection: close\r\n" in data.lower(), (
            "the body may come, or not: nobody knows"
        )


@pytest.mark.parametrize("target", ["/unread", "/unread_async"])
def test_a_small_body_that_nobody_read_is_thrown_away_and_the_connection_stays(served, target):
    with connect(served.address) as sock:
        for _ in range(3):
            sock.sendall(head(target, length=65_536) + bytes(65_536))
            assert answer(sock) == (200, b"not interested")
        ask(sock)
        assert answer(sock) == (200, b"hello")


@pytest.mark.parametrize("target", ["/unread", "/unread_async"])
def test_a_large_body_that_nobody_read_ends_the_connection(served, target):
    with connect(served.address) as sock:
        sock.sendall(head(target, length=65_537 + 200_000))
        status, _ = answer(sock)
        assert status == 200
        assert to_the_end(sock) == b""


@pytest.mark.parametrize("target", ["/unread", "/unread_async"])
def test_what_is_thrown_away_is_never_taken_for_a_request(served, target):
    smuggled = b"POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"
    with connect(served.address) as sock:
        sock.sendall(head(target, length=len(smuggled)))
        assert answer(sock)[0] == 200
        sock.sendall(smuggled)
        ask(sock)
        assert answer(sock) == (200, b"hello")
    assert "whole" not in served.bodies.called


def test_an_unread_body_in_chunks_is_thrown_away_up_to_a_limit(served):
    with connect(served.address) as sock:
        sock.sendall(head("/unread", CHUNKED) + chunk(bytes(1000)) * 60 + b"0\r\n\r\n")
        assert answer(sock)[0] == 200
        ask(sock)
        assert answer(sock) == (200, b"hello")
        sock.sendall(head("/unread", CHUNKED))
        assert answer(sock)[0] == 200
        try:
            for _ in range(3000):
                sock.sendall(chunk(bytes(1000)))
        except OSError:
            return  # it has closed
        assert to_the_end(sock) == b""


# Bodies that go wrong.


def test_a_body_that_breaks_the_rules_is_refused_even_if_its_handler_does_not_mind(served):
    with connect(served.address) as sock:
        sock.sendall(head("/swallows", CHUNKED) + b"0x3\r\nabc\r\n0\r\n\r\n")
        assert answer(sock)[0] == 400
        assert to_the_end(sock) == b""
    assert len(served.bodies.faults) == 1


@pytest.mark.parametrize("target", ["/sync", "/awaited", "/whole"])
def test_a_body_that_ends_too_early_is_never_taken_for_complete(served, target):
    with connect(served.address) as sock:
        sock.sendall(head(target, length=10) + b"hello")
        sock.shutdown(1)
        data = to_the_end(sock)
        assert not data or data.startswith(b"HTTP/1.1 400 ")
    assert "whole" not in served.bodies.called


@pytest.mark.parametrize("leave", [reset, lambda sock: sock.close()], ids=["reset", "close"])
def test_a_handler_that_is_slow_to_read_hears_that_its_client_has_left(served, leave, caplog):
    """What has come is no whole body: the end of its connection must not look like its end."""
    caplog.set_level(logging.CRITICAL, "groundup")
    bodies = served.bodies
    sock = connect(served.address)
    sock.sendall(head("/pauses", length=100_000) + bytes(1000))
    assert bodies.held.wait(10)
    leave(sock)
    if served.mode in ("protocol", "pool"):
        eventually(lambda: nobody_left(served))
    bodies.release.set()
    eventually(lambda: bodies.faults or "complete" in bodies.called, 10)
    assert bodies.faults and "complete" not in bodies.called


def nobody_left(served) -> bool:
    """Whether the server has heard that its only client is gone."""
    hubs = [served.engine._hub] if served.mode == "protocol" else []
    hubs += [worker._hub for worker in getattr(served.engine, "_workers", [])]
    return not any(hub.protocols for hub in hubs)


# Both ways at once.


@pytest.mark.parametrize("target", ["/echo", "/async-echo"])
def test_a_body_may_be_answered_while_it_comes(served, target):
    with connect(served.address) as sock:
        sock.sendall(head(target, CHUNKED))
        data = b""
        for number in range(5):
            sock.sendall(chunk(b"part %d" % number))
            while not data.endswith(b"6\r\npart %d\r\n" % number):
                data += some(sock)
        sock.sendall(b"0\r\n\r\n")
        while not data.endswith(b"0\r\n\r\n"):
            data += some(sock)
        ask(sock)
        assert answer(sock) == (200, b"hello")


@pytest.mark.parametrize("target", ["/echo", "/async-echo"])
def test_a_large_echo_flows_at_the_pace_of_its_reader(served, target):
    size, got = 8 * MIB, 0
    with connect(served.address) as sock:

        def send() -> None:
            sock.sendall(head(target, "Connection: close", length=size))
            for _ in range(size // 65536):
                sock.sendall(bytes(65536))

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        body = to_the_end(sock).partition(b"\r\n\r\n")[2]
        sender.join(30)
        assert not sender.is_alive()
    while body:
        line, _, body = body.partition(b"\r\n")
        got += int(line, 16)
        body = body[int(line, 16) + 2 :]
    assert got == size


def test_nobody_reads_ahead_of_a_handler_that_does_not_read(served):
    """Its sender is made to wait: what it has not read is not collected for it."""
    with connect(served.address) as sock:
        sock.sendall(head("/pauses", length=16 * MIB))
        sock.sendall(bytes(1000))
        assert served.bodies.held.wait(10)
        sock.settimeout(1.0)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 15 * MIB:
                sent += sock.send(bytes(65536))
        served.bodies.release.set()
        sock.settimeout(30)
        assert sent < 12 * MIB, "the kernel keeps some megabytes, and we next to nothing"
        sock.sendall(bytes(16 * MIB - 1000 - sent))
        assert answer(sock) == (200, str(16 * MIB).encode())


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a":-Infinity}', "", "{", "\ufeff{}"])
def test_what_is_no_json_is_a_400_even_if_python_would_read_it(text):
    with pytest.raises(HTTPException, match="the body is not JSON") as refused:
        Request.build("POST", "/", body=text.encode()).json()
    assert refused.value.status_code == 400
