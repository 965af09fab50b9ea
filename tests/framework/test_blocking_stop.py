"""What serial and threads promise alike: a server that stops loses nothing that has begun.

And if something had to be cut off, `serve_forever` says so.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from rawclient import PATIENCE, RawClient
from serving import Serving, engine_class, serving

from groundup import Request, Response
from groundup.lifecycle import Lifecycle
from groundup.net import listen
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts

SHORT = 0.2  # seconds of a deadline that a test lets pass


@pytest.fixture(params=["serial", "threads"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def plain(request: Request) -> Response:
    return Response("hello")


# The end.


def test_stop_ends_a_silent_client_in_order_and_says_that_nothing_was_lost(mode):
    with serving(mode, plain) as served, RawClient(served.address) as client:
        assert client.ask().status == 200
        served.engine.stop()
        assert client.ended
        served.stop()
        assert served.result is True


def test_stop_lets_a_running_request_end_and_says_that_it_is_the_last(mode):
    entered, release = threading.Event(), threading.Event()

    def handle(request: Request) -> Response:
        entered.set()
        release.wait(PATIENCE)
        return Response("whole")

    with serving(mode, handle) as served, RawClient(served.address) as client:
        client.get()
        assert entered.wait(PATIENCE)
        served.engine.stop()
        release.set()
        answer = client.answer()
        assert (answer.body, answer.fields["connection"]) == (b"whole", "close")
        served.stop()
        assert served.result is True


def test_stop_answers_those_who_wait_to_be_accepted_and_half_a_head(mode):
    entered, release = threading.Event(), threading.Event()

    def handle(request: Request) -> Response:
        entered.set()
        release.wait(PATIENCE)
        return Response(request.target)

    with serving(mode, handle, max_workers=1 if mode == "threads" else None) as served:
        clients = [RawClient(served.address).get(f"/{number}") for number in range(5)]
        assert entered.wait(PATIENCE)
        half = RawClient(served.address).send(b"GET /half HTTP/1.1\r\n")
        served.engine.stop()
        release.set()
        assert [c.answer().body for c in clients] == [b"/%d" % n for n in range(5)]
        assert half.send(b"Host: a\r\n\r\n").answer().body == b"/half"
        served.stop()
        assert served.result is True
        for client in (*clients, half):
            client.socket.close()


class Told(StreamingResponse):
    """A stream that goes on until it is told that the server stops."""

    __slots__ = ("told",)

    def __init__(self) -> None:
        self.told = threading.Event()
        super().__init__(self.pieces())

    def pieces(self) -> Iterator[bytes]:
        yield b"first"
        yield b"last" if self.told.wait(PATIENCE) else b"never told"

    def stop(self) -> None:
        self.told.set()


def test_stop_tells_an_endless_stream(mode):
    with serving(mode, lambda request: Told()) as served, RawClient(served.address) as client:
        client.get().until(b"first")
        served.engine.stop()
        client.until(b"last\r\n0\r\n\r\n")
        served.stop()
        assert served.result is True


def test_a_stream_that_begins_after_stop_is_told_at_once(mode):
    entered, release = threading.Event(), threading.Event()

    def handle(request: Request) -> Response:
        entered.set()
        release.wait(PATIENCE)
        return Told()

    with serving(mode, handle) as served, RawClient(served.address) as client:
        client.get()
        assert entered.wait(PATIENCE)
        served.engine.stop()
        release.set()
        client.until(b"last\r\n0\r\n\r\n")


@pytest.mark.parametrize("waiting", [3, 150])
def test_whoever_has_connected_before_the_end_is_let_in(mode, waiting):
    listener = listen(backlog=200)
    engine = engine_class(mode)(listener, plain, timeouts=Timeouts(linger=0))
    clients = [RawClient(engine.address).get() for _ in range(waiting)]
    silent = RawClient(engine.address)
    engine.stop()
    served = Serving(engine)
    assert [client.answer().body for client in clients] == [b"hello"] * waiting
    assert silent.ended, "it had a moment for its first byte"
    served.stop()
    assert served.result is True
    for client in (*clients, silent):
        client.socket.close()


def test_what_does_not_end_in_time_is_cut_off_and_that_is_said(mode):
    def endless() -> Iterator[bytes]:
        while True:
            yield bytes(65536)

    timeouts = Timeouts(graceful=SHORT)
    with (
        serving(mode, lambda request: StreamingResponse(endless()), timeouts=timeouts) as served,
        RawClient(served.address) as client,
    ):
        client.get().until(b"\r\n\r\n")
        served.stop()
        assert served.result is False


def test_hooks_run_around_it_all(mode):
    seen: list[str] = []

    async def up() -> None:
        seen.append("up")

    lifecycle = Lifecycle([up], [lambda: seen.append("down")])
    with serving(mode, plain, lifecycle=lifecycle) as served, RawClient(served.address) as client:
        client.ask()
        assert seen == ["up"]
    assert seen == ["up", "down"]
