"""What a supervisor is told by signals and by other threads, as one thing to wait for.

Apart from the supervisor because signals have traps of their own. The rule: a handler does nothing
but leave a word. The byte that wakes is written by the interpreter itself (`set_wakeup_fd`): a
handler runs only between two instructions, so a signal just before the wait would not end it.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

WORDS = {"SIGINT": "interrupt", "SIGTERM": "stop", "SIGHUP": "reload", "SIGCHLD": "look"}


class Inbox:
    """Words, in the order in which they came; `ear` is readable when there are any."""

    def __init__(self) -> None:
        self._words: deque[str] = deque()
        self.ear, self._mouth = socket.socketpair()
        self.ear.setblocking(False)
        self._mouth.setblocking(False)

    @contextmanager
    def hearing(self) -> Iterator[None]:
        """Hear the signals, while a `with` block lasts; only a main thread may."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        numbers = {
            getattr(signal, name): word for name, word in WORDS.items() if hasattr(signal, name)
        }
        before: dict[int, Any] = {number: signal.getsignal(number) for number in numbers}
        woken = signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        for number in numbers:
            signal.signal(number, lambda heard, frame: self._words.append(numbers[heard]))
        try:
            yield
        finally:
            signal.set_wakeup_fd(woken)
            for number, handler in before.items():
                signal.signal(number, handler if handler is not None else signal.SIG_DFL)

    def put(self, word: str) -> None:
        """Leave a word, from any thread."""
        self._words.append(word)
        with suppress(OSError):  # full: it will wake anyway; closed: nobody waits any more
            self._mouth.send(b"\0")

    def take(self) -> list[str]:
        """What has come since the last time."""
        with suppress(BlockingIOError):
            while self.ear.recv(4096):
                pass
        return [self._words.popleft() for _ in range(len(self._words))]

    def close(self) -> None:
        """Close it. Words may still be left; nobody reads them."""
        self.ear.close()
        self._mouth.close()
