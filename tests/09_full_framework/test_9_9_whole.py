"""Task 9.9: a whole request in one go (`whole.read_whole`)."""

import random
import sys
import tomllib
from pathlib import Path

import pytest

import groundup.incoming
from groundup.connection import Connection
from groundup.errors import ProtocolError
from groundup.events import Data, EndOfMessage, RequestHead
from groundup.limits import Limits
from groundup.parser import RequestParser
from groundup.persistence import wants_keep_alive
from groundup.whole import read_whole
from workshop import kit

pytestmark = kit.task("9.9")

LIMITS = Limits(body=100)
GET = b"GET /a?b=c HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"


def facts(whole):
    """What was read, in a form that can be compared."""
    if whole is None:
        return None
    head, body, end, stays = whole
    kit.expect_that(isinstance(head, RequestHead), "a RequestHead", repr(head))
    return (
        (head.method, head.target, head.version, head.host, head.headers.items(), body),
        end,
        stays,
    )


def by_the_parser(data, start=0, limits=LIMITS):
    """The same by the long way; None if the parser refuses it, or waits for more."""
    parser = RequestParser(limits)
    parser.feed(data[start:])
    try:
        head = parser.next_event()
        parts = []
        while isinstance(head, RequestHead) and isinstance(event := parser.next_event(), Data):
            parts.append(event.data)
    except ProtocolError:
        return None
    if not isinstance(head, RequestHead) or not isinstance(event, EndOfMessage):
        return None
    read = head.method, head.target, head.version, head.host, head.headers.items(), b"".join(parts)
    return read, len(data) - parser.buffered, wants_keep_alive(head)


