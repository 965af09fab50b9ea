"""The kit's pytest plugin: each test gets a diary, a watchdog and, if it fails, a lesson.

Apart because only here pytest's hooks appear. `-p workshop.kit.plugin` is all that a
runner passes; WORKSHOP_STACK says which code is under test, WORKSHOP_EVENTS where
the outcome of each test goes. Rule: it decides nothing about failures (`judging`
does) and loads fast: no third-party import but pytest.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from workshop.kit import facts, recording
from workshop.kit.failure import Failure, render
from workshop.kit.forbidden import reason_to_skip
from workshop.kit.hung import Watchdog
from workshop.kit.judging import Context, judge
from workshop.kit.ledger import Ledger, skipped
from workshop.kit.naming import behaviour, in_order, mark_of, task_of, task_of_file
from workshop.kit.recording import Record
from workshop.kit.verdicts import Hung

LIMIT = 2.0  # seconds that one test may take
NO_LIMIT = 86400.0  # under --pdb
NOT_RUN = "not run: a test of this task hung"
GAVE_UP = 70  # exit status after the last resort (EX_SOFTWARE)


def pytest_configure(config: pytest.Config) -> None:
    """Install the stack under test and the run's one plugin object."""
    config.addinivalue_line("markers", "task(id, seconds=2): the task that a test belongs to")
    config.option.continue_on_collection_errors = True
    config.option.reportchars = ""
    from workshop.stack import from_environment

    stack = from_environment()
    if stack is not None:
        with contextlib.suppress(Exception, SystemExit):  # each test file meets it again
            stack.install()
    config.pluginmanager.register(Kit(config, stack), "workshop-kit")


class Kit:
    """The hooks, and what they share during one run."""

    def __init__(self, config: pytest.Config, stack: Any) -> None:
        self.config = config
        self.stack = stack
        self.ledger = Ledger()
        self.items: list[pytest.Item] = []
        self.hung: set[str] = set()
        self.failure: Failure | None = None
        self.watchdog = Watchdog(self._give_up)
        self.log = recording.LogKeeper(logging.WARNING)
        self.now: pytest.Item | None = None

    def pytest_report_header(self) -> str | None:
        """Whose code is tested."""
        if self.stack is None:
            return None
        top = self.stack.layers[0]
        return f"code under test: {facts.layout().shown(top.path)} ({top.origin})"

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """A task that has ended is not asked of a later stack."""
        task, top = task_of_file(collection_path), facts.top_step()
        if task is None or top is None:
            return None
        ends = facts.facts_of(task).ends
        return True if ends is not None and ends < top.number else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Every test says which task it belongs to."""
        nameless = [item.nodeid for item in items if not mark_of(item)]
        if nameless:
            raise pytest.UsageError(f"no kit.task on {', '.join(nameless[:3])}")
        items.sort(key=lambda item: in_order(task_of(item)))
        self.items = items

    def pytest_exception_interact(
        self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any], report: Any
    ) -> None:
        """A file that cannot be imported is a failure of its task."""
        if not isinstance(report, pytest.CollectReport) or call.excinfo is None:
            return
        task = task_of_file(node.path) or ""
        record = recording.start(task)
        context = Context(record, "the modules of this step can be imported")
        failure = judge(_root_cause(call.excinfo.value), context)
        report.longrepr = render(failure)
        self.ledger.enter(node.nodeid, failure, 0.0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        mark = mark_of(item)
        seconds = float(mark.kwargs.get("seconds", LIMIT)) if mark else LIMIT
        recording.start(task_of(item), NO_LIMIT if self.config.option.usepdb else seconds)
        self.failure, self.now, self.began = None, item, time.perf_counter()
        if task_of(item) in self.hung:
            pytest.skip(NOT_RUN)
        self.ledger.events.start(item.nodeid, task_of(item))
        logging.getLogger().addHandler(self.log)
        with self.watchdog.watching(recording.current()):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        with recording.ThreadHook(), self.watchdog.watching(recording.current()):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        try:
            with self.watchdog.watching(recording.current()):
                return (yield)
        finally:
            recording.current().free()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn what happened into the five parts."""
        report = yield
        if call.excinfo is not None and report.skipped:
            self._skip(item, str(call.excinfo.value), report)
        elif call.excinfo is not None and report.failed and self.failure is None:
            self._fail(item, call.excinfo.value, report)
        if report.when == "teardown":
            self._end(item)
        return report

    def _fail(self, item: pytest.Item, error: BaseException, report: pytest.TestReport) -> None:
        """Judge it; only the first failure of a task is told whole."""
        reason = reason_to_skip(error)
        if reason:
            report.outcome = "skipped"
            report.longrepr = (str(item.path), 0, reason)
            self._skip(item, reason, report)
            return
        if isinstance(error, Hung):  # a task stops at its first hang
            self.hung.add(task_of(item))
        record = recording.current()
        stderr = report.capstderr if record.deaths else ""
        self.failure = judge(error, Context(record, behaviour(item), stderr, report.capstdout))
        known = self.ledger.tally.has_failed(self.failure.task)
        report.longrepr = "" if known else render(self.failure)

    def _skip(self, item: pytest.Item, reason: str, report: pytest.TestReport) -> None:
        if reason == NOT_RUN:
            self.ledger.finished.add(item.nodeid)
            return
        strict = os.environ.get("CI", "").lower() == "true"
        self.failure = skipped(task_of(item), behaviour(item), reason, strict)
        if strict:
            report.outcome = "failed"
            report.longrepr = render(self.failure)

    def _end(self, item: pytest.Item) -> None:
        logging.getLogger().removeHandler(self.log)
        seconds = time.perf_counter() - self.began
        if self.failure is None:
            self.ledger.passed(item.nodeid, task_of(item), seconds)
        else:
            self.ledger.enter(item.nodeid, self.failure, seconds)
        self.now = None

    def _give_up(self, record: Record, stack: str) -> None:
        """The last resort, called in the watchdog's thread: tell what is known, and end."""
        item = self.now
        failure = judge(Hung("", stack), Context(record, behaviour(item) if item else ""))
        if item is not None:
            self.ledger.enter(item.nodeid, failure, record.seconds)
        tests = {each.nodeid: task_of(each) for each in self.items}
        self.ledger.events.gave_up(record.task, self.ledger.left(tests, record.task))
        os.write(2, f"\n{render(failure)}\nthe test could not be stopped\n".encode())
        os._exit(GAVE_UP)

    def pytest_report_teststatus(self, report: Any) -> tuple[str, str, str] | None:
        """One text a task: what failed after it, or could not run, is only counted."""
        if report.skipped and NOT_RUN in str(report.longrepr):
            return "not run", "-", "NOT RUN"
        if report.failed and report.longrepr == "":
            return "failed too", "F", "FAILED TOO"
        return None

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """One line for each task."""
        terminalreporter.section("tasks")
        for line in self.ledger.tally.lines():
            terminalreporter.write_line(line)

    def pytest_sessionfinish(self) -> None:
        """Prove at the end that nothing but the stack was tested."""
        if self.stack is not None:
            self.stack.prove()


def _root_cause(error: BaseException) -> BaseException:
    """Pytest wraps what an import raised."""
    return error.__cause__ or error
