"""Two calls in two threads, one of them interrupted at every step that Python makes.

Apart from the tests because it takes luck out of a race: `sys.settrace` stops the first call before
each bytecode in its turn, and there the second call runs, to its end or until it waits for a lock.
Rule: what is found to be wrong is wrong in every run.
"""

from __future__ import annotations

import inspect
import itertools
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType, ModuleType, SimpleNamespace
from typing import Any

PATIENCE = 1.0  # seconds

Call = Callable[[Any], Any]


class SpiedLock:
    """A lock that tells when somebody has to wait for it."""

    def __init__(self, waited: threading.Event) -> None:
        self._lock = threading.Lock()
        self._waited = waited

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take it, or wait for it, and say so."""
        if self._lock.acquire(blocking=False):
            return True
        if not blocking:
            return False
        self._waited.set()
        return self._lock.acquire(timeout=PATIENCE if timeout < 0 else timeout)

    def release(self) -> None:
        """Give it back."""
        self._lock.release()

    __enter__ = acquire

    def __exit__(self, *_: object) -> None:
        self.release()


class Meeting:
    """Two calls on one object: `results` has what they returned."""

    def __init__(self, thing: Any, first: Call, second: Call, waited: threading.Event) -> None:
        self.results: list[Any] = []
        self.waited = waited
        self._thing, self._first, self._second = thing, first, second
        self.other = threading.Thread(target=self._run_second, daemon=True)

    def run_first(self) -> None:
        """The call that is interrupted."""
        self.results.append(self._first(self._thing))

    def _run_second(self) -> None:
        try:
            self.results.append(self._second(self._thing))
        finally:
            self.waited.set()


def meetings(
    module: ModuleType,
    patch: Callable[..., None],
    make: Callable[[], Any],
    first: Call,
    second: Call,
) -> Iterator[tuple[Any, list[Any]]]:
    """(the object, what the two calls returned), for each step of `first`.

    `make` builds a new object for each step. `patch` is monkeypatch.setattr: the locks that
    `module` makes are spied on.
    """
    for step in itertools.count():
        waited = threading.Event()
        patch(
            module,
            "threading",
            SimpleNamespace(**{**vars(threading), "Lock": partial(SpiedLock, waited)}),
        )
        thing = make()
        meeting = Meeting(thing, first, second, waited)
        if not _interrupted(module, step, meeting):
            assert step > 0, "this Python stops before no bytecode at all"
            return
        meeting.other.join(PATIENCE)
        yield thing, meeting.results


def _interrupted(
    module: ModuleType,
    step: int,
    meeting: Meeting,
) -> bool:
    """Run the first; before its bytecode number `step` let the other run. False: it has fewer."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if frame.f_code.co_filename != module.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            if count == step:
                meeting.other.start()
                meeting.waited.wait(PATIENCE)
            count += 1
        return trace

    before, here = sys.gettrace(), inspect.currentframe()
    if here is not None:
        here.f_trace_opcodes = True  # Python 3.12 wants to know before it begins to trace
    sys.settrace(trace)
    try:
        meeting.run_first()
    finally:
        sys.settrace(before)
    return count > step
