"""Responses that come in pieces: framed as they should be, at their reader's pace, and let go.

Each on every engine, since each has its own way to wait.
"""

from __future__ import annotations

import asyncio
import importlib.util
import io
import logging
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time

import pytest
from faultkit import Bystander, narrow, to_the_end
from program import FRAMEWORK, Program, answer, ask, connect, eventually, get, some
from serving import ENGINES, serving

from groundup import App
from groundup.files import FileResponse
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts

ALL = tuple(ENGINES)
UVLOOP = importlib.util.find_spec("uvloop") is not None
BUSY = ("protocol", "pool", "threads")
AT_ONCE = 1.0  # seconds within which a client that has left is noticed

app = App()


def pieces():
    yield b"one "
    yield b""
    yield "zwölf "
    yield bytearray(b"three")


async def awaited_pieces():
    for piece in pieces():
        await asyncio.sleep(0)
        yield piece


BODY = "one zwölf three".encode()

app.get("/sync")(lambda: StreamingResponse(pieces()))
app.get("/list")(lambda: StreamingResponse(list(pieces())))
app.get("/only-empty")(lambda: StreamingResponse([b"", b"", ""]))
app.get("/short")(lambda: StreamingResponse(pieces(), length=100))
app.get("/long")(lambda: StreamingResponse(pieces(), length=7))
app.get("/exact")(lambda: StreamingResponse(pieces(), length=len(BODY)))
app.get("/typed")(lambda: StreamingResponse(pieces(), 201, content_type="text/x-own"))


@app.get("/async")
async def awaited(request):
    return StreamingResponse(awaited_pieces())


@app.get("/sync-of-async")
async def sync_of_async(request):
    return StreamingResponse(pieces())


@app.get("/async-of-sync")
def async_of_sync(request):
    return StreamingResponse(awaited_pieces())


SOURCES = ["/sync", "/list", "/async", "/sync-of-async", "/async-of-sync"]


@pytest.fixture(scope="module", params=ALL)
def served(request):
    with serving(request.param, app) as served:
        yield served


def exchanged(served, request: bytes) -> tuple[bytes, bytes]:
    """Head and body of the answer to one request, all until the connection ends."""
    with connect(served.address) as sock:
        sock.sendall(request)
        head, _, body = to_the_end(sock).partition(b"\r\n\r\n")
        return head.lower(), body


@pytest.mark.parametrize("target", SOURCES)
def test_chunks_of_every_kind_go_out_and_an_empty_one_is_no_end(served, target):
    request = f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    head, body = exchanged(served, request.encode())
    assert b"transfer-encoding: chunked" in head
    assert body == b"4\r\none \r\n7\r\nzw\xc3\xb6lf \r\n5\r\nthree\r\n0\r\n\r\n"


def test_a_stream_of_nothing_but_empty_chunks_has_one_end(served):
    request = b"GET /only-empty HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    _, body = exchanged(served, request)
    assert body == b"0\r\n\r\n"


@pytest.mark.parametrize("target", SOURCES)
def test_http_1_0_gets_no_chunks_but_the_end_of_the_connection(served, target):
    head, body = exchanged(served, f"GET {target} HTTP/1.0\r\n\r\n".encode())
    assert b"transfer-encoding" not in head and b"content-length" not in head
    assert b"connection: close" in head
    assert body == BODY


