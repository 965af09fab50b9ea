"""Looks after event loops: one that does not turn is told to the log, with the line it stands in.

Apart from the loops because it must run while they cannot: it is a thread of its own. asyncio's
debug mode knows `slow_callback_duration`, which speaks when a slow call is over; a handler that
never comes back is never told of. This speaks while it lasts. The rule: it only looks. A frozen
loop is not killed, for nobody can know what its handler is in the middle of.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable

from groundup.timeouts import NEVER

log = logging.getLogger("groundup.server")

BEATS = 4  # in the time after which a loop is called frozen: one that is busy may miss some
LINES = 6  # of the stack, the innermost: what the handler called, and the handler


class Watchdog:
    """Barks, once, when a loop has not turned for `patience` seconds; and says when it goes on.

    A patience of None has no end: it is never even begun to look.
    """

    def __init__(self, patience: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = NEVER if patience is None else patience
        self._clock = clock
        self._lock = threading.Lock()  # guards the two below
        self._beats: dict[threading.Thread, float] = {}  # when each loop has turned last
        self._frozen: set[threading.Thread] = set()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="groundup-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to look, in a thread of its own."""
        if self._patience < NEVER:
            self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def attend(self) -> None:
        """Look after the loop that calls this, for as long as it runs."""
        if self._patience < NEVER:
            self.beat()
            asyncio.get_running_loop().call_later(self._patience / BEATS, self.attend)

    def beat(self) -> None:
        """This thread's loop has just turned."""
        thread, now = threading.current_thread(), self._clock()
        with self._lock:
            since, self._beats[thread] = self._beats.get(thread, now), now
            was_frozen = thread in self._frozen
            self._frozen.discard(thread)
        if was_frozen:
            log.warning("%s goes on, after %.1f s", thread.name, now - since)

    def look(self) -> None:
        """Tell of each loop that has not turned for too long, and has not been told of yet."""
        now = self._clock()
        with self._lock:
            self._beats = {t: beat for t, beat in self._beats.items() if t.is_alive()}
            late = {t: now - beat for t, beat in self._beats.items() if now - beat > self._patience}
            news = {thread: late[thread] for thread in late.keys() - self._frozen}
            self._frozen = set(late)
        for thread, seconds in news.items():
            told = "%s has not turned for %.1f s: all its clients wait. It stands in\n%s"
            log.warning(told, thread.name, seconds, place_of(thread))

    def _watch(self) -> None:
        while not self._closing.wait(self._patience / BEATS):
            self.look()


def place_of(thread: threading.Thread) -> str:
    """The innermost lines of its stack, as in a traceback."""
    frame = sys._current_frames().get(thread.ident or 0)
    if frame is None:
        return "  (it has just ended)"
    return "".join(traceback.format_stack(frame)[-LINES:]).rstrip()
