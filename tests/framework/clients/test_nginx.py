"""nginx in front, as a deployer has it: kept connections, uploads and events passed through."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import contextmanager
from pathlib import Path
from string import Template

import pytest
from clientkit import ClientApp, package, program, sha
from program import answer, ask, connect, eventually, some
from serving import serving

from groundup.timeouts import Timeouts

CONFIGURATION = Template("""\
daemon off;
master_process off;
pid $own/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path $own/body;
  proxy_temp_path $own/proxy;
  fastcgi_temp_path $own/fastcgi;
  uwsgi_temp_path $own/uwsgi;
  scgi_temp_path $own/scgi;
  client_max_body_size 0;
  upstream groundup { server 127.0.0.1:$behind; keepalive 4; }
  server {
    listen 127.0.0.1:$port;
    location / {
      proxy_pass http://groundup;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $$http_host;
      proxy_request_buffering off;
    }
  }
}
""")


# It asked on a connection that we closed just then, since it was idle, and asked again.
RACES = (
    "upstream prematurely closed connection while reading response header",
    "recv() failed (104: Connection reset by peer) while reading response header",
)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def nginx_before(address, own: Path):
    """nginx in front of a server, in a folder of its own: its address."""
    path, port = program("nginx"), free_port()
    text = CONFIGURATION.substitute(own=own, port=port, behind=address[1])
    if own.owner() == "root":  # else its worker would be nobody, who may not write there
        text = "user root;\n" + text
    (own / "nginx.conf").write_text(text)
    command = [path, "-p", str(own), "-c", str(own / "nginx.conf"), "-e", "stderr"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        eventually(lambda: process.poll() is not None or listens(port), 10)
        assert process.poll() is None, process.stderr.read()
        yield ("127.0.0.1", port)
    finally:
        process.terminate()
        _, said = process.communicate(timeout=10)
    wrong = [line for line in said.splitlines() if "[error]" in line or "[crit]" in line]
    assert all(any(race in line for race in RACES) for line in wrong), said


def listens(port: int) -> bool:
    """Whether somebody does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(params=["protocol", "pool", "threads"])
def front(request, tmp_path):
    own, files = tmp_path / "nginx", tmp_path / "files"
    own.mkdir()
    files.mkdir()
    client = ClientApp(files)
    # Short where that is the question; elsewhere an upload could meet a close, and is lost.
    timeouts = Timeouts(keep_alive=0.3 if "idles" in request.node.name else 75.0)
    options = {"limits": client.app.limits, "timeouts": timeouts}
    with (
        serving(request.param, client.app, **options) as served,
        nginx_before(served.address, own) as address,
    ):
        yield client, address


def test_its_connections_to_us_are_kept(front):
    client, address = front

    def many() -> None:
        with connect(address) as sock:
            for _ in range(50):
                ask(sock)
                assert answer(sock) == (200, b"hello")

    threads = [threading.Thread(target=many) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(client.peers) <= 12, "200 requests"


def test_a_connection_that_we_close_when_it_idles_costs_no_request(front):
    """Again and again at the moment when we do: nginx must see an end, and never half an answer."""
    _, address = front
    stop = threading.Event()
    with connect(address) as sock:
        for _ in range(6):
            ask(sock)
            assert answer(sock) == (200, b"hello")
            stop.wait(0.3)  # our deadline for idle connections


def test_uploads_downloads_and_refusals_go_through(front):
    client, address = front
    httpx = package("httpx")
    base = f"http://127.0.0.1:{address[1]}"
    with httpx.Client(trust_env=False, base_url=base) as session:
        assert sha(session.get("/files/large.bin").content) == sha(client.data)
        part = session.get("/files/large.bin", headers={"Range": "bytes=5-9"})
        assert (part.status_code, part.content) == (206, client.data[5:10])
        tag = session.head("/files/large.bin").headers["etag"]
        again = session.get("/files/large.bin", headers={"If-None-Match": tag})
        assert again.status_code == 304
        assert session.post("/upload", content=client.data).text == sha(client.data)
        chunks = (client.data[start : start + 65536] for start in range(0, 1 << 20, 65536))
        assert session.post("/upload", content=chunks).text == sha(client.data[: 1 << 20])
        assert session.get("/nowhere").status_code == 404
        assert session.get("/seen").json()["host"] == base.removeprefix("http://")
        # The last one here: nginx closes after it, and not always says so.
        assert session.post("/small", content=bytes(1_500_000)).status_code == 413


def test_events_are_not_held_back(front):
    """nginx would collect them, but for the field that says it must not."""
    _, address = front
    with connect(address) as sock:
        sock.sendall(b"GET /events HTTP/1.1\r\nHost: a\r\nLast-Event-ID: 3\r\n\r\n")
        data = b""
        while b"data: \xc3\xbc6\n" not in data:
            data += some(sock)
