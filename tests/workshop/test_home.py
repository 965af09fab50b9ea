"""The served book: an address at once, a port that is free, and nothing half-built."""

import http.client
import subprocess
import sys

import pytest

from workshop import home


@pytest.fixture
def served(tmp_path):
    server = home.serve(tmp_path / "site", port=0)
    yield tmp_path / "site", server
    server.shutdown()


def get(server, path="/"):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_before_there_is_a_book_the_page_says_so_and_looks_again(served):
    site, server = served
    response, body = get(server)
    assert response.status == 503
    assert b"being built" in body
    assert b'http-equiv="refresh"' in body
    site.mkdir()
    (site / "index.html").write_text("the book")
    response, body = get(server)
    assert (response.status, body) == (200, b"the book")


def test_pages_have_their_type_and_are_asked_for_again(served):
    site, server = served
    site.mkdir()
    for name in ("index.html", "a.js", "b.css", "c.svg"):
        (site / name).write_text("x")
    wanted = {
        "/": "text/html",
        "/a.js": "text/javascript",
        "/b.css": "text/css",
        "/c.svg": "image/svg+xml",
    }
    for path, kind in wanted.items():
        response, _ = get(server, path)
        assert response.getheader("Content-Type").startswith(kind), path
        assert response.getheader("Cache-Control") == "no-cache", path


def test_it_listens_on_loopback_only(served):
    assert served[1].server_address[0] == "127.0.0.1"


@pytest.mark.parametrize("path", ["/../secret", "/%2e%2e/secret", "/..%2fsecret"])
def test_nothing_outside_the_book_is_served(served, path):
    site, server = served
    site.mkdir()
    (site / "index.html").write_text("the book")
    (site.parent / "secret").write_text("secret")
    response, body = get(server, path)
    assert response.status == 404
    assert body != b"secret"


def test_a_taken_port_is_no_trouble(served, tmp_path):
    taken = served[1].server_port
    second = home.serve(tmp_path / "site", port=taken)
    try:
        assert second.server_port != taken
        assert home.address(second) == f"http://127.0.0.1:{second.server_port}/"
    finally:
        second.shutdown()


def test_the_builds_news_is_told_and_all_else_goes_to_the_log(tmp_path):
    script = f"print('building'); print({home.NEWS!r} + 'chapters are ready'); print('more')"
    build = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert list(home.news(build, tmp_path)) == ["chapters are ready"]
    build.wait()
    log = (tmp_path / ".workshop" / "book.log").read_text()
    assert log.split("\n")[0] == "building"
    assert "more" in log
