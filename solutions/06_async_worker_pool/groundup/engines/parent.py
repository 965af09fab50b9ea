"""The life of one process of a group, and how it talks to the supervisor that started it.

Apart from the supervisor's side because it runs elsewhere: in a process that says when it is ready,
why it failed, that the application wants the whole group to stop; and that hears when it should.
The rule: a process whose supervisor is gone stops by itself, and loses nobody in doing so.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from groundup.net import ListenError

LONGEST = 15_000  # bytes of a message: a pipe takes so much in one piece
FAILED = 3  # the exit status of a process that could not serve
HEARD = [
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGCHLD")
    if hasattr(signal, name)
]


class Parent:
    """A supervisor as a process below it sees it."""

    def __init__(self, orders: Connection, news: Connection) -> None:
        self._orders = orders
        self._news = news
        self._lock = threading.Lock()
        self._stop: Callable[[], None] | None = None
        self._patience = 0.0

    def watch(self) -> None:
        """Wait, in a thread, for the order to stop or for the supervisor's death."""
        threading.Thread(target=self._wait, name="supervisor-watch", daemon=True).start()

    def on_stop(self, stop: Callable[[], None], patience: float) -> None:
        """Call `stop` when it is time to; whoever then still runs in `patience` seconds is killed.

        Until this is called there is nothing to lose by ending at once.
        """
        with self._lock:
            self._stop, self._patience = stop, patience

    def ready(self) -> None:
        """Say that this process serves."""
        self._tell(b"ready", str(self._patience))

    def shutdown(self) -> None:
        """Ask for the end of the whole group."""
        if not self._tell(b"shutdown") and self._stop is not None:
            self._stop()

    def failed(self, error: BaseException) -> None:
        """Say why this process ends: by the error's own sentence, if it is for a person."""
        plain = isinstance(error, ListenError) or getattr(error, "for_a_person", False)
        text = str(error) if plain else "".join(traceback.format_exception(error))
        self._tell(b"sentence" if plain else b"traceback", text)

    def _tell(self, kind: bytes, text: str = "") -> bool:
        data = kind + b" " + text.encode(errors="replace")[-LONGEST:]
        try:
            with self._lock:
                self._news.send_bytes(data)
        except OSError:  # nobody is there any more
            return False
        return True

    def _wait(self) -> None:
        alone = False
        try:
            self._orders.recv_bytes()
        except (EOFError, OSError):
            alone = True
        with self._lock:
            stop = self._stop
        if stop is None:
            os._exit(0)
        stop()
        if alone:  # nobody else would end what does not end
            time.sleep(self._patience)
            os._exit(1)


ServeOne = Callable[[socket.socket, Parent], int]
"""Serves on a listener until the Parent says stop, or a signal does; returns the exit status."""


def live_forked(
    serve_one: ServeOne, listener: socket.socket, parent: Parent, not_ours: Iterable[Any]
) -> NoReturn:
    """The life of a process that is a copy of its supervisor: it lets go of what is not its own."""
    for end in not_ours:
        end.close()  # an end that somebody else holds open would hide the supervisor's death
    atexit._clear()
    live(serve_one, listener, parent)


def live_spawned(
    serve_one: ServeOne, listener: socket.socket, orders: Connection, news: Connection
) -> NoReturn:
    """The life of a process that has inherited nothing but these."""
    settle_signals()
    live(serve_one, listener, Parent(orders, news))


def live(serve_one: ServeOne, listener: socket.socket, parent: Parent) -> NoReturn:
    """The life of a process, from its first line to its last."""
    status = FAILED
    try:
        parent.watch()
        status = serve_one(listener, parent)
    except BaseException as error:
        parent.failed(error)
    finally:
        leave(status)


def leave(status: int) -> NoReturn:
    """End this process as Python would, but for the threads: some may never end."""
    with suppress(Exception):
        atexit._run_exitfuncs()
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status)


def settle_signals() -> None:
    """Leave Ctrl-C and SIGHUP to the supervisor, though a terminal sends them to all of us."""
    signal.set_wakeup_fd(-1)
    for number in HEARD:
        theirs = number in (signal.SIGINT, getattr(signal, "SIGHUP", None))
        signal.signal(number, signal.SIG_IGN if theirs else signal.SIG_DFL)
