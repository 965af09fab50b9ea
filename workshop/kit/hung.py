"""The watchdog: a test that does not end is called hung, told where, and ended.

Apart because it must work while everything else is stuck. It closes the kit's own
sockets first (whoever waits on them wakes up), then raises `Hung` in the main
thread, and as a last resort hands over to `give_up`, which ends the process. Where
not even this thread can run (a C loop that keeps the GIL), `faulthandler` ends it.
Rule: nothing of the learner's can keep a test alive, on any system.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from workshop.kit.frames import Standing, threads, told_stack
from workshop.kit.recording import Record
from workshop.kit.verdicts import Hung

GRACE = 1.5  # seconds between the interruption and the last resort
LAST = 4.0  # seconds after which faulthandler ends a process in which no Python runs
_STDERR = os.dup(2)  # the real one: this module is loaded before pytest captures it
_ALARM = getattr(signal, "SIGALRM", None)


def pick(standing: list[Standing]) -> Standing:
    """The thread that hangs: the main one if it is in the learner's code, else one that is.

    A server's own watchdog always waits: it is not what hangs.
    """
    mine = [
        thread
        for thread in standing
        if thread.in_learners_code and not thread.thread.endswith("watchdog")
    ]
    return mine[0] if mine else standing[0]


def told(standing: list[Standing]) -> str:
    """`it still stands in` and the stack of the thread that hangs."""
    thread = pick(standing)
    text = told_stack(thread.stack)
    if thread is standing[0]:
        return f"it still stands in\n{text}"
    waiting = told_stack(standing[0].stack)
    return (
        f"the thread {thread.thread!r} still stands in\n{text}\nwhile the test waits in\n{waiting}"
    )


class Watchdog:
    """One thread for the whole run; it sleeps until a test is over its time."""

    def __init__(self, give_up: Callable[[Record, str], None]) -> None:
        self._give_up = give_up
        self._wake = threading.Condition()
        self._deadline: float | None = None
        self._record = Record()
        self._stack = ""
        self._fired = False
        self._main = threading.main_thread()
        self._thread = threading.Thread(target=self._watch, name="kit-watchdog", daemon=True)
        if _ALARM is not None:
            signal.signal(_ALARM, self._on_alarm)
        self._thread.start()

    @contextlib.contextmanager
    def watching(self, record: Record) -> Iterator[None]:
        """Interrupt the body with `Hung` when it takes longer than the record's seconds."""
        self._arm(record)
        try:
            try:
                yield
            finally:
                self._disarm()
        except Hung as hung:
            raise Hung(hung.want, hung.stack or self._stack) from None
        except Exception:
            if not self._fired:
                raise
        if self._fired:  # what came out, or nothing, came of the sockets we closed
            raise Hung("", self._stack)

    def _arm(self, record: Record) -> None:
        with self._wake:
            self._record, self._fired, self._stack = record, False, ""
            self._deadline = time.monotonic() + record.seconds
            self._wake.notify()
        faulthandler.dump_traceback_later(record.seconds + LAST, exit=True, file=_STDERR)
        if _ALARM is not None:  # a C loop that keeps the GIL is only reached this way
            signal.setitimer(signal.ITIMER_REAL, record.seconds + 0.3, 0.3)

    def _disarm(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        if _ALARM is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        with self._wake:
            self._deadline = None

    def _on_alarm(self, number: int, frame: FrameType | None) -> None:
        if self._deadline is None or time.monotonic() < self._deadline:
            return
        if not self._stack:
            self._stack = told(threads(skip=[self._thread.ident or 0]))
        raise Hung

    def _watch(self) -> None:
        while True:
            with self._wake:
                while self._deadline is None:
                    self._wake.wait()
                left = self._deadline - time.monotonic()
                if left > 0:
                    self._wake.wait(left)
                    continue
            self._bark()

    def _bark(self) -> None:
        stack = told(threads(skip=[self._thread.ident or 0]))
        with self._wake:
            if self._deadline is None or time.monotonic() < self._deadline:
                return  # it has ended meanwhile
            record, again, self._fired = self._record, self._fired, True
            self._stack = self._stack or stack
        if again:
            self._give_up(record, self._stack)
            return
        record.abandon()
        self._interrupt_main()
        self._wait_for_end(GRACE)

    def _interrupt_main(self) -> None:
        with self._wake:
            if self._deadline is None:
                return
            if _ALARM is not None:
                signal.pthread_kill(self._main.ident or 0, _ALARM)
                return
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._main.ident or 0), ctypes.py_object(Hung)
            )

    def _wait_for_end(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        with self._wake:
            while self._deadline is not None and time.monotonic() < end:
                self._wake.wait(0.05)
