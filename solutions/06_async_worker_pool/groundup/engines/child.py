"""One process of a group as its supervisor sees it, and the two ways to start one.

Apart from the supervisor, which decides when, because here is how: a fork where there is one, a
new interpreter elsewhere. The rule: no signal is lost between the start and the first line.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from groundup.engines.parent import (
    HEARD,
    Parent,
    ServeOne,
    live_forked,
    live_spawned,
    settle_signals,
)
from groundup.timeouts import NEVER

HAVE_FORK = hasattr(os, "fork")
TO_START = 5.0  # seconds that a process which has not started yet may take to stop


class Child:
    """A process of the group."""

    def __init__(self, process: Forked | Spawned, orders: Connection, news: Connection) -> None:
        self.pid = process.pid
        self.news = news
        self.born = time.monotonic()
        self.ready = False
        self.told = False  # that it should stop
        self.patience = TO_START  # seconds that it may take to stop
        self.deadline = NEVER  # by when it must have stopped
        self.error = ""
        self.plain = False  # the error is a sentence for a person
        self.silent = False  # it has closed its pipe, and will end
        self._process = process
        self._orders = orders

    def take(self) -> list[str]:
        """What it has said: "ready", "shutdown". Why it failed is remembered."""
        words: list[str] = []
        while not self.silent and self.news.poll():
            try:
                kind, _, text = self.news.recv_bytes().decode().partition(" ")
            except (EOFError, OSError):
                self.silent = True
                break
            if kind == "ready":
                self.patience = float(text)
            elif kind != "shutdown":
                self.error, self.plain = text, kind == "sentence"
                continue
            words.append(kind)
        return words

    def stop(self, now: float) -> None:
        """Tell it to finish what it has begun, and to end."""
        self.told, self.deadline = True, now + self.patience
        with suppress(OSError):  # it is gone already
            self._orders.send_bytes(b"stop")

    def kill(self) -> None:
        """End it now."""
        self._process.kill()

    def poll(self) -> int | None:
        """Its exit status, if it has ended: negative where a signal ended it."""
        return self._process.poll()

    def close(self) -> None:
        """Close both pipes: it is gone, or it is none of ours."""
        self.news.close()
        self._orders.close()


class Forked:
    """A copy of this process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """Its exit status, if it has ended."""
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:  # somebody else has asked, and was told
            return -1
        return os.waitstatus_to_exitcode(status) if pid else None

    def kill(self) -> None:
        """End it. Nobody has asked for its status yet, so its number is still its own."""
        os.kill(self.pid, signal.SIGKILL)


class Spawned:
    """A new interpreter."""

    def __init__(self, process: Any) -> None:
        self.pid: int = process.pid
        self._process = process

    def poll(self) -> int | None:
        """Its exit status, if it has ended."""
        status: int | None = self._process.exitcode
        return status

    def kill(self) -> None:
        """End it."""
        self._process.kill()


def start_child(
    serve_one: ServeOne, listener: socket.socket, others: Iterable[Child], *, spawn: bool = False
) -> Child:
    """A new process that runs `serve_one(listener, parent)`. To be spawned, that must pickle."""
    orders, to_child = multiprocessing.Pipe(duplex=False)
    from_child, news = multiprocessing.Pipe(duplex=False)
    if spawn:
        arguments = (serve_one, listener, orders, news)
        spawned = multiprocessing.get_context("spawn").Process(target=live_spawned, args=arguments)
        spawned.start()
        process: Forked | Spawned = Spawned(spawned)
    else:
        parent, not_ours = Parent(orders, news), (to_child, from_child, *others)
        process = Forked(fork(lambda: live_forked(serve_one, listener, parent, not_ours)))
    orders.close()
    news.close()
    return Child(process, to_child, from_child)


def fork(live_on: Callable[[], NoReturn]) -> int:
    """Fork, and return the number of the child, which goes its own way."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or both would write what is buffered
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
    try:
        pid = os.fork()
        if pid == 0:
            settle_signals()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    if pid == 0:
        live_on()
    return pid
