"""The suite's own eyes: what a server may not send is seen, and so is each way to be wrong.

Apart from the cases, which pass; here every rule of wireanswers.py and wirejudge.py is shown
something that breaks it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from wireanswers import Answer, Malformed, check_answer, take
from wirecases import Case, Expected
from wirejudge import complaints
from wirepieces import bytewise, cut_at, seeded, whole
from wiretalk import PROBE, Conversation

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"


def head(*lines: bytes, status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines]) + b"\r\n\r\n"


def read(data: bytes, method: str = "GET", ended: bool = True) -> Answer:
    found = take(data, method, ended)
    assert found is not None
    return found[0]


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.0 200 OK\r\n\r\n",
        b"HTTP/1.1 200\r\n\r\n",
        b"HTTP/1.1 99 OK\r\n\r\n",
        b"hiHTTP/1.1 200 OK\r\n\r\n",
        b"\r\n" + OK,
        b"HTTP/1.1 200 OK\r\ncontent-le",
        head(b"x : y"),
        head(b" x: y"),
        head(b"x: a\rb"),
        head(b"x: a\nb: c"),
        head(b"x: a\x00"),
        head(b"content-length: 2", b"transfer-encoding: chunked") + b"0\r\n\r\n",
        head(b"content-length: +2") + b"hi",
        head(b"content-length: 2", b"content-length: 2") + b"hi",
        head(b"transfer-encoding: gzip, chunked"),
        head(b"content-length: 0", status=b"204 No Content"),
        head(b"transfer-encoding: chunked", status=b"100 Continue"),
        head(b"transfer-encoding: chunked") + b"0x2\r\nhi\r\n0\r\n\r\n",
        head(b"transfer-encoding: chunked") + b"1\r\nhi\r\n0\r\n\r\n",
    ],
)
def test_what_no_server_may_send_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read(data)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (OK, b"hi"),
        (head(b"transfer-encoding: chunked") + b"2\r\nhi\r\n0\r\n\r\n", b"hi"),
        (head(b"connection: close") + b"hi", b"hi"),
        (head(status=b"304 Not Modified"), b""),
    ],
)
def test_a_good_answer_is_read_when_it_is_all_there(data: bytes, body: bytes) -> None:
    assert read(data).body == body
    assert all(take(data[:size], "GET", False) is None for size in range(len(data)))


def test_an_answer_that_is_cut_off_is_not_whole() -> None:
    chunked = head(b"transfer-encoding: chunked") + b"2\r\nhi\r\n"
    assert [read(data).whole for data in (OK, OK[:-1], chunked)] == [True, False, False]


def test_an_answer_to_head_has_no_body() -> None:
    found = take(head(b"content-length: 2") + OK, "HEAD", True)
    assert found is not None
    assert found[1] == OK


DATED = [("date", "Thu, 01 Jan 1970 00:00:00 GMT")]


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        (Answer(200, []), "1.1"),
        (Answer(200, DATED * 2), "1.1"),
        (Answer(205, DATED, body=b"x"), "1.1"),
        (Answer(200, [*DATED, ("transfer-encoding", "chunked")]), "1.0"),
        (Answer(100, []), "1.0"),
        (Answer(200, DATED, framing="close"), "1.1"),
    ],
)
def test_what_holds_for_every_answer_is_checked(answer: Answer, version: str) -> None:
    with pytest.raises(Malformed):
        check_answer(answer, version)


class Script:
    """A server that says what it was told to say, and then closes or waits."""

    def __init__(self, *answers: bytes, reset: bool = False) -> None:
        self.data = [*answers]
        self.reset = reset

    def send(self, data: bytes) -> None: ...
    def end(self) -> None: ...

    def read(self) -> bytes:
        return self.data.pop(0) if self.data else b""


def echo(target: str, *fields: bytes, date: bytes = b"date: x") -> bytes:
    body = b'{"target": "%s"}' % target.encode()
    length = b"content-length: %d" % len(body)
    return head(b"content-type: application/json", date, length, *fields) + body


PROBED = echo("/probe")
BOTH = ["GET /a", "GET /probe"]
STAYS = (echo("/a"), PROBED)
GONE = (echo("/a", b"connection: close"),)
CASE = Case(
    id="case",
    table="none",
    section="9112 1",
    why="",
    refuses=False,
    sends=(b"GET /a HTTP/1.1\r\n\r\n",),
    answers=(Expected((200,), saw={"target": "/a"}),),
    closes=False,
    ran=("GET /a",),
)
CLOSES = replace(CASE, closes=True)


def wanting(**rules: Any) -> Case:
    """The case, with another wish for its one answer."""
    return replace(CASE, answers=(Expected((200,), **rules),))


def judged(case: Case, script: Script, executed: list[str]) -> list[str]:
    talk = Conversation(case, script, {})
    talk.run()
    return list(complaints(talk, executed, dated=True))


@pytest.mark.parametrize(
    ("case", "answers", "executed"),
    [
        (CASE, STAYS, BOTH),
        (CLOSES, GONE, ["GET /a"]),
        (replace(CASE, closes=None), GONE, ["GET /a"]),
    ],
)
def test_what_was_wanted_is_no_complaint(
    case: Case, answers: tuple[bytes, ...], executed: list[str]
) -> None:
    assert judged(case, Script(*answers), executed) == []


@pytest.mark.parametrize(
    ("case", "answers", "executed"),
    [
        (CASE, (echo("/b"), PROBED), BOTH),
        (CASE, (head(b"date: x", b"content-length: 0", status=b"404 "), PROBED), BOTH),
        (CASE, (echo("/a"), echo("/a"), PROBED), BOTH),
        (CASE, (PROBED,), BOTH),
        (CASE, (echo("/a", date=b"x: y"), PROBED), BOTH),
        (CASE, GONE, ["GET /a"]),
        (CASE, (echo("/a", b"connection: close"), PROBED), BOTH),
        (CASE, STAYS, [*BOTH, "GET /a"]),
        (CASE, STAYS, ["GET /probe"]),
        (CLOSES, STAYS, BOTH),
        (CLOSES, (echo("/a"),), ["GET /a"]),
        (CLOSES, GONE, BOTH),
        (CLOSES, (GONE[0][:-1],), ["GET /a"]),
        (replace(CASE, version="1.0"), STAYS, BOTH),
        (wanting(body="a"), STAYS, BOTH),
        (wanting(contains=("é",)), STAYS, BOTH),
        (wanting(framing="close"), STAYS, BOTH),
        (wanting(fields={"etag": True}), STAYS, BOTH),
        (wanting(fields={"date": False}), STAYS, BOTH),
        (wanting(fields={"date": "y"}), STAYS, BOTH),
        (wanting(begins={"date": "y"}), STAYS, BOTH),
        (
            replace(CASE, answers=(Expected((200,)), Expected((200,), same_fields_as=0))),
            (echo("/a"), echo("/aa"), PROBED),
            BOTH,
        ),
    ],
)
def test_each_way_to_be_wrong_is_a_complaint(
    case: Case, answers: tuple[bytes, ...], executed: list[str]
) -> None:
    assert judged(case, Script(*answers), executed)


def test_a_reset_is_a_complaint_unless_the_client_had_said_close() -> None:
    assert judged(CLOSES, Script(*GONE, reset=True), ["GET /a"])
    said = replace(CLOSES, sends=(b"GET /a HTTP/1.1\r\nConnection: close\r\n\r\n",))
    assert judged(said, Script(*GONE, reset=True), ["GET /a"]) == []
    broken = replace(CLOSES, answers=(Expected((200,), whole=False),))
    assert judged(broken, Script(GONE[0][:-1], reset=True), ["GET /a"]) == []


def test_pieces_are_the_wire_again() -> None:
    for pieces in (whole, bytewise, seeded("a"), cut_at(7)):
        assert b"".join(pieces(PROBE)) == PROBE
    assert len(list(bytewise(PROBE))) == len(PROBE)
    assert [len(piece) for piece in cut_at(7)(PROBE)] == [7, len(PROBE) - 7]
