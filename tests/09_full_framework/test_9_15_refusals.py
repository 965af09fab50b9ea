"""Task 9.15: a flood of refusals is no flood of lines (`refusals.Refusals`)."""

import logging
import threading
from typing import ClassVar

import pytest

from groundup.errors import HTTPException
from groundup.refusals import Refusals
from workshop import kit

pytestmark = kit.task("9.15")

PEER = ("192.0.2.1", 50000)
BAD = HTTPException(400, "no request")


class Waiter:
    """In place of threading.Timer: it rings when a test says so."""

    made: ClassVar[list["Waiter"]] = []

    def __init__(self, seconds, function):
        self.seconds, self.function = seconds, function
        self.daemon = self.started = self.cancelled = False
        self.made.append(self)

    def start(self):
        self.started = True

    def cancel(self):
        self.cancelled = True


@pytest.fixture
def refused(monkeypatch, caplog):
    """A log of ten lines a second, its clock, and a function that gives the lines so far."""
    Waiter.made = []
    monkeypatch.setattr(threading, "Timer", Waiter)
    caplog.set_level(logging.INFO, logger="groundup.server")
    clock = kit.Clock()
    return Refusals(10, clock=clock), clock, lambda: [r.getMessage() for r in caplog.records]


def test_a_refusal_is_a_line(refused):
    refusals, _, lines = refused
    kit.did(f"refusals({BAD!r}, {PEER!r})")
    refusals(BAD, PEER)
    kit.expect(len(lines()), 1, "lines in the log")
    for part in ("192.0.2.1:50000", "400", "no request"):
        kit.expect_that(part in lines()[0], f"it says {part}", lines()[0])
    refusals(BAD, None)
    kit.expect_that("a client" in lines()[1], "one without an address: a client", lines()[1])


def test_whose_fault_it_is_can_be_seen(refused, caplog):
    refusals, _, _ = refused
    refusals(BAD, PEER)
    refusals(HTTPException(503, "too many connections"), PEER)
    levels = [record.levelname for record in caplog.records]
    kit.expect(levels, ["INFO", "WARNING"], "the levels of a 400 and of a 503")


def test_a_second_has_so_many_lines(refused):
    refusals, _, lines = refused
    kit.did("1000 refusals in one second, ten lines a second")
    for _ in range(1000):
        refusals(BAD, PEER)
    kit.expect(len(lines()), 10, "lines in the log")


def test_the_next_refusal_says_how_many_there_were(refused):
    refusals, clock, lines = refused
    for _ in range(25):
        refusals(BAD, PEER)
    clock.advance(1.0)
    refusals(BAD, PEER)
    kit.expect_that("15 more" in lines()[10], "the first line of the next second", lines()[10])
    kit.expect(len(lines()), 12, "lines: ten, how many more, and the new one")
    for _ in range(25):
        refusals(BAD, PEER)
    kit.expect(len(lines()), 21, "lines: this second has ten, too")


def test_nobody_comes_any_more_and_it_is_said_all_the_same(refused):
    refusals, _, lines = refused
    for _ in range(25):
        refusals(BAD, PEER)
    kit.expect(len(Waiter.made), 1, "timers that were made for 15 refusals without a line")
    waiter = Waiter.made[0]
    kit.expect((waiter.started, waiter.daemon), (True, True), "whether it runs; is a daemon")
    waiter.function()
    kit.expect_that("15 more" in lines()[-1], "its line, a second later", lines()[-1])
    refusals.close()
    kit.expect(len(lines()), 11, "and it is said once")


def test_no_timer_for_what_is_told(refused):
    refusals, _, _ = refused
    for _ in range(10):
        refusals(BAD, PEER)
    kit.expect(len(Waiter.made), 0, "timers, when every refusal had its line")


def test_a_log_that_waits_holds_nobody_else():
    clock = kit.Clock()
    refusals = Refusals(10, clock=clock)
    inside, let_go = threading.Event(), threading.Event()

    class Slow(logging.Handler):
        def emit(self, record):
            if "slow" in record.getMessage():
                inside.set()
                let_go.wait(1.5)

    handler, logger = Slow(), logging.getLogger("groundup.server")
    logger.addHandler(handler)
    before, logger.level = logger.level, logging.INFO
    handler.createLock = lambda: None
    handler.lock = None
    try:
        kit.did("a line of one thread waits for the disk; another thread refuses somebody")
        first = threading.Thread(
            target=refusals, args=(HTTPException(400, "slow"), PEER), daemon=True
        )
        first.start()
        inside.wait(1)
        second = threading.Thread(target=refusals, args=(BAD, PEER), daemon=True)
        second.start()
        second.join(1)
        kit.expect(second.is_alive(), False, "whether the other one has to wait as well")
    finally:
        let_go.set()
        logger.removeHandler(handler)
        logger.level = before
