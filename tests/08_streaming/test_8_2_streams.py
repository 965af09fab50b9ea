"""Task 8.2: a response from an iterator (`streaming.StreamingResponse`)."""

import pytest

from groundup.streaming import StreamingResponse, encoded, is_streamed
from workshop import kit

pytestmark = kit.task("8.2")


def numbers():
    yield "one"
    yield b"two"


async def later():
    yield "one"


def test_a_generator_becomes_a_stream():
    response = StreamingResponse(numbers())
    kit.expect_that(is_streamed(response), "a response whose chunks somebody has to take")
    kit.expect(list(response.chunks), ["one", b"two"], "chunks: the generator's own pieces")
    kit.expect(response.length, None, "length: nobody knows, for StreamingResponse(numbers())")


def test_nothing_is_taken_before_somebody_asks():
    taken = []

    def watched():
        taken.append("begun")
        yield b"x"

    StreamingResponse(watched())
    kit.expect(taken, [], "a generator that nobody has asked has not begun")


@pytest.mark.parametrize(
    ("content", "blocking", "why"),
    [
        (numbers(), True, "a generator may wait for a disk or a database, and nobody can tell"),
        ([b"a", b"b"], False, "a list is here already"),
        ((b"a",), False, "so is a tuple"),
        (later(), False, "an async generator says itself when it waits"),
        (map(str, [1, 2]), True, "an iterator may be anything"),
    ],
    ids=["generator", "list", "tuple", "async generator", "map"],
)
def test_whether_taking_a_piece_may_block_the_loop(content, blocking, why):
    kit.did(f"StreamingResponse(a {type(content).__name__})")
    kit.expect(StreamingResponse(content).blocking, blocking, "blocking", why=why)


def test_an_async_generator_stays_async():
    response = StreamingResponse(later())
    kit.expect_that(hasattr(response.chunks, "__anext__"), "chunks with __anext__", response.chunks)


def test_an_async_iterable_is_asked_for_its_iterator():
    class Feed:
        def __aiter__(self):
            return later()

    chunks = StreamingResponse(Feed()).chunks
    kit.expect_that(hasattr(chunks, "__anext__"), "chunks with __anext__, made by aiter()", chunks)


VALUES = ["hello", b"hello", bytearray(b"hello"), memoryview(b"hello")]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_one_value_is_no_stream(value):
    kit.expect_raises(
        TypeError,
        lambda: StreamingResponse(value),
        want=f"a TypeError for {value!r}: it would go out in {len(value)} chunks of one",
    )


def test_what_it_is_and_how_long():
    response = StreamingResponse(numbers(), 201, {"X-A": "b"}, "text/csv", length=6)
    kit.expect(response.status_code, 201, "the status code")
    kit.expect(response.headers["x-a"], "b", "the fields")
    kit.expect(response.headers.get("content-type"), "text/csv", "content_type")
    kit.expect(response.length, 6, "length=6")
    given = StreamingResponse(numbers(), headers={"Content-Type": "text/csv"})
    kit.did('StreamingResponse(…, headers={"Content-Type": "text/csv"})')
    kit.expect(given.headers.get("content-type"), "text/csv", "the type that `headers` have")
    plain = StreamingResponse(numbers())
    kit.expect(
        plain.headers.get("content-type"), "application/octet-stream", "the type if none is given"
    )


def test_close_closes_the_generator():
    ended = []

    def watched():
        try:
            yield b"x"
        finally:
            ended.append("closed")

    response = StreamingResponse(watched())
    next(response.chunks)
    response.close()
    kit.expect(ended, ["closed"], "close() reaches the generator's finally")


@pytest.mark.parametrize(
    ("piece", "want"),
    [("é", "é".encode()), (b"x", b"x"), (bytearray(b"x"), b"x"), (memoryview(b"x"), b"x")],
    ids=["str", "bytes", "bytearray", "memoryview"],
)
def test_a_piece_as_bytes(piece, want):
    kit.expect(encoded(piece), want, f"encoded({piece!r})")


def test_another_piece_is_an_error():
    kit.expect_raises(TypeError, encoded, 7, want="a TypeError that names the type")
