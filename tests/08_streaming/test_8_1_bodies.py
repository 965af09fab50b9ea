"""Task 8.1: a body in pieces, framed as it was promised (`outgoing.OutgoingBody`)."""

import pytest

from groundup.connection import Connection
from groundup.errors import ResponseError
from groundup.events import RequestHead
from groundup.headers import Headers
from groundup.outgoing import OutgoingBody
from workshop import kit

pytestmark = kit.task("8.1")


def body(length=None, *, method="GET", version="1.1", status=200, fields=()):
    head = RequestHead(method, "/", version, Headers([("host", "a")]), "a")
    return OutgoingBody(head, status, Headers(fields), length, close=False)


CHUNKS = [
    (b"hello", b"5\r\nhello\r\n"),
    (b"x" * 10, b"a\r\nxxxxxxxxxx\r\n"),
    (b"x" * 300, b"12c\r\n" + b"x" * 300 + b"\r\n"),
    (b"\r\n", b"2\r\n\r\n\r\n"),
    (b"", b""),
]


@pytest.mark.parametrize(("piece", "want"), CHUNKS, ids=["5", "10", "300", "CRLF", "empty"])
def test_a_piece_without_a_known_length_goes_out_as_a_chunk(piece, want):
    kit.did(f"body of unknown length, data({kit.show(piece)})")
    kit.expect(
        body().data(piece),
        want,
        "its size in hexadecimal, CRLF, the piece, CRLF; and nothing at all for nothing",
        why="a chunk of size 0 would be the end of the body",
        section="RFC 9112 §7.1",
    )


def test_the_last_chunk_ends_the_body():
    out = body()
    out.data(b"hello")
    kit.expect(out.end(), b"0\r\n\r\n", "the last chunk, and no trailers", section="RFC 9112 §7.1")


def test_with_a_declared_length_the_bytes_go_out_as_they_are():
    out = body(5)
    kit.expect(out.data(b"hel"), b"hel", "the bytes themselves, for length=5")
    kit.expect(out.data(b"lo"), b"lo", "and the rest")
    kit.expect(out.end(), b"", "nothing more: Content-Length has said where the end is")


def test_more_than_was_declared_is_refused_before_it_goes_out():
    out = body(5)
    out.data(b"hel")
    kit.did("length=5, 3 bytes are out, data(b'lo!')")
    kit.expect_raises(
        ResponseError,
        out.data,
        b"lo!",
        want="a ResponseError: the sixth byte would be read as the next response",
    )


def test_less_than_was_declared_never_ends():
    out = body(5)
    out.data(b"hell")
    kit.did("length=5, 4 bytes are out, end()")
    kit.expect_raises(
        ResponseError, out.end, want="a ResponseError: the client still waits for a byte"
    )


def test_nothing_of_nothing_is_complete():
    kit.expect(body(0).end(), b"", "length=0, no data: complete")


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)], ids=["HEAD", "304", "204"]
)
def test_where_no_body_may_be_pieces_vanish(method, status):
    out = body(None, method=method, status=status)
    kit.did(f"{method}, {status}: data(b'hello'), end()")
    kit.expect(out.data(b"hello"), b"", "no byte of a body", section="RFC 9110 §9.3.2, §15.4.5")
    kit.expect(out.end(), b"", "and no last chunk")


def test_a_head_request_may_be_told_a_length_that_is_never_sent():
    out = body(1000, method="HEAD")
    kit.expect(out.end(), b"", "HEAD, length=1000, nothing sent: that is how it should be")


def test_http_1_0_knows_no_chunks():
    out = body(version="1.0")
    kit.expect(out.data(b"hello"), b"hello", "the bytes themselves, for HTTP/1.0")
    kit.expect(out.end(), b"", "no last chunk: the end of the connection is the end")
    kit.expect(out.until_close, True, "until_close")


def test_a_connection_sends_a_streamed_response_between_two_others():
    connection = Connection()
    connection.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
    connection.next_event(), connection.next_event()
    out = connection.start_response(200, [("content-type", "text/plain")])
    sent = out.head + out.data(b"one") + out.data(b"") + out.data(b"two")
    sent += connection.end_response()
    kit.expect_that(b"transfer-encoding: chunked\r\n" in sent, "a head that says chunked", sent)
    kit.expect(
        sent.partition(b"\r\n\r\n")[2],
        b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
        "two chunks and the last one; the empty piece in the middle ends nothing",
    )
    kit.expect(type(connection.next_event()).__name__, "RequestHead", "the next request's turn")


def test_an_unfinished_body_never_looks_finished():
    connection = Connection()
    connection.receive(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    connection.next_event(), connection.next_event()
    out = connection.start_response(200, (), 10)
    out.data(b"only 5"[:5])
    kit.expect_raises(ResponseError, connection.end_response, want="a ResponseError: 5 are missing")
    connection.abort()
    kit.expect(connection.must_close, True, "the connection has to close, and the client sees it")
