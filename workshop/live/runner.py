"""Runs a step's tests whenever its files are saved: the hands of the live book.

Apart from the server, which only reads: no request can reach this. The rule: one run at a time,
begun when the files have been quiet for a moment; a save in the meantime ends it and begins anew.
"""

import threading
import time
from collections.abc import Iterable
from pathlib import Path

from workshop import Problem
from workshop.checking import check
from workshop.checking.suite import Superseded
from workshop.checking.watching import changes
from workshop.layout import PACKAGE
from workshop.live.board import Board
from workshop.stack import Stack, learner_stack
from workshop.steps import Step

EVERY = 0.2  # seconds between two looks at the files
QUIET = 0.3  # seconds without a save before the tests run: editors write twice
LONGEST = 60.0  # seconds for a whole suite: each of its tests is stopped after two


class Runner:
    """Watches the learner's files and checks the step they belong to. Two threads of its own."""

    def __init__(
        self, board: Board, every: float = EVERY, quiet: float = QUIET, longest: float = LONGEST
    ) -> None:
        self._board, self._every, self._quiet, self._longest = board, every, quiet, longest
        self._over = threading.Event()
        self._news = threading.Condition()
        self._pending: dict[str, set[str]] = {}  # step → its files that were saved
        self._last_save = 0.0
        self._running: str | None = None
        self._supersede = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=f"live {work.__name__}", daemon=True)
            for work in (self._watch, self._work)
        ]

    def start(self) -> None:
        """Begin to watch: what is saved from now on is seen."""
        folder = self._board.layout.root / "steps"
        self._changes = changes(Stack(()), [folder], self._every, self._over)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads, and a run with them."""
        with self._news:
            self._over.set()
            self._supersede.set()
            self._news.notify_all()
        for thread in self._threads:
            thread.join()

    def _watch(self) -> None:
        for saved in self._changes:
            self.saved(saved)

    def saved(self, files: Iterable[Path]) -> None:
        """Ask for a run of each step whose package these files belong to."""
        steps = self._board.layout.root / "steps"
        with self._news:
            for file in files:
                name, *inside = file.relative_to(steps).parts
                if inside[:1] == [PACKAGE] and name in self._board.steps:
                    self._pending.setdefault(name, set()).add("/".join(inside[1:]))
            if not self._pending:
                return
            self._last_save = time.monotonic()
            if self._running is not None and min(self._pending) <= self._running:
                self._pending.setdefault(self._running, set())  # it stands on what has changed
                self._supersede.set()
            self._news.notify_all()

    def _work(self) -> None:
        while (chosen := self._next()) is not None:
            step, files = chosen
            try:
                self._check(step, files)
            except Superseded:
                continue
            except Problem as problem:
                self._board.failed(step, str(problem))
            except Exception as error:  # the next save deserves its run, whatever this one met
                self._board.failed(step, f"{type(error).__name__}: {error}")

    def _next(self) -> tuple[Step, list[str]] | None:
        """Wait for a step to check, until its files are quiet; None at the end."""
        with self._news:
            self._running = None
            while not self._over.is_set():
                wait = self._last_save + self._quiet - time.monotonic()
                if self._pending and wait <= 0:
                    name = min(self._pending)
                    self._running = name
                    self._supersede.clear()
                    return self._board.steps[name], sorted(self._pending.pop(name))
                self._news.wait(wait if self._pending else None)
        return None

    def _check(self, step: Step, files: list[str]) -> None:
        layout = self._board.layout
        stack = learner_stack(step, layout=layout)
        self._board.begin(step, files)
        result = check.run(
            step,
            stack,
            regressions=False,
            on_task=lambda task: self._board.task(step, task),
            layout=layout,
            stop=self._supersede,
            longest=self._longest,
        )
        self._board.end(step, stack, result)
