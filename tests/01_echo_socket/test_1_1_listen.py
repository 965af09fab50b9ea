"""Task 1.1: a socket that listens (`net.listen`, through `net.open_listener`)."""

import contextlib
import errno
import gc
import socket
import warnings

import pytest

from groundup import net
from workshop import kit

pytestmark = kit.task("1.1")


def listening(host: str = "127.0.0.1", port: int = 0, **options: int) -> socket.socket:
    kit.did(f"listen({host!r}, {port})")
    listener = net.listen(host, port, **options)
    kit.expect_that(
        isinstance(listener, socket.socket), "the listening socket, returned", repr(listener)
    )
    return listener


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_clients_may_connect_before_anyone_accepts():
    with listening(backlog=8) as listener:
        clients = [kit.connect(listener.getsockname()) for _ in range(5)]
        for number, client in enumerate(clients, 1):
            client.send(b"%d\n" % number)
        for number, client in enumerate(clients, 1):
            accepted, _ = listener.accept()
            with accepted:
                got = accepted.recv(100)
            kit.expect(
                got,
                b"%d\n" % number,
                "the kernel connects clients and keeps their bytes; accept only hands them over",
            )
            client.close()


def test_port_0_means_any_free_port():
    with listening() as first, listening() as second:
        ports = [first.getsockname()[1], second.getsockname()[1]]
        kit.expect_that(
            0 not in ports and ports[0] != ports[1],
            "two free ports, chosen by the kernel and read with getsockname()",
            ports,
        )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", ""])
def test_a_host_is_an_address_or_a_name_or_every_address(host):
    with listening(host) as listener:
        port = listener.getsockname()[1]
        loopback = "::1" if listener.family == socket.AF_INET6 else "127.0.0.1"
        kit.connect((loopback, port)).close()


def test_an_ipv6_address_gets_an_ipv6_socket():
    if not has_ipv6():  # then a clear refusal is what a person needs
        kit.expect_raises(net.ListenError, net.listen, "::1", want="one sentence: no such address")
        return
    with listening("::1") as listener:
        kit.expect(
            listener.family, socket.AF_INET6, "the family of the address, not always AF_INET"
        )
        kit.connect(listener.getsockname()[:2]).close()


def test_a_name_stands_for_the_first_of_its_addresses_that_exists_here(monkeypatch):
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 0))
        for address in ("192.0.2.1", "127.0.0.1")  # the first is reserved for documentation
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: both)
    with listening("a name with two addresses") as listener:
        kit.expect(listener.getsockname()[0], "127.0.0.1", "the address that this machine has")


def test_a_server_may_start_again_on_the_port_it_had_a_moment_ago():
    with listening() as listener:
        address = listener.getsockname()
        with kit.connect(address) as client:
            accepted, _ = listener.accept()
            kit.did("the server closes first: its end of the connection goes to TIME_WAIT")
            accepted.close()
            client.recv_all()
    try:
        listening(*address).close()
    except net.ListenError as error:
        kit.expect_that(
            False,
            "the same port again, at once: a restart must not wait for TIME_WAIT to pass",
            str(error),
        )


def test_a_port_that_another_server_has_is_refused_in_one_sentence():
    with listening() as first:
        port = first.getsockname()[1]
        error = kit.expect_raises(
            net.ListenError, net.listen, "127.0.0.1", port, want="the second server may not listen"
        )
        want = f"127.0.0.1:{port}: the port is taken"
        kit.expect_that(want in str(error), f"a sentence with {want!r} in it", str(error))


@pytest.mark.parametrize(
    ("host", "port", "number", "words"),
    [
        ("127.0.0.1", 80, errno.EACCES, "ports below 1024"),
        ("127.0.0.1", 8000, errno.EACCES, "choose another"),
        ("127.0.0.1", 8000, errno.EADDRNOTAVAIL, "no such address"),
        ("127.0.0.1", 8000, errno.ENOBUFS, "127.0.0.1:8000"),
    ],
)
def test_other_refusals_of_the_system_are_sentences_too(monkeypatch, host, port, number, words):
    def refuse(*address: object) -> None:
        raise OSError(number, "the system's own words")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    kit.did(f"bind({host!r}, {port}) fails with {errno.errorcode[number]}")
    error = kit.expect_raises(net.ListenError, net.listen, host, port, want="a ListenError")
    kit.expect_that(words in str(error), f"a sentence with {words!r} in it", str(error))


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_number_that_no_port_has_is_refused(port):
    error = kit.expect_raises(net.ListenError, net.listen, "127.0.0.1", port, want="a ListenError")
    kit.expect_that("0 to 65535" in str(error), "the numbers that ports have", str(error))


def test_an_unknown_host_is_refused_by_name(monkeypatch):
    def unknown(*args: object, **options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = kit.expect_raises(net.ListenError, net.listen, "nowhere", want="a ListenError")
    kit.expect_that("'nowhere'" in str(error), "the name that nobody knows", str(error))


@pytest.mark.parametrize("call", ["bind", "listen", "setsockopt"])
def test_a_failed_call_leaves_no_socket_open(monkeypatch, call):
    def refuse(*args: object) -> None:
        raise OSError(errno.EADDRINUSE, "the system's own words")

    monkeypatch.setattr(socket.socket, call, refuse)
    kit.did(f"the system refuses: {call} is made to fail")
    kit.did("listen()")
    gc.collect()  # what earlier tests left behind is not this one's
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with contextlib.suppress(net.ListenError):
            net.listen()
        gc.collect()
    leaked = [str(w.message) for w in seen if issubclass(w.category, ResourceWarning)]
    kit.expect_that(
        not leaked,
        f"when {call} fails: its error raised, and the new socket closed",
        "; ".join(leaked),
    )


@pytest.mark.parametrize(
    ("host", "want"),
    [("127.0.0.1", "127.0.0.1:80"), ("localhost", "localhost:80"), ("::1", "[::1]:80")],
)
def test_an_address_is_written_as_a_person_writes_it(host, want):
    kit.expect(net.format_address(host, 80), want, "the port stands apart from an IPv6 address")
