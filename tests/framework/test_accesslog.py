"""The access log and the log of refusals: complete, one line each, and in nobody's way."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import threading
import time

import pytest
from program import answer, ask, connect, eventually, serving_program, some
from serving import ENGINES, engine_class, serving

from groundup import HTTPException, Request, Response
from groundup.accesslog import AccessLog
from groundup.refusals import Refusals
from groundup.request import buffered


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def logged(request: Request, status: int = 200, size: int = 10, **more) -> dict:
    """What the log says of one response."""
    out = io.StringIO()
    log = AccessLog(out, **more)
    log.timed(lambda request: None)(request)
    log.record(request, status, size)
    log.close()
    (line,) = lines(out.getvalue())
    return line


def test_a_line_tells_who_asked_what_and_what_came_of_it():
    request = Request.build("GET", "/a?b=1", {"user-agent": "curl/8", "referer": "http://b/"})
    request.client_addr = ("::1", 4000)
    ticks = iter([100.0, 100.25])
    line = logged(request, 404, 123, clock=lambda: next(ticks))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line.pop("time"))
    assert line == {
        "client": "[::1]:4000", "method": "GET", "target": "/a?b=1", "status": 404, "bytes": 123,
        "seconds": 0.25, "agent": "curl/8", "referrer": "http://b/",
    }  # fmt: skip


def test_nothing_that_a_client_sends_ends_a_line_or_reaches_a_terminal():
    nasty = '/\x1b[2J\x85\u2028\x7f"\\'
    request = Request.build("GET", nasty, {"user-agent": "a\x0b\x1b]0;b\x07\xff"})
    out = io.StringIO()
    log = AccessLog(out)
    log.timed(lambda request: None)(request)
    log.record(request, 200, 1)
    log.close()
    text = out.getvalue()
    assert len(text.splitlines()) == 1
    assert all(" " <= character < "\x7f" for character in text[:-1]), text
    assert json.loads(text)["target"] == nasty


def test_closing_writes_everything():
    out = io.StringIO()
    log = AccessLog(out)
    request = Request.build()
    request.began = 0.0
    for number in range(5000):
        log.record(request, 200, number)
    log.close()
    assert [line["bytes"] for line in lines(out.getvalue())] == list(range(5000))


class Slow(io.StringIO):
    """A target that takes nothing until it may."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.may = threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.may.wait(10)
        return super().write(text)


def test_a_target_that_is_slow_holds_nobody_up_and_what_is_dropped_is_said():
    out = Slow()
    log = AccessLog(out, queued=50)
    request = Request.build()
    request.began = 0.0
    log.record(request, 200, 0)
    assert out.reached.wait(10)
    begin = time.monotonic()
    for number in range(1, 81):
        log.record(request, 200, number)
    assert time.monotonic() - begin < 1.0, "recording must not wait for the target"
    assert log.dropped == 30
    out.may.set()
    log.close()
    written = lines(out.getvalue())
    assert [line["bytes"] for line in written if "bytes" in line] == list(range(51))
    assert sum(line.get("dropped", 0) for line in written) == 30


def test_an_idle_log_does_not_wake(monkeypatch):
    log = AccessLog(io.StringIO())
    waits = []
    real = log._wanted.wait
    monkeypatch.setattr(log._wanted, "wait", lambda: waits.append(1) or real())
    request = Request.build()
    request.began = 0.0
    log.record(request, 200, 1)
    eventually(lambda: waits)
    time.sleep(0.5)
    assert len(waits) <= 2
    log.close()


def test_a_file_that_is_renamed_is_opened_anew(tmp_path):
    path = tmp_path / "access.log"
    log = AccessLog(path)
    request = Request.build()
    request.began = 0.0
    log.record(request, 200, 1)
    eventually(lambda: path.read_text())
    path.rename(tmp_path / "access.log.1")
    log.record(request, 200, 2)
    log.close()
    assert [line["bytes"] for line in lines(path.read_text())] == [2]
    assert [line["bytes"] for line in lines((tmp_path / "access.log.1").read_text())] == [1]


def test_a_target_that_fails_is_told_once_and_stops_nothing(caplog):
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    log = AccessLog(Full())
    request = Request.build()
    request.began = 0.0
    for _ in range(500):
        log.record(request, 200, 1)
    log.close()
    assert [record.message for record in caplog.records] == [
        "the access log cannot be written: [Errno 28] No space left on device"
    ]


def available(mode: str) -> bool:
    try:
        engine_class(mode)
    except ImportError:
        return False
    return True


