"""The sections of ``test``: they go on after a failure, are counted, and end in one plain line."""

import io
import subprocess
import sys
import tempfile
import time

import pytest
from rich.console import Console

from workshop import ROOT, Problem
from workshop.checking.repeat import busy_neighbours
from workshop.commands.test import chosen, show, summary
from workshop.upkeep.otherpython import halves, suites
from workshop.upkeep.sections import Section, all_sections, counted, run_all


def toy(name, lane, code):
    return Section(name, lane, (sys.executable, "-c", code))


def results(*sections, jobs=2):
    return [result for result in run_all(sections, jobs) if result is not None]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_every_section_runs_although_one_fails(jobs):
    found = results(
        toy("one", 0, "print('1 failed, 2 passed in 0.1s'); raise SystemExit(1)"),
        toy("two", 0, "print('5 passed')"),
        toy("three", 1, "print('whatever')"),
        jobs=jobs,
    )
    assert {result.section.name: result.good for result in found} == {
        "one": False,
        "two": True,
        "three": True,
    }


@pytest.mark.parametrize(
    ("output", "good", "counts"),
    [
        ("12 passed in 3.21s", True, {"passed": 12}),
        ("1 failed, 11 passed, 2 skipped in 3s", False, {"failed": 1, "passed": 11, "skipped": 2}),
        ("2 errors in 1s", False, {"failed": 2}),
        ("5 of 5 tasks green · 0.8 s", True, {"passed": 5}),
        ("Success: no issues", True, {"passed": 1}),
        ("", False, {"failed": 1}),
        ("3 passed", False, {"passed": 3, "failed": 1}),
        ("40 passed\nall is well", True, {"passed": 1}),
    ],
)  # fmt: skip
def test_counts_come_from_the_last_line(output, good, counts):
    assert counted(output, good) == counts


def test_the_lanes_run_side_by_side():
    """Each of the two waits for the other: one after the other, neither would end."""
    meet = (
        "import socket, sys\n"
        "s = socket.create_server(('127.0.0.1', 0)); s.settimeout(20)\n"
        "open(sys.argv[1], 'w').write(str(s.getsockname()[1])); s.accept()"
    )
    call = (
        "import os, socket, sys, time\n"
        "until = time.monotonic() + 20\n"
        "while not (os.path.exists(sys.argv[1]) and open(sys.argv[1]).read()):\n"
        "    assert time.monotonic() < until\n"
        "socket.create_connection(('127.0.0.1', int(open(sys.argv[1]).read())))"
    )
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/port"
        found = results(
            Section("meet", 0, (sys.executable, "-c", meet, place)),
            Section("call", 1, (sys.executable, "-c", call, place)),
        )
    assert all(result.good for result in found), [result.output for result in found]


def test_a_section_without_a_lane_runs_where_a_lane_is_through_first():
    """The long one waits for the file that the free one writes: behind it, that would not end."""
    long = (
        "import os, sys, time\n"
        "until = time.monotonic() + 20\n"
        "while not os.path.exists(sys.argv[1]):\n"
        "    assert time.monotonic() < until"
    )
    write = "import sys; open(sys.argv[1], 'w').close()"
    with tempfile.TemporaryDirectory() as folder:
        place = f"{folder}/written"
        found = results(
            Section("long", 0, (sys.executable, "-c", long, place)),
            toy("short", 1, "pass"),
            Section("free", None, (sys.executable, "-c", write, place)),
            toy("free, too", None, "pass"),
        )
    assert [result.section.name for result in found if not result.good] == []
    assert len(found) == 4


def test_the_summary_names_what_failed_and_ends_in_one_plain_line():
    found = results(
        toy("good one", 0, "print('7 passed')"),
        toy("bad one", 0, "print('the reason'); print('2 passed, 1 failed'); raise SystemExit(1)"),
    )
    out = io.StringIO()
    console = Console(file=out, width=120)
    for result in found:
        show(result, console)
    assert summary(found, 3.0, console) == 1
    said = out.getvalue()
    assert "the reason" in said
    assert "test --only 'bad one'" in said
    assert said.strip().splitlines()[-1] == "9 passed, 1 failed"


def test_sections_are_chosen_by_the_start_of_their_name():
    everything = all_sections()
    assert [s.name for s in chosen(everything, ["ruff", "types"])] == ["ruff", "types"]
    assert "ruff" not in [s.name for s in chosen(everything, None, ["ruff"])]
    with pytest.raises(Problem, match="did you mean 'mutants'"):
        chosen(everything, ["mutnts"])


def test_every_step_has_its_sections():
    names = [section.name for section in all_sections()]
    assert len(names) == len(set(names))
    assert {"suite 01_echo_socket", "check 01_echo_socket"} <= set(names)


def test_the_framework_has_its_section_here_and_on_other_pythons():
    section = next(section for section in all_sections() if section.name == "framework")
    assert section.command[-1] == "tests/framework"
    assert {"tests/01_echo_socket", "tests/framework"} <= set(suites())
    one, other = map(set, halves())
    assert not one & other
    assert "tests/01_echo_socket" in one
    files = {
        f"tests/framework/{file.name}" for file in (ROOT / "tests/framework").glob("test_*.py")
    }
    assert files <= one | other


def test_busy_neighbours_end_with_the_block():
    began = time.monotonic()
    with busy_neighbours(2):
        listed = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True).stdout
    assert time.monotonic() - began < 20
    if listed:
        after = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True).stdout
        busy = f"{sys.executable} -c while True: pass"
        assert listed.count(busy) - after.count(busy) >= 2
