"""Which sockets are ready: for one thread that asks, and many that hand sockets to it.

Apart from the poller because systems differ. The rule: a socket that was armed is told of once,
and then not again until it is armed anew, by any thread; so there is never a doubt who has it.
"""

from __future__ import annotations

import select
import selectors
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol


class Armed(Protocol):
    """What can be armed: `fd` is its descriptor, `known`: it has been armed before."""

    fd: int
    known: bool


class EpollPolling:
    """Linux: the kernel disarms, and any thread may arm while another one waits."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._epoll = select.epoll()
        self._once = select.EPOLLIN | select.EPOLLRDHUP | select.EPOLLONESHOT

    def watch(self, fd: int) -> None:
        """Tell of this one again and again."""
        self._epoll.register(fd, select.EPOLLIN)

    def unwatch(self, fd: int) -> None:
        """No longer."""
        self._epoll.unregister(fd)

    def arm(self, item: Armed) -> None:
        """Tell of it once. From any thread."""
        if item.known:
            self._epoll.modify(item.fd, self._once)
        else:
            item.known = True
            self._epoll.register(item.fd, self._once)

    def forget(self, item: Armed) -> None:
        """It is about to be closed, by which the kernel forgets it."""

    def wait(self, seconds: float) -> list[int]:
        """The descriptors that are ready, after so many seconds at the latest."""
        return [fd for fd, _ in self._epoll.poll(seconds)]

    def close(self) -> None:
        """Give the descriptor back."""
        self._epoll.close()


class SelectorPolling:
    """Elsewhere: what was armed by other threads is taken in by the one that waits."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._selector = selectors.DefaultSelector()
        self._armed: deque[Armed] = deque()
        self._watched: set[int] = set()
        self._thread = threading.get_ident()

    def watch(self, fd: int) -> None:
        """Tell of this one again and again."""
        self._watched.add(fd)
        self._selector.register(fd, selectors.EVENT_READ)

    def unwatch(self, fd: int) -> None:
        """No longer."""
        self._watched.discard(fd)
        self._selector.unregister(fd)

    def arm(self, item: Armed) -> None:
        """Tell of it once. From any thread."""
        self._armed.append(item)
        if threading.get_ident() != self._thread:
            self._wake()

    def forget(self, item: Armed) -> None:
        """It is about to be closed."""
        item.known = False
        if threading.get_ident() == self._thread:
            with suppress(KeyError, ValueError):
                self._selector.unregister(item.fd)

    def wait(self, seconds: float) -> list[int]:
        """The descriptors that are ready, after so many seconds at the latest."""
        self._thread = threading.get_ident()
        while self._armed:
            item = self._armed.popleft()
            with suppress(KeyError, ValueError, OSError):  # it has been closed meanwhile
                self._selector.register(item.fd, selectors.EVENT_READ)
        ready = [key.fd for key, _ in self._selector.select(seconds)]
        for fd in ready:
            if fd not in self._watched:
                self._selector.unregister(fd)
        return ready

    def close(self) -> None:
        """Give the descriptor back."""
        self._selector.close()


Polling: Any = EpollPolling if hasattr(select, "epoll") else SelectorPolling
"""The best that this system has."""