@pytest.mark.parametrize("mode", [mode for mode in ENGINES if available(mode)])
def test_every_engine_records_each_response_with_its_bytes(mode):
    out = io.StringIO()
    log = AccessLog(out)
    handle = log.timed(buffered(lambda request: Response.text("hello", 201)))
    with serving(mode, handle, record=log.record) as served, connect(served.address) as sock:
        for number in range(3):
            ask(sock, f"/{number}", close=number == 2)
            sock.settimeout(10)
            assert answer(sock) == (201, b"hello")
    log.close()
    written = lines(out.getvalue())
    assert [(line["target"], line["status"]) for line in written] == [
        ("/0", 201), ("/1", 201), ("/2", 201)
    ]  # fmt: skip
    assert all(100 < line["bytes"] < 200 for line in written)


@pytest.mark.parametrize("workers", [1, 2])
def test_the_log_of_a_server_is_whole_when_it_has_ended(tmp_path, workers):
    path = tmp_path / "access.log"
    options = ("--access-log", path, "--workers", workers)
    with serving_program("lifeapp:app", *options) as server:
        for number in range(20):
            server.get(f"/?{number}")
        assert server.get("/nowhere")[0] == 404
        with connect(server.address) as sock:
            ask(sock, "/stream")
            some(sock)
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
    written = {line["target"]: line for line in lines(path.read_text())}
    assert set(written) == {"/nowhere", "/stream"} | {f"/?{number}" for number in range(20)}
    assert written["/nowhere"]["status"] == 404
    assert written["/stream"]["bytes"] > 10, "a stream that its client has left is told, too"


def test_without_a_path_the_log_is_on_the_standard_output():
    with serving_program("lifeapp:app", "--access-log") as server:
        server.get("/pid")
        assert json.loads(server.until('"/pid"'))["status"] == 200


def test_without_a_log_no_request_is_timed():
    seen = []
    handle = buffered(lambda request: seen.append(hasattr(request, "began")) or Response())
    with serving("protocol", handle) as served, connect(served.address) as sock:
        ask(sock)
        answer(sock)
    assert seen == [False]


# Refusals.


def refuse(refusals: Refusals, count: int) -> None:
    for _ in range(count):
        refusals(HTTPException(400, "no such thing"), ("10.0.0.1", 5))


def test_a_refusal_is_told_with_its_reason_and_its_peer(caplog):
    caplog.set_level(logging.INFO)
    refusals = Refusals()
    refusals(HTTPException(400, "a bad line"), ("10.0.0.1", 5))
    refusals(HTTPException(503, "too many connections"), None)
    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("INFO", "refused 10.0.0.1:5: 400 a bad line"),
        ("WARNING", "refused a client: 503 too many connections"),
    ]


def test_a_flood_of_refusals_is_ten_lines_a_second_and_a_number(caplog):
    caplog.set_level(logging.INFO)
    now = [0.0]
    refusals = Refusals(clock=lambda: now[0])
    refuse(refusals, 1000)
    assert len(caplog.records) == 10
    now[0] = 1.5
    refuse(refusals, 3)
    messages = [record.message for record in caplog.records]
    assert messages[10] == "and 990 more refused"
    assert len(messages) == 14


def test_the_number_is_told_even_if_nobody_else_is_refused(caplog):
    caplog.set_level(logging.INFO)
    refuse(Refusals(), 25)
    eventually(lambda: caplog.records[-1].message == "and 15 more refused", 5.0)
    closed = Refusals()
    refuse(closed, 11)
    closed.close()
    assert caplog.records[-1].message == "and 1 more refused"


def test_a_server_tells_of_what_it_refuses():
    with serving_program("lifeapp:app") as server, connect(server.address) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert answer(sock)[0] == 400
        said = server.until("refused", errors=True)
        assert f"refused 127.0.0.1:{sock.getsockname()[1]}: 400" in said


def test_a_log_is_written_whole_however_many_processes_share_it(tmp_path):
    path = tmp_path / "access.log"
    if not hasattr(os, "fork"):
        pytest.skip("these are forked")
    with serving_program("lifeapp:app", "--access-log", path, "--workers", 3) as server:
        clients = [
            threading.Thread(target=lambda: [server.get() for _ in range(60)]) for _ in "abc"
        ]
        for client in clients:
            client.start()
        for client in clients:
            client.join(30)
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
    assert len(lines(path.read_text())) == 180, "no line is broken or lost"
