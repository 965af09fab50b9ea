"""curl: what people try a server with first."""

from __future__ import annotations

import json
import subprocess

import pytest
from clientkit import SIZE, ClientApp, program, sha
from serving import ENGINES, serving


@pytest.fixture(scope="module", params=list(ENGINES))
def served(request, tmp_path_factory):
    client = ClientApp(tmp_path_factory.mktemp("files"))
    with serving(request.param, client.app, limits=client.app.limits) as served:
        served.client = client
        yield served


@pytest.fixture
def curl(served, tmp_path):
    """Calls curl on a path of the server; its exit status must be 0."""
    path = program("curl")
    base = f"http://127.0.0.1:{served.address[1]}"

    def call(target: str, *options: str, stdin: bytes = b"", more: tuple[str, ...] = ()) -> bytes:
        urls = [base + word for word in (target, *more)]
        done = subprocess.run(
            [path, "-q", "-sS", "--noproxy", "*", "--max-time", "20", *options, *urls],
            input=stdin, capture_output=True, cwd=tmp_path, timeout=30,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return call


def test_several_requests_on_one_connection(curl):
    said = curl("/", "-w", "|%{http_code} %{num_connects}|", more=("/stream", "/", "/nowhere"))
    assert said.startswith(b"hello|200 1|line 0\n")
    assert b"line 9\n|200 0|hello|200 0|" in said and said.endswith(b"|404 0|")


def test_http_1_0(curl):
    assert curl("/", "-0", more=("/stream",)).endswith(b"line 9\n")


def test_head_and_json(curl):
    head = curl("/files/large.bin", "-I", more=("/",))
    assert b"content-length: %d\r\n" % SIZE in head.lower()
    sent = json.dumps({"a": ["ü", 1]}).encode()
    assert json.loads(curl("/echo", "--data-binary", "@-", stdin=sent)) == {"a": ["ü", 1]}


def test_downloads_and_ranges(curl, served, tmp_path):
    data = served.client.data
    assert sha(curl("/files/large.bin")) == sha(data)
    assert curl("/files/large.bin", "-r", "100-199") == data[100:200]
    assert curl("/files/large.bin", "-r", "-50") == data[-50:]
    (tmp_path / "large.bin").write_bytes(data[:1_000_000])
    curl("/files/large.bin", "-C", "-", "-o", "large.bin")
    assert sha((tmp_path / "large.bin").read_bytes()) == sha(data)


def test_what_has_not_changed_is_not_sent_again(curl, tmp_path):
    curl("/files/page.html", "--etag-save", "tag", "-o", "page.html")
    again = curl("/files/page.html", "--etag-compare", "tag", "-w", "%{http_code}", "-o", "again")
    assert again == b"304"
    since = curl("/files/page.html", "-z", "page.html", "-R", "-w", "%{http_code}", "-o", "again")
    assert since in (b"200", b"304")


@pytest.mark.parametrize("how", [("-T", "upload"), ("-T", "-"), ("--data-binary", "@upload")])
def test_uploads_with_a_length_in_chunks_and_after_a_100(curl, tmp_path, how):
    """A large upload waits for "100 Continue" before it sends; one from a pipe comes in chunks."""
    data = bytes(range(256)) * 12_000
    (tmp_path / "upload").write_bytes(data)
    assert curl("/upload", *how, "-H", "Expect: 100-continue", stdin=data) == sha(data).encode()


@pytest.mark.parametrize("expect", ["Expect:", "Expect: 100-continue"], ids=["at once", "asked"])
def test_an_upload_that_is_too_large_is_told_so(curl, tmp_path, expect):
    (tmp_path / "upload").write_bytes(bytes(1_500_000))
    said = curl("/small", "--data-binary", "@upload", "-H", expect, "-w", "|%{http_code}")
    assert said.endswith(b"|413")


def test_events_come_one_by_one(curl):
    said = curl("/events", "-N").decode()
    assert said.startswith("id: 1\nretry: 50\ndata: ü1\ndata: second line\n\nid: 2\n")
    assert "id: 4" in curl("/events", "-N", "-H", "Last-Event-ID: 3").decode()
