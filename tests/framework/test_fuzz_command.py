"""The command that runs a million: it counts, and a difference is no figure but a failure."""

from __future__ import annotations

import fuzzjudge
import fuzzpeer
import pytest

from benchmarks import command, fuzz


@pytest.fixture(autouse=True)
def results(monkeypatch, tmp_path):
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    return tmp_path


def test_a_run_counts_every_input_once(capsys, results):
    assert fuzz.main(["--count", "60"]) == 0
    told = capsys.readouterr().out
    assert "| in all | 60 | |" in told
    assert "60 inputs: " in told
    assert list(results.iterdir()) == [], "only a million is a result"
    result = fuzz.measured(60, "groundup")
    assert sum(result["verdicts"].values()) == 60
    assert (result["exchanges"], result["differences"]) == (3, 0)


def test_a_result_is_written_with_machine_and_day(monkeypatch, results):
    monkeypatch.setattr(fuzz, "MILLION", 20)
    assert fuzz.main(["--count", "20", "--seed", "other"]) == 0
    assert "| **read in two ways** | **0** | |" in (results / "fuzz.md").read_text("utf-8")
    assert '"seed": "other"' in (results / "fuzz.json").read_text("utf-8")


def test_a_difference_that_nobody_has_meant_is_a_failure(monkeypatch, capsys):
    monkeypatch.setattr(fuzzjudge, "STRICTER", {})
    assert fuzz.main(["--count", "60"]) == 1
    assert "h11 accepts, we refuse" in capsys.readouterr().err


def test_whatever_else_is_raised_is_a_difference(monkeypatch, capsys):
    monkeypatch.setattr(fuzzjudge, "read_whole", lambda *_: 1 / 0)
    assert fuzz.main(["--count", "3"]) == 1
    told = capsys.readouterr()
    assert "3 differences" in told.out
    assert "ZeroDivisionError" in told.err
    assert "groundup 0: b" in told.err, "which input it was"


@pytest.mark.parametrize(
    ("message", "known"),
    [
        ("no request line received", True),
        ("illegal chunk header: bytearray(b'5 ;a=b\\r\\n')", True),
        ("illegal chunk header: bytearray(b'5\\t;a\\r\\n')", True),
        ("illegal chunk header: bytearray(b'x\\r\\n')", False),
        ("illegal chunk header: bytearray(b'5 a\\r\\n')", False),
        ("Missing mandatory Host: header", False),
    ],
)
def test_only_what_is_meant_passes(message, known):
    assert (fuzzpeer.meant(message) is not None) == known
