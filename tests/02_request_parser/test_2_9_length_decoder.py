"""A body of known length: so many octets, and not one of the next request."""

from __future__ import annotations

from typing import Any

from groundup.buffer import ReceiveBuffer
from groundup.events import NEED_DATA, Data, EndOfMessage
from groundup.framing import LengthDecoder
from workshop import kit


def decoded(length: int, segments: list[bytes]) -> tuple[bytes, str, bytes]:
    """The body, how it stands (complete or waiting), and what was left in the buffer."""
    buffer = ReceiveBuffer()
    decoder: Any = LengthDecoder(buffer, length)
    body, state = b"", "waiting"
    for segment in segments:
        buffer.feed(segment)
        while state == "waiting" and (event := decoder.next_event()) is not NEED_DATA:
            if isinstance(event, EndOfMessage):
                state = "complete"
            else:
                kit.expect_that(
                    isinstance(event, Data) and event.data,
                    want="Data with at least one byte, EndOfMessage or NEED_DATA",
                    got=repr(event),
                )
                body += event.data
    return body, state, buffer.take(len(buffer))


@kit.task("2.9")
def test_the_body_is_so_many_octets() -> None:
    kit.did("a new LengthDecoder each time: feed a piece, take events")
    for _, segments in kit.splits(b"hello"):
        kit.expect(
            decoded(5, segments),
            (b"hello", "complete", b""),
            "the body, then the end of the message",
            section="RFC 9112 §6.3",
        )


@kit.task("2.9")
def test_not_one_octet_more() -> None:
    kit.did("a new LengthDecoder each time: feed a piece, take events")
    for _, segments in kit.splits(b"helloGET / HTTP/1.1"):
        kit.expect(
            decoded(5, segments),
            (b"hello", "complete", b"GET / HTTP/1.1"),
            "the body; the next request stays in the buffer",
            why="a pipelined request starts at the octet after the body",
            section="RFC 9112 §9.3.2",
        )


@kit.task("2.9")
def test_what_has_come_is_given_out_at_once() -> None:
    buffer = ReceiveBuffer()
    decoder = LengthDecoder(buffer, 5)
    buffer.feed(b"he")
    kit.did("feed 2 of 5 bytes")
    event = decoder.next_event()
    kit.expect(
        getattr(event, "data", event),
        b"he",
        "Data with the 2 bytes that are here",
        why="a big upload must not be held back until it is complete",
    )
    kit.expect(decoder.next_event(), NEED_DATA, "then NEED_DATA")


@kit.task("2.9")
def test_a_body_too_short_does_not_end() -> None:
    kit.did("a new LengthDecoder each time: feed a piece, take events")
    for _, segments in kit.splits(b"hell"):
        kit.expect(
            decoded(5, segments),
            (b"hell", "waiting", b""),
            "4 of 5 bytes, and no end",
            why="a body cut short must not pass for a whole one",
            section="RFC 9112 §6.3",
        )


@kit.task("2.9")
def test_a_length_of_zero_ends_at_once() -> None:
    buffer = ReceiveBuffer()
    buffer.feed(b"GET")
    kit.did("LengthDecoder of 0 bytes, with the next request in the buffer")
    kit.expect(
        type(LengthDecoder(buffer, 0).next_event()).__name__,
        "EndOfMessage",
        "the end of the message at once",
    )
    kit.expect(buffer.take(9), b"GET", "and nothing taken")


@kit.task("2.9")
def test_any_octet_may_be_in_a_body() -> None:
    body = bytes(range(256)) + b"\r\n\r\n"
    kit.did("a body of all 256 octets and two empty lines")
    kit.expect(decoded(len(body), [body])[0], body, "the same octets")
