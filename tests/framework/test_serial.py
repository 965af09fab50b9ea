"""What the serial engine promises of its own: one at a time, and never stuck for ever.

What it shares with threads stands in test_blocking*.py.
"""

from __future__ import annotations

import resource
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from rawclient import PATIENCE, RawClient
from serving import serving

from groundup import Request, Response
from groundup.timeouts import Timeouts


def plain(request: Request) -> Response:
    return Response(request.target)


def test_clients_are_served_one_after_another_in_the_order_of_their_coming():
    running, most, order = 0, 0, []

    def handle(request: Request) -> Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        order.append(request.target)
        time.sleep(0.001)  # a second one would have its chance here
        running -= 1
        return Response("", headers={"connection": "close"})

    with serving("serial", handle, timeouts=Timeouts(linger=0.05)) as served:
        clients = [RawClient(served.address).get(f"/{number}") for number in range(5)]
        assert [client.answer().status for client in clients] == [200] * 5
        for client in clients:
            client.socket.close()
    assert (most, order) == (1, [f"/{number}" for number in range(5)])


@pytest.mark.parametrize("said", [b"", b"GET / HT"])
def test_a_silent_client_holds_the_next_one_no_longer_than_its_deadline(said):
    with (
        serving("serial", plain, timeouts=Timeouts(header=0.2, linger=0.1)) as served,
        RawClient(served.address).send(said),
        RawClient(served.address) as second,
    ):
        assert second.ask("/second").body == b"/second"


def test_it_stops_while_a_client_is_silent():
    with serving("serial", plain) as served, RawClient(served.address) as client:
        client.ask()
        began = time.monotonic()
        served.stop()
        assert time.monotonic() - began < PATIENCE / 2
        assert client.ended


def test_it_stops_when_it_was_told_before_it_began():
    with serving("serial", plain) as served:
        served.engine.stop()
        served.thread.join(PATIENCE)
        assert not served.thread.is_alive()


def test_a_descriptor_above_1023_is_a_socket_like_any_other():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2000:
        pytest.skip("no more descriptors are to be had here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2000, hard))
    held = [socket.socket() for _ in range(1100)]
    try:
        with serving("serial", plain) as served, RawClient(served.address) as client:
            assert client.socket.fileno() > 1023
            assert client.ask("/high").body == b"/high"
    finally:
        for sock in held:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_clock_that_jumps_ends_a_wait_and_nothing_else():
    now = [1000.0]
    timeouts = Timeouts(keep_alive=60, linger=0.2)
    with serving("serial", plain, clock=lambda: now[0], timeouts=timeouts) as served:
        for _ in range(2):
            with RawClient(served.address) as client:
                assert client.ask().status == 200
                assert closed_while(lambda: now.append(now.pop() + 61), client)


def closed_while(act: Callable[[], None], client: RawClient) -> bool:
    """Do something again and again until the server closes."""
    client.socket.settimeout(0.02)
    for _ in range(500):
        act()
        with suppress(TimeoutError):
            return client.ended
    return False


def test_two_threads_may_stop_it():
    with serving("serial", plain) as served:
        threads = [threading.Thread(target=served.engine.stop) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
