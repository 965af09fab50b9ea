"""Scripted peers, splits, the clock and `expect_*`, called as a suite calls them."""

import pytest

from workshop import kit
from workshop.kit import recording
from workshop.kit.recording import Record
from workshop.kit.verdicts import Wrong


@pytest.fixture
def diary() -> Record:
    return recording.start("1.1")


def told(diary: Record) -> list[str]:
    return [str(step) for step in diary.steps]


def test_a_stream_gives_its_segments_cut_at_the_size_asked_for(diary: Record) -> None:
    stream = kit.stream(b"hello", b"", b"you")
    assert [stream.recv(3) for _ in range(5)] == [b"hel", b"lo", b"you", b"", b""]
    assert told(diary) == ['recv gives b"hel", b"lo", b"you", the end, the end']


def test_a_stream_raises_what_its_script_says(diary: Record) -> None:
    stream = kit.stream(b"a", ConnectionResetError("gone"))
    assert stream.recv(9) == b"a"
    with pytest.raises(ConnectionResetError):
        stream.recv(9)
    assert stream.recv(9) == b""
    assert told(diary) == ['recv gives b"a", ConnectionResetError!, the end']


def test_a_stream_that_nobody_reads_says_so(diary: Record) -> None:
    kit.stream(b"a")
    assert told(diary) == ['a peer sends b"a" (no recv so far)']


def test_reading_on_after_the_end_is_wrong(diary: Record) -> None:
    stream = kit.stream(b"a")
    with pytest.raises(Wrong, match="reading ends"):
        while True:
            stream.recv(1)
    (step,) = told(diary)
    assert len(step) < 90


@pytest.mark.parametrize("size", [0, -1])
def test_recv_must_ask_for_something(size: int) -> None:
    with pytest.raises(Wrong, match="at least one byte"):
        kit.stream(b"a").recv(size)


def test_a_sink_takes_what_its_script_says(diary: Record) -> None:
    sink = kit.sink(2, 0, 100)
    assert [sink.send(b"hello"), sink.send(memoryview(b"llo")), sink.send(b"llo")] == [2, 0, 3]
    assert sink.taken == b"hello"
    assert told(diary) == ["send takes 2 of 5, 0 of 3, 3 of 3 bytes"]
    assert sink.send(b"more") == 4


def test_a_sink_has_no_sendall() -> None:
    with pytest.raises(Wrong, match="a loop round"):
        kit.sink().sendall(b"x")


def test_splits_are_whole_then_every_two_then_byte_by_byte() -> None:
    ways = [segments for _, segments in kit.splits(b"abcd")]
    assert ways[0] == [b"abcd"]
    assert ways[1:4] == [[b"a", b"bcd"], [b"ab", b"cd"], [b"abc", b"d"]]
    assert ways[4] == [b"a", b"b", b"c", b"d"]
    assert len(ways) == 5


@pytest.mark.parametrize("length", [0, 1, 2, 1000])
def test_splits_never_lose_a_byte_and_keep_a_limit(length: int) -> None:
    data = bytes(n % 251 for n in range(length))
    ways = [segments for _, segments in kit.splits(data, limit=20)]
    assert all(b"".join(segments) == data for segments in ways)
    assert len(ways) <= 24


def test_only_the_steps_of_the_last_case_stay(diary: Record) -> None:
    kit.did("begin")
    for label, number in kit.cases([("one", 1), ("two", 2), ("three", 3)]):
        kit.did(f"{label} is {number}")
        if number == 2:
            break
    assert told(diary) == ["begin", "two", "two is 2"]


def test_cases_that_have_passed_are_not_told(diary: Record) -> None:
    kit.did("begin")
    for label, _ in kit.cases([("one", 1), ("two", 2)]):
        kit.did(label)
    kit.did("end")
    assert told(diary) == ["begin", "end"]


def test_the_clock_moves_only_when_told(diary: Record) -> None:
    clock = kit.Clock()
    before = clock()
    clock.advance(0.5)
    assert clock() - before == 0.5
    assert told(diary) == ["0.5 s pass"]


def test_expect_distinguishes_true_from_one() -> None:
    with pytest.raises(Wrong):
        kit.expect(True, 1, "the number one")


def test_expect_that_shows_any_value() -> None:
    with pytest.raises(Wrong) as caught:
        kit.expect_that(False, want="an open port", got=b"\x00")
    assert (caught.value.want, caught.value.got) == ("an open port", r'b"\x00"')


def test_expect_raises_gives_the_exception() -> None:
    error = kit.expect_raises(KeyError, {}.__getitem__, "a", want="a KeyError", args=("a",))
    assert isinstance(error, KeyError)


def test_expect_raises_lets_a_hole_through() -> None:
    def hole() -> None:
        raise NotImplementedError("Task 1.1: write it")

    with pytest.raises(NotImplementedError):
        kit.expect_raises(ValueError, hole)


def test_outside_a_test_nothing_is_kept() -> None:
    recording._now = Record(live=False)
    kit.did("nothing")
    kit.stream(b"a")
    assert recording.current().steps == []