@pytest.mark.parametrize("target", SOURCES)
def test_head_has_the_head_and_no_body_and_the_connection_goes_on(served, target):
    with connect(served.address) as sock:
        sock.sendall(f"HEAD {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += some(sock)
        ask(sock, "/exact")
        assert answer(sock) == (200, BODY)


def test_a_stream_of_declared_length_keeps_the_connection(served):
    with connect(served.address) as sock:
        for _ in range(3):
            ask(sock, "/exact")
            assert answer(sock) == (200, BODY)


def test_a_chunked_stream_keeps_the_connection(served):
    with connect(served.address) as sock:
        for _ in range(3):
            ask(sock, "/async")
            data = b""
            while not data.endswith(b"0\r\n\r\n"):
                data += some(sock)


def test_a_stream_shorter_than_declared_is_cut_off(served, caplog):
    caplog.set_level(logging.CRITICAL, "groundup")
    head, body = exchanged(served, b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"content-length: 100" in head
    assert body == BODY


def test_of_a_stream_longer_than_declared_no_byte_too_many_goes_out(served, caplog):
    caplog.set_level(logging.CRITICAL, "groundup")
    head, body = exchanged(served, b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"content-length: 7" in head
    assert len(body) <= 7


def test_a_stream_has_the_status_and_the_type_that_it_was_given(served):
    head, _ = exchanged(served, b"GET /typed HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert head.startswith(b"http/1.1 201 ") and b"content-type: text/x-own\r\n" in head


class Watched:
    """An application whose streams and handlers say that they run, and that they have ended."""

    def __init__(self) -> None:
        self.begun, self.ended = threading.Event(), threading.Event()
        self.made = 0
        self.stopping = False
        self.app = App()
        self.app.get("/")(lambda: "hello")
        for source in (self.sync, self.steady, self.silent, self.waits, self.mid_cleanup):
            self.app.get(f"/{source.__name__}")(source)

    def sync(self, request):
        """Chunk after chunk, as fast as they are taken."""

        def parts():
            self.begun.set()
            try:
                while True:
                    self.made += 1
                    yield bytes(65536)
            finally:
                self.ended.set()

        return StreamingResponse(parts())

    async def steady(self, request):
        """The same, awaited."""

        async def parts():
            self.begun.set()
            try:
                while True:
                    self.made += 1
                    yield bytes(65536)
            finally:
                self.ended.set()

        return StreamingResponse(parts())

    async def silent(self, request):
        """One chunk, then none for a long time."""

        async def parts():
            try:
                yield b"one"
                self.begun.set()
                await asyncio.sleep(30)
            finally:
                self.ended.set()

        return StreamingResponse(parts())

    async def waits(self, request):
        """No answer for a long time."""
        self.begun.set()
        try:
            await asyncio.sleep(30)
        finally:
            self.ended.set()

    async def mid_cleanup(self, request):
        """A stream whose end takes a moment, in which it awaits something itself."""

        async def parts():
            try:
                yield b"one"
                self.begun.set()
                await asyncio.sleep(30)
            finally:
                await asyncio.sleep(0.05)
                self.ended.set()

        return StreamingResponse(parts())


KINDS = ["sync", "steady", "silent", "waits", "mid_cleanup"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ALL)
def test_a_client_that_leaves_ends_what_works_for_it_at_once(mode, kind):
    watched = Watched()
    with serving(mode, watched.app) as served:
        sock = connect(served.address)
        ask(sock, f"/{kind}")
        assert watched.begun.wait(10)
        assert not watched.ended.is_set()
        begin = time.monotonic()
        sock.close()
        assert watched.ended.wait(10)
        assert time.monotonic() - begin < AT_ONCE
        assert get(served.address) == (200, b"hello")


@pytest.mark.parametrize("mode", ALL)
def test_a_stream_that_is_never_begun_is_let_go_as_well(mode):
    """For a HEAD nobody takes a chunk: what was opened for it must be closed all the same."""
    closed = []

    class Source:
        def __init__(self, name):
            self.name = name

        def __iter__(self):
            return self

        def __next__(self):
            raise AssertionError("a HEAD has no body")

        def close(self):
            closed.append(self.name)

    class AsyncSource:
        def __aiter__(self):
            return self

        async def __anext__(self):
            raise AssertionError("a HEAD has no body")

        async def aclose(self):
            closed.append("async")

    own = App()
    own.get("/sync")(lambda: StreamingResponse(Source("sync")))
    own.get("/async")(lambda: StreamingResponse(AsyncSource()))
    with serving(mode, own) as served:
        for target in ("/sync", "/async"):
            request = f"HEAD {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            head, body = exchanged(served, request.encode())
            assert head.startswith(b"http/1.1 200 ") and body == b""
        eventually(lambda: len(closed) == 2, 5)
    assert closed == ["sync", "async"]


@pytest.mark.parametrize("kind", ["sync", "steady"])
@pytest.mark.parametrize("mode", ALL)
def test_a_slow_reader_stops_the_producer(mode, kind):
    watched = Watched()
    with serving(mode, watched.app) as served, narrow(served.address) as sock:
        ask(sock, f"/{kind}")
        assert watched.begun.wait(10)
        made = settled(lambda: watched.made)
        assert made * 65536 < 8 << 20, "what the kernel keeps, and a little more"
        read = 0
        while read < made * 65536 // 2 + (1 << 20):
            read += len(some(sock))
        eventually(lambda: watched.made > made, 10)
        assert watched.made * 65536 < read + (8 << 20)


def settled(value) -> int:
    """A number that has not changed for a while, once it has begun to grow."""
    eventually(lambda: value() > 0)
    last, since = value(), time.monotonic()
    while time.monotonic() - since < 0.2:
        if value() != last:
            last, since = value(), time.monotonic()
        time.sleep(0.01)
    return last


@pytest.mark.parametrize("mode", BUSY)
def test_many_tiny_chunks_do_not_starve_the_others(mode):
    own, ended = App(), threading.Event()
    own.get("/")(lambda: "hello")

    def tiny():
        while not ended.is_set():
            yield b"x"

    async def awaited_tiny():
        for piece in tiny():
            yield piece

    own.get("/sync")(lambda: StreamingResponse(tiny()))
    own.get("/async")(lambda: StreamingResponse(awaited_tiny()))

    def read(address, target):
        with connect(address) as sock:
            ask(sock, target, close=True)
            to_the_end(sock)

    with serving(mode, own) as served:
        readers = [
            threading.Thread(target=read, args=(served.address, target))
            for target in ("/async", "/async", "/async", "/sync")
        ]
        for reader in readers:
            reader.start()
        with Bystander(served.address) as other:
            other.until(30)
        ended.set()
        for reader in readers:
            reader.join(10)
            assert not reader.is_alive()
    assert other.gap < 1.0 and not other.troubles


@pytest.mark.parametrize("mode", ALL)
def test_a_long_stream_hears_that_the_server_stops(mode):
    own = App()

    @own.get("/")
    async def counts(request):
        async def parts():
            while not request.stopping:
                yield b"tick"
                await asyncio.sleep(0.01)
            yield b"bye"

        return StreamingResponse(parts())

    short = Timeouts(linger=0.2)
    with serving(mode, own, timeouts=short) as served, connect(served.address) as sock:
        ask(sock)
        some(sock)
        served.engine.stop()
        data = to_the_end(sock)
        served.thread.join(10)
        assert data.endswith(b"3\r\nbye\r\n0\r\n\r\n")
        assert served.result is True


# Files, by the kernel and where it cannot send them.

ON_UVLOOP = pytest.param("uvloop", marks=pytest.mark.skipif(not UVLOOP, reason="optional"))
LOOPS = ["protocol", "pool", ON_UVLOOP]


@pytest.fixture
def large(tmp_path):
    data = os.urandom(3 << 20)
    (tmp_path / "large").write_bytes(data)
    return tmp_path, data


def file_app(folder) -> App:
    own = App()

    @own.get("/")
    async def hello(request):
        return "hello"

    own.static("/files", folder)
    own.get("/slow")(lambda: FileResponse(folder / "large"))
    return own


@pytest.mark.parametrize("mode", ALL)
def test_a_file_is_whole_without_sendfile(mode, large, monkeypatch):
    folder, data = large
    monkeypatch.delattr(os, "sendfile", raising=False)
    with serving(mode, file_app(folder)) as served, connect(served.address) as sock:
        for _ in range(2):
            ask(sock, "/files/large")
            assert answer(sock) == (200, data)


@pytest.mark.skipif(not UVLOOP, reason="optional")
def test_a_file_is_whole_on_uvloop(large):
    folder, data = large
    options = {"uvloop": True}
    with (
        serving("protocol", file_app(folder), **options) as served,
        connect(served.address) as sock,
    ):
        for _ in range(2):
            ask(sock, "/files/large")
            assert answer(sock) == (200, data)


class SlowReads(io.FileIO):
    """A file on a disk that takes its time: each read waits for the test."""

    gate = threading.Event()

    def read(self, size=-1):
        self.gate.wait(10)
        return super().read(size)


class SlowFile(FileResponse):
    """A response of such a file."""

    __slots__ = ()

    def open(self, request):
        file, state = super().open(request)
        with file:
            return SlowReads(os.dup(file.fileno())), state


@pytest.mark.parametrize("how", LOOPS)
def test_a_disk_that_is_slow_never_holds_up_the_loop(how, large, monkeypatch):
    folder, data = large
    monkeypatch.delattr(os, "sendfile", raising=False)
    SlowReads.gate.clear()
    own = file_app(folder)
    own.get("/slow-disk")(lambda: SlowFile(folder / "large"))
    mode, options = ("protocol", {"uvloop": True}) if how == "uvloop" else (how, {})
    with serving(mode, own, **options) as served, connect(served.address) as sock:
        ask(sock, "/slow-disk")
        with Bystander(served.address) as other:
            other.until(40)
        assert other.gap < 1.0 and not other.troubles
        SlowReads.gate.set()
        assert answer(sock) == (200, data)


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    """TLS: the server's context and the client's."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the key")
    folder = tmp_path_factory.mktemp("key-for-tests-only")
    names = ["-keyout", str(folder / "key"), "-out", str(folder / "cert")]
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command.split(), *subject, *names], check=True, capture_output=True)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(folder / "cert", folder / "key")
    return server, ssl.create_default_context(cafile=folder / "cert")


@pytest.mark.parametrize("mode", ALL)
def test_a_file_and_a_stream_are_whole_over_tls(mode, large, contexts):
    folder, data = large
    own = file_app(folder)
    own.get("/stream")(lambda: StreamingResponse(pieces(), length=len(BODY)))
    with serving(mode, own, ssl_context=contexts[0]) as served:
        plain = connect(served.address)
        with contexts[1].wrap_socket(plain, server_hostname="localhost") as sock:
            ask(sock, "/files/large")
            assert answer(sock) == (200, data)
            ask(sock, "/stream")
            assert answer(sock) == (200, BODY)


@pytest.mark.parametrize("kernel", [True, False], ids=["sendfile", "blocks"])
@pytest.mark.parametrize("mode", ALL)
def test_a_file_that_shrinks_while_it_is_sent_is_cut_off(
    mode, kernel, tmp_path, monkeypatch, caplog
):
    caplog.set_level(logging.CRITICAL, "groundup")
    if not kernel:
        monkeypatch.delattr(os, "sendfile", raising=False)
    size = 24 << 20
    (tmp_path / "large").write_bytes(bytes(size))
    with serving(mode, file_app(tmp_path)) as served, narrow(served.address) as sock:
        ask(sock, "/files/large")
        some(sock)
        os.truncate(tmp_path / "large", 1 << 20)
        data = to_the_end(sock)
        assert len(data) < size, "the rest was made up"
        assert get(served.address, "/files/large", wrap=None)[0] == 200


@pytest.mark.parametrize("mode", ALL)
def test_a_stream_that_stalls_at_the_last_moment_is_not_taken_for_complete(mode):
    """The write deadline cuts it off: its reader must not see the chunk that ends a body."""
    own = App()
    own.get("/")(lambda: StreamingResponse(bytes(65536) for _ in range(400)))
    with serving(mode, own, timeouts=Timeouts(write=0.3)) as served, narrow(served.address) as sock:
        ask(sock)
        assert some(sock)
        eventually(lambda: get(served.address, "/x")[0] == 404, 10)
        time.sleep(0.6)  # the time that it has, twice
        assert not to_the_end(sock).endswith(b"0\r\n\r\n")


@pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")
@pytest.mark.parametrize("how", [*ALL, ON_UVLOOP])
def test_the_kernel_sends_a_file_where_it_can(how, tmp_path):
    """Seen by strace: hardly any of the file's bytes go through the program."""
    (tmp_path / "large").write_bytes(bytes(4 << 20))
    (tmp_path / "main.py").write_text(
        f"import sys\nsys.path.insert(0, {str(FRAMEWORK)!r})\nfrom groundup import App\n"
        "app = App()\napp.static('/files', sys.argv[1])\n"
        "app.run(port=0, mode=sys.argv[2], **({'uvloop': True} if len(sys.argv) > 3 else {}))\n"
    )
    own = [str(tmp_path / "main.py"), str(tmp_path), "protocol" if how == "uvloop" else how]
    own += ["uvloop"] if how == "uvloop" else []
    log = tmp_path / "calls"
    strace = shutil.which("strace")
    if strace is None:
        assert os.environ.get("CI") != "true", "strace is missing: see .ci/run"
        pytest.skip("strace is not installed here")
    trace = [strace, "-f", "-qq", "-e", "trace=sendfile", "-o", str(log)]
    started = Program([*trace, sys.executable, *own], tmp_path)
    try:
        assert get(started.listening(), "/files/large") == (200, bytes(4 << 20))
        os.killpg(started.pid, signal.SIGTERM)  # strace writes when the program has ended
        assert started.wait() == 0
    finally:
        started.end()
    sent = [int(number) for number in re.findall(r"sendfile\(.*\) = (\d+)", log.read_text())]
    if how == "uvloop":
        assert sum(sent) in (0, 4 << 20), "it depends on the version what its sockets can do"
    else:
        assert sum(sent) == 4 << 20
