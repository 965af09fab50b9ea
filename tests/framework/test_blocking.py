"""What serial and threads promise alike: any handle, bodies, deadlines, limits.

What goes over the wire stands in test_wire.py; here is what a handler sees of it.
"""

from __future__ import annotations

import errno
import socket
import time
from contextlib import suppress
from typing import Any

import pytest
from rawclient import PATIENCE, RawClient, request
from serving import Serving, engine_class, serving

from groundup import App, Request, Response
from groundup.errors import HTTPException
from groundup.limits import Limits
from groundup.timeouts import Timeouts

SHORT = 0.2  # seconds of a deadline that a test lets pass
POST = "POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"


@pytest.fixture(params=["serial", "threads"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def plain(request: Request) -> Response:
    return Response("hello")


# Any function of a request is a `handle`.


@pytest.mark.parametrize("fault", [RuntimeError("as ordered"), HTTPException(404, "not here")])
def test_what_a_plain_handle_raises_is_answered_and_the_connection_stays(mode, fault):
    def handle(request: Request) -> Response:
        if request.target == "/fault":
            raise fault
        return Response("hello")

    with serving(mode, handle) as served, RawClient(served.address) as client:
        status = getattr(fault, "status_code", 500)
        assert client.ask("/fault").status == status
        assert client.ask().body == b"hello"


def test_what_is_no_response_is_a_500(mode):
    with serving(mode, lambda request: 42) as served, RawClient(served.address) as client:
        assert client.ask().status == 500


# Bodies.


def app_of_bodies() -> App:
    app = App()

    @app.post("/body")
    def body(request: Request) -> bytes:
        return request.body

    @app.route("/stream", method="POST", stream_body=True)
    def stream(request: Request) -> str:
        return f"{sum(len(part) for part in request.stream())} bytes"

    @app.route("/astream", method="POST", stream_body=True)
    async def astream(request: Request) -> str:
        return f"{sum([len(part) async for part in request.stream()])} bytes"

    return app


def test_a_body_that_comes_in_parts_is_whole_for_its_handler(mode):
    with serving(mode, app_of_bodies()) as served, RawClient(served.address) as client:
        for part in (POST.encode(), b"\r\nhe", b"llo"):
            client.send(part)
        assert client.answer().body == b"hello"
        assert client.post("/body", b"again").body == b"again"


@pytest.mark.parametrize("target", ["/body", "/stream", "/astream"])
def test_who_waits_for_a_100_gets_it_when_somebody_reads(mode, target):
    with serving(mode, app_of_bodies()) as served, RawClient(served.address) as client:
        fields = "Content-Length: 5", "Expect: 100-continue"
        client.get(target, *fields, method="POST")
        assert client.answer().status == 100
        assert client.send(b"hello").answer().status == 200


@pytest.mark.parametrize("target", ["/stream", "/astream"])
def test_a_streamed_body_may_be_larger_than_a_buffered_one(mode, target):
    limits = Limits(body=1000)
    with serving(mode, app_of_bodies(), limits=limits) as served:
        with RawClient(served.address) as client:
            assert client.post(target, bytes(300_000)).body == b"300000 bytes"
        with RawClient(served.address) as client:
            assert client.post("/body", bytes(1001)).status == 413


SLOW = Timeouts(rate_grace=SHORT)  # 500 bytes a second are too many
WHOLE = Timeouts(body=SHORT)  # a body that is collected must be here


@pytest.mark.parametrize(
    ("target", "late"),
    [("/body", WHOLE), ("/body", SLOW), ("/stream", SLOW), ("/astream", SLOW)],
)
def test_a_body_that_comes_too_slowly_is_a_408(mode, target, late):
    with (
        serving(mode, app_of_bodies(), timeouts=late) as served,
        RawClient(served.address) as client,
    ):
        client.get(target, "Content-Length: 5", method="POST").send(b"he")
        assert client.answer().status == 408
        assert client.ended


def test_a_handler_cannot_hide_that_its_body_did_not_come(mode):
    app = App()

    @app.route("/", method="POST", stream_body=True)
    def hides(request: Request) -> str:
        with suppress(Exception):
            return f"{len(list(request.stream()))} parts"
        return "all is well"

    with serving(mode, app, timeouts=SLOW) as served, RawClient(served.address) as client:
        client.get("/", "Content-Length: 5", method="POST").send(b"he")
        assert client.answer().status == 408


def test_a_head_and_its_body_may_have_one_deadline_together(mode):
    with (
        serving(mode, app_of_bodies(), timeouts=Timeouts(request=SHORT)) as served,
        RawClient(served.address) as client,
    ):
        assert client.send(POST.encode() + b"\r\nhe").answer().status == 408


def test_a_body_that_breaks_off_reaches_no_handler(mode):
    with serving(mode, app_of_bodies()) as served, RawClient(served.address) as client:
        client.send(POST.encode() + b"\r\nhe").socket.shutdown(socket.SHUT_WR)
        assert client.answer().status == 400


def test_a_log_that_fails_takes_nobody_else_down(mode):
    def broken(*_: object) -> None:
        raise RuntimeError("as ordered")

    with serving(mode, plain, refusals=broken, record=broken) as served:
        with RawClient(served.address) as client:
            assert client.send(b"nonsense\r\n\r\n").answer().status == 400
        with RawClient(served.address) as client:
            assert [client.ask(target).body for target in ("/1", "/2")] == [b"hello"] * 2


# Heads, and silence.


def test_a_head_that_trickles_in_is_a_408_in_time(mode):
    with (
        serving(mode, plain, timeouts=Timeouts(header=SHORT)) as served,
        RawClient(served.address) as client,
    ):
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() < began + PATIENCE:
                client.send(b"X").socket.settimeout(0.02)
                try:
                    assert b"408" in client.socket.recv(100)
                    raise ConnectionError("answered")
                except TimeoutError:
                    pass
        assert time.monotonic() - began < 5 * SHORT + 1


@pytest.mark.parametrize("timeouts", [Timeouts(header=SHORT), Timeouts(keep_alive=SHORT)])
def test_silence_ends_without_a_word(mode, timeouts):
    with serving(mode, plain, timeouts=timeouts) as served, RawClient(served.address) as client:
        if timeouts.header != SHORT:
            client.ask()
        assert client.ended


# No descriptor is left.


class Exhausted(socket.socket):
    """A listener whose accepts fail for a while, for want of descriptors."""

    until = 0.0
    asked = 0

    def accept(self) -> Any:
        self.asked += 1
        if time.monotonic() < self.until:
            raise OSError(errno.EMFILE, "too many open files")
        return super().accept()


def test_without_descriptors_it_neither_spins_nor_gives_up(mode):
    listener = Exhausted()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    served = Serving(engine_class(mode)(listener, plain))
    try:
        listener.until = time.monotonic() + 0.5
        with RawClient(served.address) as client:
            assert client.ask().body == b"hello"
        assert listener.asked < 20
    finally:
        served.stop()


def test_the_requests_of_a_connection_are_counted(mode):
    with (
        serving(mode, plain, limits=Limits(requests_per_connection=2)) as served,
        RawClient(served.address) as client,
    ):
        client.send(request() * 3)
        assert [client.answer().fields.get("connection") for _ in range(2)] == [None, "close"]
        assert client.ended
