"""The doors of a server: a port, a unix socket, a socket that somebody else has opened."""

from __future__ import annotations

import os
import signal
import socket
import struct
import sys

import pytest
from program import (
    FRAMEWORK,
    answer,
    ask,
    connect,
    eventually,
    get,
    program,
    script,
    serving_program,
)

from groundup import ListenError
from groundup.listening import (
    inherited,
    listen_shared,
    listen_unix,
    open_door,
    opened_door,
    shown_address,
)

unix_only = pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no unix sockets here")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (("127.0.0.1", 80), "127.0.0.1:80"),
        (("::1", 80), "[::1]:80"),
        ("/run/app.sock", "unix:/run/app.sock"),
    ],
)
def test_an_address_is_shown_as_a_person_writes_it(address, shown):
    assert shown_address(address) == shown


@unix_only
@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_at_a_unix_socket_takes_its_name_away_in_the_end(tmp_path, workers):
    path = tmp_path / "app.sock"
    with program("run", "lifeapp:app", "--unix", path, "--workers", workers) as server:
        assert server.until("listening on").endswith(f"unix:{path}")
        assert get(path) == (200, b"hello")
        with connect(path) as sock:
            ask(sock, "/wait/0.5")
            server.until("waiting")
            server.tell(signal.SIGTERM)
            assert answer(sock) == (200, b"waited")
        assert server.wait() == 0
    assert not path.exists()


@unix_only
def test_a_unix_socket_that_a_killed_server_has_left_is_replaced(tmp_path):
    path = tmp_path / "app.sock"
    with program("run", "lifeapp:app", "--unix", path) as server:
        server.until("listening on")
    assert path.exists(), "it was killed"
    with program("run", "lifeapp:app", "--unix", path) as server:
        server.until("listening on")
        assert get(path) == (200, b"hello")


@unix_only
def test_a_unix_socket_that_is_served_and_a_file_are_left_alone(tmp_path):
    path, file = tmp_path / "app.sock", tmp_path / "file"
    file.write_text("precious")
    with listen_unix(str(path)), pytest.raises(ListenError, match="another server does"):
        listen_unix(str(path))
    with pytest.raises(ListenError, match="something that is no socket is there"):
        listen_unix(str(file))
    assert file.read_text() == "precious"
    with pytest.raises(ListenError, match=r"cannot listen at .*/no/app\.sock: No such file"):
        listen_unix(str(tmp_path / "no" / "app.sock"))


@unix_only
def test_the_name_of_a_successor_is_not_taken_away(tmp_path):
    path = str(tmp_path / "app.sock")
    with opened_door("", 0, unix=path) as first:
        first.close()  # it has stopped accepting, and finishes its last requests
        successor = listen_unix(path)
    assert os.path.exists(path)
    successor.close()


@unix_only
def test_the_permissions_of_a_unix_socket_can_be_given(tmp_path):
    path = tmp_path / "app.sock"
    with listen_unix(str(path), mode=0o660):
        assert path.stat().st_mode & 0o777 == 0o660


@pytest.mark.skipif(not hasattr(os, "fork"), reason="descriptors are inherited otherwise")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_listener_of_whoever_started_us_is_served_by_its_number(workers):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.fileno()
        options = ("--fd", number, "--workers", workers)
        with program("run", "lifeapp:app", *options, fds=(number,)) as server:
            assert server.listening() == listener.getsockname()
            assert server.get() == (200, b"hello")
            server.tell(signal.SIGTERM)
            assert server.wait() == 0
        waits = connect(listener.getsockname())  # it was not ours to close: its owner has it still
        with program("run", "lifeapp:app", *options, fds=(number,)) as server:
            ask(waits)
            assert answer(waits) == (200, b"hello"), "nobody is lost between two servers"
        waits.close()


def test_a_socket_may_be_handed_over_as_an_object(tmp_path):
    (tmp_path / "main.py").write_text(
        f"import sys\nsys.path.insert(0, {str(FRAMEWORK)!r})\n"
        "import socket\nfrom groundup import App\napp = App()\n"
        "app.get('/')(lambda: 'object')\n"
        "app.run(sock=socket.create_server(('127.0.0.1', 0)))\n"
    )
    with script(tmp_path / "main.py") as server:
        server.listening()
        assert server.get() == (200, b"object")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0


def test_a_descriptor_that_is_no_listener_is_refused_in_a_sentence(tmp_path):
    with socket.socket() as sock:
        with pytest.raises(ListenError, match="is a socket that does not listen"):
            inherited(sock.fileno())
        assert sock.getsockname(), "it is still open: it is not ours"
    with (tmp_path / "file").open("w") as file, pytest.raises(ListenError, match="is no socket"):
        inherited(file.fileno())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_the_backlog_is_the_one_that_was_asked_for():
    def backlog(listener: socket.socket) -> int:
        told = listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32)
        return int(struct.unpack_from("I", told, 28)[0])

    with open_door("127.0.0.1", 0, backlog=9) as listener:
        assert backlog(listener) == 9
        number = listener.fileno()
        options = ("--fd", number, "--backlog", 7)
        with program("run", "lifeapp:app", *options, fds=(number,)) as server:
            server.listening()
            eventually(lambda: backlog(listener) == 7)
            assert server.get() == (200, b"hello")


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="ports cannot be shared here")
def test_a_port_may_be_shared_on_request_and_only_then():
    with listen_shared("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with listen_shared("127.0.0.1", port):
            pass
        with pytest.raises(ListenError, match="the port is taken"):
            open_door("127.0.0.1", port)
    with listen_shared("127.0.0.1", 0, reserve=True) as reserved:
        with pytest.raises(ConnectionRefusedError):
            connect(reserved.getsockname())
        with listen_shared(*reserved.getsockname()) as served:
            connect(served.getsockname()).close()


def test_an_ipv6_address_is_served_and_shown_in_brackets():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with program("run", "lifeapp:app", "--host", "::1", "--port", 0) as server:
        shown = server.until("listening on")
        assert "[::1]:" in shown
        assert get(("::1", int(shown.rpartition(":")[2]))) == (200, b"hello")


def test_a_client_that_has_gone_again_before_it_was_accepted_harms_nobody():
    with serving_program("lifeapp:app") as server:
        for _ in range(50):
            sock = connect(server.address)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            sock.close()  # a reset
        assert server.get() == (200, b"hello")
