"""Transcripts say what the commands say today."""

import sys

import pytest

from workshop.book import transcripts

ALL = list(transcripts.load())


@pytest.mark.parametrize("transcript", ALL, ids=[t.name for t in ALL])
def test_a_transcript_is_what_is_printed_today(transcript: transcripts.Transcript) -> None:
    if transcript.deterministic and sys.platform == "linux":  # elsewhere error numbers differ
        assert transcripts.problem(transcript) is None
    assert transcript.path.is_file()
    assert transcript.path.with_suffix(".meta").is_file()


def test_no_transcript_is_left_over() -> None:
    made = {path.stem for path in transcripts.FOLDER.glob("*.txt")}
    assert made == {transcript.name for transcript in ALL}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("5 of 5 tasks green · 1.0 s", "5 of 5 tasks green · 12 s"),
        ("on 127.0.0.1:8000", "on 127.0.0.1:41234"),
        ("a    b", "a  b"),
        ("<socket at 0x7f00aa11bb22>", "<socket at 0x7faa00bb11cc>"),
        ("took 3 ms", "took 250 µs"),
        ("date: Sat, 21 Nov 2026 10:25:46 GMT", "date: Sun, 22 Nov 2026 00:00:00 GMT"),
    ],
)
def test_what_differs_from_run_to_run_is_not_compared(old: str, new: str) -> None:
    assert transcripts.normalised(old) == transcripts.normalised(new)


def test_words_and_figures_are_compared() -> None:
    assert transcripts.normalised("5 of 5 tasks") != transcripts.normalised("4 of 5 tasks")