PLAIN = [
    (GET, "a GET"),
    (POST, "a POST with its body"),
    (b"HEAD / HTTP/1.0\r\nHost: a\r\n\r\n", "HTTP/1.0"),
    (b"DELETE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "its last"),
    (GET[:-2] + b"X-Empty:\r\nX-Wide: \t a b \t\r\n\r\n", "values with blanks round them"),
    (GET[:-2] + b"Cookie: \xe9=\xff\r\n\r\n", "bytes beyond ASCII"),
]


@pytest.mark.parametrize(("data", "what"), PLAIN, ids=[row[1] for row in PLAIN])
def test_a_plain_request_is_read(data, what):
    kit.did(f"read_whole({kit.show(data)}, 0)")
    got = facts(read_whole(data, 0, LIMITS))
    kit.expect_that(got is not None, f"the request: {what}", "None")
    kit.expect(got, by_the_parser(data), f"what the parser reads: {what}")


def test_it_begins_where_it_is_told_and_says_where_it_ends():
    data = GET + POST + GET[:10]
    first = read_whole(data, 0, LIMITS)
    kit.expect(first and first[2], len(GET), "the position behind the first")
    second = read_whole(data, len(GET), LIMITS)
    kit.expect(
        second and (second[0].method, second[1]), ("POST", b"hello"), "the second, from there"
    )
    kit.expect(second and second[2], len(GET + POST), "and the position behind it")
    kit.expect(read_whole(data, len(GET + POST), LIMITS), None, "the third is not all here")


NOT_WHOLE = [
    (GET[:-1], "one byte is missing"),
    (GET[:20], "half a head"),
    (POST[:-1], "one byte of its body is missing"),
    (b"", "nothing"),
    (b"\r\n" + GET, "an empty line first"),
    (GET.replace(b"\r\n", b"\n"), "line feeds alone"),
    (b"CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT"),
    (b"GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "a whole URL as its target"),
    (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "an asterisk as its target"),
    (b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", "a version that is not usual"),
    (b"GET / HTTP/1.1\r\n\r\n", "no Host"),
    (GET[:-2] + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "a coding"),
    (GET[:-2] + b"Expect: 100-continue\r\n\r\n", "a client that waits"),
    (GET[:-2] + b"Bad Name: x\r\n\r\n", "a name with a blank"),
    (GET[:-2] + b" folded\r\n\r\n", "a folded line"),
    (GET[:-2] + b"X: a\x00b\r\n\r\n", "a control character"),
    (POST.replace(b"5", b"500"), "a body above the limit"),
]


@pytest.mark.parametrize(("data", "what"), NOT_WHOLE, ids=[row[1] for row in NOT_WHOLE])
def test_the_rest_is_for_the_parser(data, what):
    kit.did(f"read_whole({kit.show(data)}, 0)")
    kit.expect(read_whole(data, 0, LIMITS), None, f"None: {what}")


SMALL = [
    (
        Limits(request_line=12),
        b"GET /" + b"a" * 20 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        "request_line",
    ),
    (Limits(header_bytes=40), GET[:-2] + b"X: " + b"a" * 60 + b"\r\n\r\n", "header_bytes"),
    (Limits(header_count=3), GET[:-2] + b"X: 1\r\nY: 1\r\n\r\n", "header_count"),
    (Limits(), GET[:-2] + b"X: 1\r\n" * 200 + b"\r\n", "header_count"),
]


@pytest.mark.parametrize(("limits", "data", "name"), SMALL)
def test_no_limit_is_passed_by(limits, data, name):
    kit.did(f"Limits({name}=…), and a request above it")
    kit.expect(read_whole(data, 0, limits), None, "None: perhaps it is too large")


PIECES = [
    b"GET ",
    b"POST ",
    b"/",
    b"/a?b",
    b"*",
    b"http://a/",
    b" HTTP/1.1",
    b" HTTP/1.0",
    b"\r\n",
    b"\n",
    b"\r",
    b"Host: a\r\n",
    b"Host: b:80\r\n",
    b"host:a\r\n",
    b"Content-Length: 5\r\n",
    b" ",
    b":",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"\t",
    b"Connection: keep-alive\r\n",
    b"Expect: 100-continue\r\n",
    b"X: \xe9\r\n",
    b"\x00",
    b"hello",
    b"0\r\n\r\n",
]
SEEDS = [GET, POST, *(data for data, _ in PLAIN), *(data for data, _ in NOT_WHOLE)]


def mutated(lucky):
    """A request with a few things changed."""
    data = bytearray(lucky.choice(SEEDS))
    for _ in range(lucky.randint(0, 3)):
        place = lucky.randrange(len(data) + 1)
        kind = lucky.randrange(4)
        if kind == 0:
            data[place:place] = lucky.choice(PIECES)
        elif kind == 1:
            del data[place : place + lucky.randint(1, 6)]
        elif kind == 2:
            data[place : place + 1] = bytes([lucky.randrange(256)])
        else:
            data += lucky.choice(SEEDS)
    return bytes(data)


def agree(data, limits=LIMITS):
    """Whether both read the same; True if the short way has read something at all."""
    got = facts(read_whole(data, 0, limits))
    if got is None:
        return False
    want = by_the_parser(data, 0, limits)
    if got != want:
        kit.did(f"both ways read {kit.show(data)}")
    kit.expect(
        got,
        want,
        "what the parser reads of it",
        why="two parsers that disagree are what request smuggling lives on",
    )
    return True


def test_the_short_way_and_the_long_way_agree():
    lucky = random.Random(2026)
    read = sum(agree(mutated(lucky)) for _ in range(2000))
    kit.expect_that(read > 300, "of 2,000 inputs, some hundreds are plain", f"{read} were read")


def test_they_agree_on_the_table_of_the_parser():
    folder = Path(__file__).parents[1] / "02_request_parser" / "wire"
    rows = [
        row for file in folder.glob("*.toml") for row in tomllib.loads(file.read_text())["case"]
    ]
    for row in rows:
        agree(row["wire"].encode("latin-1"))
    kit.expect_that(len(rows) > 100, "more than a hundred rows", f"{len(rows)}")


def calls_of(data):
    """How many functions are called, of Python's and of C's, while it is read."""
    seen = []

    def watch(frame, event, argument):
        if event in ("call", "c_call"):
            seen.append(event)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        whole = read_whole(data, 0, LIMITS)
    finally:
        sys.setprofile(before)
    kit.expect_that(whole is not None, "the request", "None")
    return len(seen)


def test_ninety_fields_cost_as_many_calls_as_nine():
    few, many = (GET[:-2] + b"X-Field: value\r\n" * count + b"\r\n" for count in (9, 90))
    calls_of(few)  # what is remembered the first time
    kit.expect(
        calls_of(many),
        calls_of(few),
        "calls for 90 more fields, as for 9",
        why="a field that nobody asks for is not even split: the pattern has checked it",
    )


def test_no_parser_is_made_for_what_is_plain(monkeypatch):
    made = []

    class Counted(RequestParser):
        def __init__(self, *given):
            made.append(self)
            super().__init__(*given)

    monkeypatch.setattr(groundup.incoming, "RequestParser", Counted)
    connection = Connection(LIMITS)
    for _ in range(50):
        connection.receive(GET)
        kit.expect_that(connection.next_whole() is not None, "the request", "None")
        connection.send_response(200, (), b"x")
    kit.expect(len(made), 0, "parsers that were made for 50 plain requests of one connection")
    connection.receive(GET.replace(b"Host: a", b"Host: [::1]"))
    connection.next_whole()
    kit.expect(
        getattr(connection.next_event(), "host", None), "[::1]", "the parser's turn, with all"
    )
