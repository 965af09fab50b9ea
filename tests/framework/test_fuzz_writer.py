"""What is written: either a ResponseError, or bytes that h11's client reads back as meant.

Status, fields, body, declared length, method and version are anything; so is what an application
does with a body in pieces. The memory of written lines changes nothing, and is bounded.
"""

from __future__ import annotations

from typing import Any

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from groundup import writer
from groundup.connection import Connection
from groundup.errors import ResponseError
from groundup.events import RequestHead
from groundup.headers import Headers

Pairs = list[tuple[str, str]]
DATE = b"date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"

names = st.one_of(
    st.sampled_from(("X-A", "set-cookie", "Connection", "Content-Length", "date", "Vary")),
    st.sampled_from(
        ("Transfer-Encoding", "content-type", "a b", "", "a\r\nb", "a:", "é", "K", "x:y")
    ),
    st.text(max_size=4),
)
values = st.one_of(
    st.sampled_from(
        ("v", "", "0", "2", "5", "close", "keep-alive", "upgrade, Close", "chunked", "٣")
    ),
    st.sampled_from(
        ("a\r\nb: c", "a\nb", "\x00", "é", "€", " v\t", "1" * 19, "1" * 20, "1" * 5000)
    ),
    st.text(st.characters(max_codepoint=0x180), max_size=6),
)
pairs = st.lists(st.tuples(names, values), max_size=4)
statuses = st.one_of(
    st.sampled_from((200, 200, 201, 204, 205, 304, 404, 500)), st.integers(-1, 1000)
)
methods = st.sampled_from(("GET", "GET", "HEAD", "POST", "CONNECT", "BREW"))
versions = st.sampled_from(("1.1", "1.1", "1.0"))
bodies = st.one_of(
    st.sampled_from((b"", b"hi", b"0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\n")), st.binary()
)
examples = settings(max_examples=300, derandomize=True, deadline=None)


def asked(method: str, version: str, more: str = "") -> Connection:
    """A connection with one whole request, which would stay."""
    connection = Connection()
    target = "a:1" if method == "CONNECT" else "/"
    stay = "connection: keep-alive\r\n" if version == "1.0" else ""
    connection.receive(f"{method} {target} HTTP/{version}\r\nhost: a\r\n{stay}{more}\r\n".encode())
    while connection.next_whole() is None and isinstance(connection.next_event(), RequestHead):
        pass
    return connection


class Client:
    """h11's client, that has sent the request."""

    def __init__(self, method: str) -> None:
        self.connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
        target = "a:1" if method == "CONNECT" else "/"
        self.connection.send(h11.Request(method=method, target=target, headers=[("host", "a")]))
        self.connection.send(h11.EndOfMessage())

    def read(
        self, data: bytes, *, ended: bool
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes, bytes]:
        """Status, fields, body, and what is left over."""
        self.connection.receive_data(data)
        if ended:
            self.connection.receive_data(b"")
        head = self.connection.next_event()
        assert isinstance(head, h11.Response), head
        body = b""
        while isinstance(event := self.connection.next_event(), h11.Data):
            body += bytes(event.data)
        assert isinstance(event, h11.EndOfMessage), event
        fields = [(name, value) for name, value in head.headers]
        return head.status_code, fields, body, self.connection.trailing_data[0]


def meant(given: Pairs) -> list[tuple[bytes, bytes]]:
    """The fields that must come back: those that are the application's own."""
    ours = ("connection", "content-length", "transfer-encoding", "date")
    pairs = [(name.lower(), value.strip(" \t")) for name, value in given]
    return [(n.encode(), v.encode("latin-1")) for n, v in pairs if n not in ours]


