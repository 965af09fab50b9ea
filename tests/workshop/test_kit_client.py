"""The raw client against a peer whose every move the test decides."""

import socket
import threading

import pytest

from workshop import kit
from workshop.kit import recording
from workshop.kit.client import LINGER_ZERO
from workshop.kit.verdicts import Wrong


@pytest.fixture
def diary():
    record = recording.start("1.1")
    yield record
    record.free()
    recording._now = recording.Record(live=False)


@pytest.fixture
def pair(diary):
    """A connected client of the kit's, and the server's end of the connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = kit.connect(listener.getsockname()[:2])
        peer, _ = listener.accept()
    peer.settimeout(10)
    with peer:
        yield client, peer


def test_segments_go_out_one_by_one_without_delay(pair, diary) -> None:
    client, peer = pair
    assert client._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    client.send(b"he", b"llo")
    got = b""
    while len(got) < 5:
        got += peer.recv(100)
    assert got == b"hello"
    assert [str(step) for step in diary.steps] == ["connect A", 'A sends b"he", then b"llo"']
    assert client.transcript == [("A", b"he"), ("A", b"llo")]


def test_what_was_asked_for_comes_and_the_rest_stays(pair) -> None:
    client, peer = pair
    peer.sendall(b"one\ntwo\nthree")
    assert client.recv_until(b"\n") == b"one\n"
    assert client.recv_exactly(3) == b"two"
    peer.shutdown(socket.SHUT_WR)
    assert client.recv_all() == b"\nthree"
    assert b"".join(data for who, data in client.transcript if who == "server").startswith(b"one")


def test_half_close_lets_the_answer_through(pair) -> None:
    client, peer = pair
    client.half_close()
    assert peer.recv(10) == b""
    peer.sendall(b"bye")
    peer.close()
    assert client.recv_all() == b"bye"


def test_reset_is_a_reset(pair) -> None:
    client, peer = pair
    client.send(b"x")
    client.reset()
    with pytest.raises(ConnectionError):
        while peer.recv(10):
            pass


def test_a_connection_that_ends_early_says_what_came(pair) -> None:
    client, peer = pair
    peer.sendall(b"he")
    peer.close()
    with pytest.raises(Wrong) as caught:
        client.recv_exactly(5)
    assert caught.value.want == "5 bytes for A"
    assert caught.value.got == 'A  b"he", then the server closed'


def test_a_reset_by_the_server_is_told(pair) -> None:
    client, peer = pair
    client.send(b"unread")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    peer.close()
    with pytest.raises(Wrong) as caught:
        client.recv_until(b"\n")
    assert caught.value.got == 'A  b"", then a reset'


def test_expect_closed_shows_what_came_instead(pair) -> None:
    client, peer = pair
    peer.sendall(b"more")
    peer.close()
    with pytest.raises(Wrong, match="is closed and gets nothing more"):
        client.expect_closed()


def test_clients_have_names_in_order(diary) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()[:2]
        clients = [kit.connect(address), kit.connect(address), kit.connect(address, name="slow")]
        assert [client.name for client in clients] == ["A", "B", "slow"]


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()[:2]
    with pytest.raises(Wrong, match="A can connect"):
        recording.start("1.1")
        kit.connect(address)


def test_abandon_wakes_a_client_that_waits(pair) -> None:
    client, _peer = pair
    timer = threading.Timer(0.05, client.abandon)
    timer.start()
    with pytest.raises(Wrong):
        client.recv_exactly(1)
    timer.join()


REPLIES = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "GET", (200, "OK", b"hi")),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "HEAD", (200, "OK", b"")),
    (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", (204, "No Content", b"")),
    (b"HTTP/1.1 404 \r\ncontent-length: 0\r\n\r\n", "GET", (404, "", b"")),
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"2;a=b\r\nhi\r\n1\r\n!\r\n0\r\nt: x\r\n\r\n",
        "GET",
        (200, "OK", b"hi!"),
    ),
]


@pytest.mark.parametrize(("raw", "method", "want"), REPLIES)
def test_pipelined_responses_are_read_one_by_one(pair, raw, method, want) -> None:
    client, peer = pair
    peer.sendall(raw + raw)
    for _ in range(2):
        reply = client.read_response(method)
        assert (reply.status_code, reply.reason, reply.body) == want
        assert reply.raw == raw


def test_a_response_without_length_lasts_until_the_end(pair) -> None:
    client, peer = pair
    peer.sendall(b"HTTP/1.0 200 OK\r\nX-A: 1\r\nX-A: 2\r\n\r\nall of it")
    peer.close()
    reply = client.read_response()
    assert (reply.version, reply.body) == ("1.0", b"all of it")
    assert reply.headers == [("X-A", "1"), ("X-A", "2")]
    assert reply.header("x-a") == "1"


BROKEN = [
    (b"hello\r\n\r\n", "a status line"),
    (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "field lines"),
    (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", "a body of 9 bytes"),
    (b"HTTP/1.1 200 OK\r\ncontent-le", "a whole response"),
    (b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", "a Content-Length of digits"),
    (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "a chunk size"),
]


@pytest.mark.parametrize(("raw", "want"), BROKEN)
def test_a_broken_response_fails_in_words(pair, raw, want) -> None:
    client, peer = pair
    peer.sendall(raw)
    peer.close()
    with pytest.raises(Wrong) as caught:
        client.read_response()
    assert want in caught.value.want
    assert "A  b" in caught.value.got
