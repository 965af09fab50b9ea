"""The book of one run: which test came to which end, told once and in every place.

Apart from the plugin because the watchdog's thread writes in it too. Rule: each test has
one entry; the summary and the events are both made from it.
"""

from __future__ import annotations

import os

from workshop.kit.events import Events
from workshop.kit.facts import facts_of
from workshop.kit.failure import Failure
from workshop.kit.summary import Tally


class Ledger:
    """Counts tests by task and writes the events."""

    def __init__(self) -> None:
        self.events = Events(os.environ.get("WORKSHOP_EVENTS"))
        self.tally = Tally()
        self.finished: set[str] = set()

    def enter(self, test: str, failure: Failure, seconds: float) -> None:
        """Note how a test ended; a second note about it changes nothing."""
        if test in self.finished:
            return
        self.finished.add(test)
        self.tally.add(failure)
        self.events.test(test, failure, seconds)

    def passed(self, test: str, task: str, seconds: float) -> None:
        """Note that it passed."""
        self.enter(test, Failure(task, "passed", title=facts_of(task).title), seconds)

    def left(self, tests: dict[str, str], task: str) -> list[str]:
        """Of these tests (id and task), those of other tasks that have not run."""
        return [test for test, its in tests.items() if test not in self.finished and its != task]


def skipped(task: str, behaviour: str, reason: str, strict: bool) -> Failure:
    """A test that did not run; `strict` (under CI=true) makes it a failure."""
    why = "under CI=true a skip is a failure: nothing would have been proved" if strict else ""
    want, got = f"{behaviour}: this test to run", f"skipped: {reason}"
    return Failure(task, "skipped", title=facts_of(task).title, want=want, got=got, why=why)
