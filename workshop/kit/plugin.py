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
import re
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from workshop.kit import facts, recording
from workshop.kit.events import Events
from workshop.kit.failure import Failure, render
from workshop.kit.hung import Watchdog
from workshop.kit.judging import Context, judge
from workshop.kit.recording import Record
from workshop.kit.summary import Tally
from workshop.kit.verdicts import Hung

LIMIT = 2.0  # seconds that one test may take
NO_LIMIT = 86400.0  # under --pdb
NOT_RUN = "not run: a test of this task hung"
GAVE_UP = 70  # exit status after the last resort (EX_SOFTWARE)
FILE = re.compile(r"test_(\d+)_(\d+)(?:_|\.)")


def task_of_file(path: Path) -> str | None:
    """`test_1_2_line_reader.py` → "1.2"."""
    found = FILE.match(path.name)
    return f"{found[1]}.{found[2]}" if found else None


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
        self.events = Events(os.environ.get("WORKSHOP_EVENTS"))
        self.tally = Tally()
        self.items: list[pytest.Item] = []
        self.finished: set[str] = set()
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
        nameless = [item.nodeid for item in items if not _mark(item)]
        if nameless:
            raise pytest.UsageError(f"no kit.task on {', '.join(nameless[:3])}")
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
        self._finish(node.nodeid, failure, 0.0)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        mark = _mark(item)
        seconds = float(mark.kwargs.get("seconds", LIMIT)) if mark else LIMIT
        recording.start(_task(item), NO_LIMIT if self.config.option.usepdb else seconds)
        self.failure, self.now, self.began = None, item, time.perf_counter()
        self.events.start(item.nodeid, _task(item))
        if _task(item) in self.hung:
            pytest.skip(NOT_RUN)
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
        if call.excinfo is not None and report.failed and self.failure is None:
            self.failure = self._judged(item, call.excinfo.value, report)
            report.longrepr = self._told_once(self.failure)
        elif call.excinfo is not None and report.skipped:
            self._skipped(item, str(call.excinfo.value), report)
        if report.when == "teardown":
            self._end_of(item)
        return report

    def _judged(
        self, item: pytest.Item, error: BaseException, report: pytest.TestReport
    ) -> Failure:
        if isinstance(error, Hung):  # a task stops at its first hang
            self.hung.add(_task(item))
        record = recording.current()
        return judge(error, Context(record, _behaviour(item), stderr=_stderr(report, record)))

    def _skipped(self, item: pytest.Item, reason: str, report: pytest.TestReport) -> None:
        if reason == NOT_RUN:
            self.finished.add(item.nodeid)
            return
        strict = os.environ.get("CI", "").lower() == "true"
        task = _task(item)
        why = "under CI=true a skip is a failure: nothing would have been proved" if strict else ""
        title = facts.facts_of(task).title
        want, got = f"{_behaviour(item)}: this test to run", f"skipped: {reason}"
        self.failure = Failure(task, "skipped", title=title, want=want, got=got, why=why)
        if strict:
            report.outcome = "failed"
            report.longrepr = render(self.failure)

    def _told_once(self, failure: Failure) -> str:
        """The whole text for the first failure of a task, nothing for the others."""
        return "" if self.tally.has_failed(failure.task) else render(failure)

    def _end_of(self, item: pytest.Item) -> None:
        logging.getLogger().removeHandler(self.log)
        task = _task(item)
        passed = Failure(task, "passed", title=facts.facts_of(task).title)
        self._finish(item.nodeid, self.failure or passed, time.perf_counter() - self.began)
        self.now = None

    def _finish(self, test: str, failure: Failure, seconds: float) -> None:
        if test in self.finished:
            return
        self.finished.add(test)
        self.tally.add(failure)
        self.events.test(test, failure, seconds)

    def _give_up(self, record: Record, stack: str) -> None:
        """The last resort, called in the watchdog's thread: tell what is known, and end."""
        item = self.now
        failure = judge(Hung("", stack), Context(record, _behaviour(item) if item else ""))
        if item is not None:
            self._finish(item.nodeid, failure, record.seconds)
        left = [i for i in self.items if i.nodeid not in self.finished and _task(i) != record.task]
        self.events.gave_up(record.task, [i.nodeid for i in left])
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
        for line in self.tally.lines():
            terminalreporter.write_line(line)

    def pytest_sessionfinish(self) -> None:
        """Prove at the end that nothing but the stack was tested."""
        if self.stack is not None:
            self.stack.prove()


def _mark(item: pytest.Item) -> pytest.Mark | None:
    mark = item.get_closest_marker("task")
    return mark if mark and mark.args else None


def _task(item: pytest.Item) -> str:
    mark = _mark(item)
    return str(mark.args[0]) if mark else ""


def _behaviour(item: pytest.Item) -> str:
    """`test_reads_a_line[crlf]` → "reads a line [crlf]"; or the test's docstring."""
    doc = getattr(getattr(item, "obj", None), "__doc__", None)
    name, _, case = item.name.partition("[")
    words = doc.strip().splitlines()[0] if doc else name.removeprefix("test_").replace("_", " ")
    return f"{words} [{case}" if case else words


def _root_cause(error: BaseException) -> BaseException:
    """Pytest wraps what an import raised."""
    return error.__cause__ or error


def _stderr(report: pytest.TestReport, record: Record) -> str:
    """What was written to standard error, when a server of this test died."""
    return report.capstderr if record.deaths else ""
