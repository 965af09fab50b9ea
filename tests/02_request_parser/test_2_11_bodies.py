"""Chunk data, and with it whole messages: every body, every end, at every split."""

from __future__ import annotations

from collections.abc import Callable

from wire_cost import check_cost
from wire_reading import some
from wire_splits import beyond, check_bytewise, within
from wire_tables import check_table

from groundup.buffer import ReceiveBuffer
from groundup.errors import ProtocolError
from groundup.events import NEED_DATA, Data, EndOfMessage
from groundup.framing import ChunkedDecoder
from groundup.limits import Limits
from groundup.parser import RequestParser
from workshop import kit

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def decoded(segments: list[bytes]) -> tuple[bytes, str, bytes]:
    """The body, how it ended (complete, waiting, refused …), and what was left in the buffer."""
    buffer = ReceiveBuffer()
    decoder = ChunkedDecoder(buffer, Limits())
    body, state = b"", "waiting"
    for segment in segments:
        buffer.feed(segment)
        try:
            while state == "waiting" and (event := decoder.next_event()) is not NEED_DATA:
                if isinstance(event, Data):
                    body += some(event.data)
                state = "complete" if isinstance(event, EndOfMessage) else state
        except ProtocolError as error:
            state = f"refused {error.status_code}"
    return body, state, buffer.take(len(buffer)) if state == "complete" else b""


@kit.task("2.11")
def test_chunks_are_joined() -> None:
    kit.did("a new ChunkedDecoder each time: feed a piece, take events")
    for _, segments in kit.splits(b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nGET"):
        kit.expect(
            decoded(segments),
            (b"hello", "complete", b"GET"),
            "the data of both chunks, the end, and the next request left alone",
            section="RFC 9112 §7.1",
        )


@kit.task("2.11")
def test_data_is_given_out_as_it_comes() -> None:
    buffer = ReceiveBuffer()
    decoder = ChunkedDecoder(buffer, Limits())
    buffer.feed(b"ff\r\nab")
    kit.did("feed b'ff\\r\\nab': 2 of 255 bytes")
    event = decoder.next_event()
    kit.expect(
        getattr(event, "data", event),
        b"ab",
        "Data with the 2 bytes that are here",
        why="a chunk may be as large as the body: it must not be collected first",
    )
    kit.expect(decoder.next_event(), NEED_DATA, "then NEED_DATA")


@kit.task("2.11")
def test_data_ends_with_crlf() -> None:
    kit.did("a new ChunkedDecoder each time: feed a piece, take events")
    why = "size and data disagree: to guess which is right is to guess where the next request is"
    for wire in (
        b"3\r\nabcd\r\n0\r\n\r\n",
        b"4\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabc\n0\r\n\r\n",
        b"3\r\nabc\rx",
        b"3\r\nabc0\r\n\r\n",
    ):
        for _, segments in kit.splits(wire):
            kit.expect(
                decoded(segments)[1],
                "refused 400",
                "a refusal: no CRLF behind the data",
                why=why,
                section="RFC 9112 §7.1",
            )


@kit.task("2.11", seconds=8)  # all of it is work, which a busy machine stretches
def test_framing_at_every_split() -> None:
    check_table("framing")


@kit.task("2.11", seconds=8)  # all of it is work, which a busy machine stretches
def test_chunked_bodies_at_every_split() -> None:
    check_table("chunked")


@kit.task("2.11")
def test_every_end_at_every_split() -> None:
    check_table("endings")


@kit.task("2.11")
def test_trailers_stay_apart() -> None:
    wire = CHUNKED + b"3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n"
    parser = RequestParser(Limits())
    parser.feed(wire)
    kit.did(f"feed {wire!r}")
    head = parser.next_event()
    while not isinstance(event := parser.next_event(), EndOfMessage):
        kit.expect_that(
            isinstance(event, Data), want="Data until the end of the message", got=repr(event)
        )
    kit.expect_that(
        "x-sum" not in head.headers,
        want="no trailer among the headers",
        got=repr(list(head.headers)),
        why="what was decided by the headers (who may do this, say) must not be changed afterwards",
        section="RFC 9112 §7.1.2",
    )


@kit.task("2.11")
def test_a_body_at_the_limit() -> None:
    limits = Limits(body=5, trailer_bytes=8, chunk_extensions=6)
    within(
        "a Content-Length equal to Limits.body", HEAD + b"Content-Length: 5\r\n\r\nhello", limits
    )
    within(
        "chunks that add up to Limits.body", CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", limits
    )
    within(
        "trailers of trailer_bytes, their empty line counted",
        CHUNKED + b"0\r\nX: y\r\n\r\n",
        limits,
    )
    within(
        "extensions of chunk_extensions in all", CHUNKED + b"3;ab\r\nhel\r\n0;cd\r\n\r\n", limits
    )


@kit.task("2.11")
def test_a_body_over_the_limit() -> None:
    limits = Limits(body=5, trailer_bytes=7, chunk_extensions=5)
    large = "RFC 9110 §15.5.14"
    beyond(
        "a Content-Length above Limits.body",
        HEAD + b"Content-Length: 6\r\n\r\n",
        limits,
        413,
        large,
        "it is refused at the head: nothing has been stored",
    )
    beyond(
        "chunks that add up to more",
        CHUNKED + b"3\r\nhel\r\n3\r\n",
        limits,
        413,
        large,
        "it is refused at the size: the data has not even come",
    )
    beyond(
        "trailers above trailer_bytes", CHUNKED + b"0\r\nX: y\r\n\r\n", limits, 431, "RFC 6585 §5"
    )
    beyond("trailers without end", CHUNKED + b"0\r\nX: " + b"y" * 40, limits, 431, "RFC 6585 §5")
    beyond(
        "extensions above chunk_extensions in all",
        CHUNKED + b"3;ab\r\nhel\r\n0;cd\r\n\r\n",
        limits,
        413,
        "RFC 9112 §7.1.1",
        "many short extensions are as long as a long one",
    )


@kit.task("2.11")
def test_a_chunk_costs_nothing_for_what_lies_behind_it() -> None:
    def prepare(amount: int) -> Callable[[], object]:
        parser = RequestParser(Limits())
        parser.feed(CHUNKED + b"1\r\nx\r\n" * 300 + b"y" * amount)
        parser.next_event()
        return parser.next_event

    check_cost(
        "read a chunk of one byte",
        prepare,
        "behind it",
        why="copy the rest of the buffer at every chunk, and a small upload burns the CPU",
    )


@kit.task("2.11")
def test_a_head_costs_nothing_for_what_lies_behind_it() -> None:
    def prepare(amount: int) -> Callable[[], object]:
        request = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: b\r\n\r\n"
        parser = RequestParser(Limits())
        parser.feed(request * 300 + b"y" * amount)
        return lambda: [parser.next_event(), parser.next_event()]

    check_cost(
        "read one of many pipelined requests",
        prepare,
        "behind them",
        why="copy the rest of the buffer at every request, and pipelining costs its square",
    )


@kit.task("2.11")
def test_any_octet_anywhere_gives_one_answer() -> None:
    """A chunked message with one octet replaced: what comes out, comes out at every split."""
    good = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n"
    for place in range(len(good)):
        for octet in b"\n\r \t:;\x000a\x80":
            wire = CHUNKED + good[:place] + bytes([octet]) + good[place + 1 :]
            check_bytewise(f"{octet:#04x} at {place}", wire)