def theirs(fields: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The fields that came back, without those that are the framework's."""
    ours = (b"connection", b"content-length", b"transfer-encoding", b"date")
    return [pair for pair in fields if pair[0] not in ours]


def check(
    connection: Connection, method: str, data: bytes, status: int, fields: Pairs, body: bytes
) -> None:
    """The client reads what was meant, nothing is left over, and both know whether it goes on."""
    got = Client(method).read(data, ended=connection.must_close)
    silent = method == "HEAD" or status in (204, 205, 304)
    assert got[0] == status
    assert theirs(got[1]) == meant(fields)
    assert got[2] == (b"" if silent else body)
    assert got[3] == b""
    options = b",".join(value for name, value in got[1] if name == b"connection").lower()
    assert connection.must_close == (b"close" in options.replace(b" ", b"").split(b","))
    assert sum(name == b"date" for name, _ in got[1]) >= 1


@examples
@given(statuses, pairs, bodies, methods, versions)
@example(205, [("content-length", "5")], b"", "GET", "1.1")
@example(200, [("content-length", "1" * 5000)], b"", "HEAD", "1.1")
@example(200, [("x", "\u212a")], b"", "GET", "1.1")
def test_a_response_is_refused_or_read_back(
    status: int, fields: Pairs, body: bytes, method: str, version: str
) -> None:
    connection = asked(method, version)
    try:
        data = connection.send_response(status, fields, body, date=DATE)
    except ResponseError:
        assert not connection.must_close, "nothing has changed: a 500 can still be sent"
        data = connection.send_response(500, (), b"", date=DATE)
        status, fields, body = 500, [], b""
    check(connection, method, data, status, fields, body)


@examples
@given(
    statuses, pairs, st.one_of(st.none(), st.none(), st.integers(-1, 9)),
    st.lists(bodies, max_size=3), methods, versions,
)  # fmt: skip
@example(205, [], None, [], "GET", "1.1")
@example(205, [], 5, [b"hello"], "GET", "1.1")
@example(205, [("content-length", "5")], None, [b"hello"], "GET", "1.1")
@example(200, [("content-length", "1" * 5000)], None, [b"hello"], "GET", "1.1")
@example(200, [("content-length", "5")], None, [b"hello"], "GET", "1.0")
def test_a_body_in_pieces_is_refused_or_read_back(
    status: int, fields: Pairs, length: int | None, parts: list[bytes], method: str, version: str
) -> None:
    connection = asked(method, version)
    try:
        body = connection.start_response(status, fields, length, date=DATE)
    except ResponseError:
        assert not connection.must_close, "nothing has changed: a 500 can still be sent"
        return
    sent = []
    try:
        for part in parts:
            sent.append(body.data(part))
        sent.append(connection.end_response())
    except ResponseError:
        declared = int(dict(Headers(fields).items()).get("content-length", length))
        assert declared != len(b"".join(parts))
        assert len(b"".join(sent)) <= declared
        return
    check(connection, method, body.head + b"".join(sent), status, fields, b"".join(parts))


@examples
@given(st.lists(st.tuples(statuses, pairs, bodies), min_size=1, max_size=6))
@example([(200, [("x", value)], b"") for value in ("v", " v\t", "V", "v")])
def test_what_was_written_before_changes_nothing(answers: list[tuple[int, Pairs, bytes]]) -> None:
    for status in (200, 204, 205, 304, 500):
        writer.status_line(status)
    warm = [said(*answer) for answer in answers for _ in range(2)]
    writer.KNOWN_LINES.clear()
    writer.STATUS_LINES.clear()
    for number, answer in enumerate(answers):
        assert warm[2 * number] == warm[2 * number + 1] == said(*answer)
        writer.KNOWN_LINES.clear()
        writer.STATUS_LINES.clear()


def said(status: int, fields: Pairs, body: bytes) -> Any:
    """What a connection says of a response: bytes, or the error."""
    try:
        return asked("GET", "1.1").send_response(status, Headers(fields), body, date=DATE)
    except ResponseError as error:
        return error.message


def test_the_memory_of_lines_is_bounded() -> None:
    for number in range(3 * writer.MOST_KNOWN):
        said(200, [("x-number", str(number)), ("x-long", "v" * number)], b"")
        said(number, [], b"")
    assert len(writer.KNOWN_LINES) <= writer.MOST_KNOWN
    assert max(map(len, writer.KNOWN_LINES.values())) <= writer.LONGEST_KNOWN
    assert len(writer.STATUS_LINES) <= 500


@pytest.mark.parametrize("name", sorted(writer.FRAMING_FIELDS))
def test_what_frames_is_looked_at_each_time(name: str) -> None:
    said(200, [(name, "2")], b"hi")
    assert not any(known == name for known, _ in writer.KNOWN_LINES)
