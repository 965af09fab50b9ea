"""The picture of what each step was worth: its program serves on every engine, its figures hold."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from benchmarks import staircase
from benchmarks.staircase import (
    FIGURES,
    LONGEST,
    Stair,
    held,
    running,
    shown,
    silence,
    stairs,
    table,
)

STAIRS = stairs()


@pytest.mark.parametrize("stair", STAIRS, ids=lambda stair: stair.step.name)
def test_the_program_serves_on_every_engine(stair: Stair):
    with running(stair) as address:
        assert staircase.waited(address, 5.0) is not None, "a plain answer, 200"


def test_each_engine_is_asked_once():
    engines = [stair.step.name for stair in STAIRS]
    assert engines[:2] == ["02_request_parser", "03_router"], "the first two that speak HTTP"


class Quick(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b"Hello, World!")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def serial() -> Iterator[tuple[str, int]]:
    """Somebody else's server, one client at a time, with no deadline."""
    server = HTTPServer(("127.0.0.1", 0), Quick)
    Quick.protocol_version, Quick.timeout = "HTTP/1.1", None
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server.server_address[:2]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_a_serial_server_is_stopped_by_slow_heads_and_holds_nobody(monkeypatch):
    monkeypatch.setattr(staircase, "LONGEST", 0.3)
    monkeypatch.setattr(staircase, "PATIENCE", 0.3)
    with serial() as address:
        assert silence(address) == {"silence": 0.3}, "nobody was served: the bound is the figure"
    with serial() as address:
        assert held(address) == {"held": 0}, "beside one idle connection nobody is served"


def test_the_table_says_what_was_never_answered():
    figures = {"rate": 200.0, "p99": 320.0, "silence": LONGEST, "held": 0}
    text = table({"figures": {"3 Router": figures}})
    assert "| 3 Router | 200 | 320 | more than 12 | 0 |" in text
    assert shown("p99", 1.5) == "1.50"
    assert all(title in text for title in FIGURES.values())
