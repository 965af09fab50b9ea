"""A test that does not end: told with the right stack, stopped, and the rest goes on."""

import signal
import sys
import threading

import pytest
from kitlab import Outcome, run

from workshop.kit.hung import Watchdog
from workshop.kit.recording import Record
from workshop.kit.verdicts import Hung

HANGS = """
    @kit.task("1.{number}", seconds=0.3)
    def test_hangs_{number}():
        {body}

    @kit.task("1.{number}")
    def test_after_{number}():
        pass
"""
LATER = """
    @kit.task("1.9")
    def test_another_task_still_runs():
        time.sleep(0)
"""

IN_SERVER = """with kit.serve(work.{which}) as running:
            client = running.connect()
            client.send(b"hi")
            client.recv_exactly(2)"""
BODIES = {
    1: "work.busy()",
    2: "work.lock()",
    3: "kit.stream(b'a').recv(1); socket.create_server(('127.0.0.1', 0)).accept()",
    4: IN_SERVER.format(which="silent"),
    5: IN_SERVER.format(which="spin"),
    6: "work.regex()",
}
if sys.platform == "win32":  # no signal reaches a lock or a C loop there: the last resort does
    BODIES = {number: BODIES[number] for number in (1, 4, 5)}


def hangs(number: int, body: str) -> str:
    return HANGS.format(number=number, body=body)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    tests = {f"test_1_{number}_x.py": hangs(number, body) for number, body in BODIES.items()}
    return run(tmp_path_factory.mktemp("hung"), {**tests, "test_1_9_later.py": LATER})


@pytest.mark.parametrize("number", BODIES)
def test_it_is_hung_and_the_rest_of_the_task_is_not_run(outcome: Outcome, number: int) -> None:
    assert outcome.event(f"test_hangs_{number}")["state"] == "hung", outcome.output
    assert not [event for event in outcome.events if event["test"].endswith(f"_after_{number}")]
    assert not [test for test in outcome.begun if test.endswith(f"_after_{number}")]
    assert [test for test in outcome.begun if test.endswith(f"_hangs_{number}")]


def test_other_tasks_go_on(outcome: Outcome) -> None:
    assert outcome.event("test_another_task_still_runs")["state"] == "passed"
    assert outcome.status == 1


STACKS = {
    1: [
        "after 0.3 s it still stands in",
        "groundup/work.py:LINE in busy",
        "called from",
        "test_1_1_x.py",
    ],
    2: ["groundup/work.py:LINE in lock", "    lock.acquire()"],
    3: ["test_1_3_x.py:LINE in test_hangs_3", ".accept()"],
    4: ["'server'", "in silent", "client.recv(100)", "while the test waits in", "recv_exactly(2)"],
    5: ["'server'", "in busy", "in spin", "while the test waits in", "recv_exactly(2)"],
    6: ["in regex", "re.match"],
}


@pytest.mark.parametrize("number", BODIES)
def test_the_stack_tells_the_learners_lines_first(outcome: Outcome, number: int) -> None:
    told = outcome.told(f"test_hangs_{number}")
    places = [told.find(words) for words in STACKS[number]]
    assert -1 not in places, told
    assert places == sorted(places), told


def test_a_loop_that_swallows_everything_ends_the_process(tmp_path) -> None:
    tests = {
        "test_1_1_x.py": hangs(1, "work.busy_and_deaf()"),
        "test_1_9_later.py": LATER,
    }
    outcome = run(tmp_path, tests)
    assert outcome.status == 70
    assert outcome.event("test_hangs_1")["state"] == "hung"
    last = outcome.events[-1]
    assert (last["event"], last["task"]) == ("gave up", "1.1")
    (left,) = last["left"]
    assert left.endswith("test_another_task_still_runs")


def test_a_c_loop_in_another_thread_is_ended_by_faulthandler(tmp_path) -> None:
    outcome = run(tmp_path, {"test_1_1_x.py": hangs(1, IN_SERVER.format(which="regex_on"))})
    assert outcome.status == 1
    assert "in regex" in outcome.output
    assert outcome.events == []


def test_a_server_that_does_not_stop_is_hung_with_its_stack(tmp_path) -> None:
    test = """
        @kit.task("1.1")
        def test_stops():
            with kit.serve() as running:
                running.engine.stop = lambda: None
    """
    told = run(tmp_path, {"test_1_1_x.py": test}).told("test_stops")
    assert "1.1 HUNG" in told
    assert "serve_forever() to return after stop()" in told
    assert "in Server.serve_forever" in told
    assert "client, _ = self.listener.accept()" in told


def test_pdb_lifts_the_limit(tmp_path) -> None:
    test = """
        @kit.task("1.1", seconds=0.1)
        def test_slow():
            time.sleep(0.3)
    """
    assert run(tmp_path, {"test_1_1_x.py": test}).event("test_slow")["state"] == "hung"
    (tmp_path / "events").unlink()
    assert run(tmp_path, {"test_1_1_x.py": test}, "--pdb").event("test_slow")["state"] == "passed"


class Slow:
    """A socket of the kit's: closing it wakes the test before the watchdog has gone on."""

    def __init__(self) -> None:
        self.closed, self.test_is_over = threading.Event(), threading.Event()

    def abandon(self) -> None:
        self.closed.set()
        self.test_is_over.wait(10)

    def free(self) -> None:
        """It holds nothing."""


@pytest.mark.parametrize("verdict", [None, AssertionError("the server closed")])
def test_who_is_woken_by_the_watchdog_was_hung_whatever_they_make_of_it(verdict) -> None:
    before = signal.getsignal(signal.SIGALRM) if sys.platform != "win32" else None
    socket, gave_up = Slow(), []
    watchdog = Watchdog(lambda record, stack: gave_up.append(record))
    with pytest.raises(Hung), watchdog.watching(Record("1.1", open=[socket], seconds=0.05)):
        assert socket.closed.wait(10)
        if verdict is not None:
            raise verdict
    socket.test_is_over.set()
    assert gave_up == []
    if before is not None:
        signal.signal(signal.SIGALRM, before)
