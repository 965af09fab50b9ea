"""TLS by the standard library's contexts: the same service, and no handshake is in anyone's way.

The certificate is made for each run, by `openssl`, and nobody else trusts it.
"""

from __future__ import annotations

import shutil
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest
from program import answer, ask, connect, get, serving_program, some
from serving import serving

from groundup import App
from groundup.timeouts import Timeouts

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the key")
MODES = ["protocol", "pool"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory) -> tuple[str, str]:
    """The files of a certificate for localhost and of its key."""
    folder = tmp_path_factory.mktemp("certificate-for-tests-only")
    certificate, key = str(folder / "cert.pem"), str(folder / "key.pem")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    )
    subprocess.run(
        [*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True
    )
    return certificate, key


@pytest.fixture(scope="module")
def server_context(pair) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*pair)
    return context


@pytest.fixture(scope="module")
def wrap(pair):
    """Wraps a client's socket; it trusts this certificate and no other."""
    context = ssl.create_default_context(cafile=pair[0])
    context.set_alpn_protocols(["h2", "http/1.1"])
    return lambda sock: context.wrap_socket(sock, server_hostname="localhost")


app = App()


@app.get("/")
async def hello(request):
    return "hello"


@app.post("/echo")
async def echo(request):
    return request.body


@app.get("/plain")
def plain(request):
    return "from a thread"


@pytest.mark.parametrize("mode", MODES)
def test_requests_over_tls_are_answered_on_one_connection(mode, server_context, wrap):
    large = bytes(500_000)
    with serving(mode, app, ssl_context=server_context) as served:
        sock = wrap(connect(served.address))
        for target, body in (("/", b"hello"), ("/plain", b"from a thread"), ("/", b"hello")):
            ask(sock, target)
            assert answer(sock) == (200, body)
        head = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n"
        sock.sendall(head + large)
        assert answer(sock) == (200, large)
        sock.close()


@pytest.mark.parametrize("mode", MODES)
def test_a_handshake_that_does_not_come_keeps_nobody_waiting(mode, server_context, wrap):
    with serving(mode, app, ssl_context=server_context) as served:
        silent = [connect(served.address) for _ in range(50)]
        half = connect(served.address)
        half.sendall(b"\x16\x03\x01\x02\x00\x01\x00")  # the beginning of a ClientHello
        begin = time.monotonic()
        assert get(served.address, wrap=wrap) == (200, b"hello")
        assert time.monotonic() - begin < 5.0
        for sock in [*silent, half]:
            sock.close()


@pytest.mark.parametrize("mode", MODES)
def test_a_handshake_has_the_deadline_of_a_head(mode, server_context, wrap):
    with serving(mode, app, ssl_context=server_context, timeouts=Timeouts(header=0.3)) as served:
        with connect(served.address, 10) as silent:
            begin = time.monotonic()
            assert silent.recv(1) == b""
            assert 0.2 < time.monotonic() - begin < 5.0
        assert get(served.address, wrap=wrap) == (200, b"hello")


@pytest.mark.parametrize("mode", MODES)
def test_a_client_that_speaks_no_tls_is_let_go_and_the_next_is_served(mode, server_context, wrap):
    with serving(mode, app, ssl_context=server_context) as served:
        with connect(served.address) as sock:
            ask(sock)
            data = b""
            try:
                while part := sock.recv(4096):
                    data += part
            except ConnectionResetError:
                pass
            assert b"HTTP" not in data
        assert get(served.address, wrap=wrap) == (200, b"hello")


def test_a_client_that_vanishes_in_the_middle_is_forgotten(server_context, wrap):
    with serving("protocol", app, ssl_context=server_context) as served:
        for _ in range(10):
            sock = wrap(connect(served.address))
            sock.sendall(b"GET / HT")
            socket.socket.close(sock)  # no goodbye
        assert get(served.address, wrap=wrap) == (200, b"hello")


def test_a_file_over_tls_is_whole(server_context, wrap, tmp_path):
    data = bytes(range(256)) * 8000
    (tmp_path / "data.bin").write_bytes(data)
    files = App()
    files.static("/files", tmp_path)
    with serving("protocol", files, ssl_context=server_context) as served:
        assert get(served.address, "/files/data.bin", wrap=wrap) == (200, data)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_command_line_serves_tls_and_ends_without_losing_a_request(pair, wrap, workers):
    certificate, key = pair
    options = ("--certfile", certificate, "--keyfile", key, "--workers", workers)
    with serving_program("lifeapp:app", *options) as server:
        with wrap(connect(server.address)) as sock, wrap(connect(server.address)) as idle:
            assert sock.selected_alpn_protocol() == "http/1.1"
            ask(idle)
            assert answer(idle) == (200, b"hello")
            ask(sock, "/wait/0.5")
            server.until("waiting")
            server.tell(signal.SIGTERM)
            assert answer(sock) == (200, b"waited")
            assert idle.recv(1) == b"", "a clean end, with TLS's own goodbye"
        assert server.wait() == 0


def test_a_stream_over_tls_is_told_that_the_server_stops(pair, wrap):
    certificate, key = pair
    with serving_program("lifeapp:app", "--certfile", certificate, "--keyfile", key) as server:
        with wrap(connect(server.address)) as sock:
            ask(sock, "/stream")
            some(sock)
            server.tell(signal.SIGTERM)
            data = b""
            while part := sock.recv(65536):
                data += part
            assert data.endswith(b"end\n\r\n0\r\n\r\n")
        assert server.wait() == 0


def test_a_reload_brings_a_new_certificate_in(pair, wrap, tmp_path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other -keyout /dev/stdout"
    )
    other = subprocess.run(command.split(), check=True, capture_output=True).stdout
    certificate.write_bytes(other)
    key.write_bytes(other)
    options = ("--certfile", certificate, "--keyfile", key, "--workers", 2)
    with serving_program("lifeapp:app", *options) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            get(server.address, wrap=wrap)
        certificate.write_bytes(Path(pair[0]).read_bytes())
        key.write_bytes(Path(pair[1]).read_bytes())
        server.tell(signal.SIGHUP)
        good = 0
        end = time.monotonic() + 30
        while good < 5 and time.monotonic() < end:
            try:
                good = good + 1 if get(server.address, wrap=wrap)[0] == 200 else 0
            except ssl.SSLCertVerificationError:
                good = 0
        assert good == 5
