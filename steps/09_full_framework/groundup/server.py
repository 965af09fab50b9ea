"""A serial HTTP server: one connection at a time, and on it one request at a time.

It moves bytes and nothing else: every decision about HTTP is made by `Connection`, how a request
is answered stands in `blocking`, and what it means is up to `handle`, the one callable in which
engines and applications meet. For teaching, for debugging, and for handlers that must never run
side by side. Rule kept: whatever one client sends and whatever `handle` does, the next is served.
"""

from __future__ import annotations

import logging
import selectors
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from groundup.blocking import Conversation
from groundup.engines.common import (
    ACCEPT_REST,
    EXHAUSTED,
    FRESH_GRACE,
    LINGER_BYTES,
    Record,
    Refusals,
    peer_of,
)
from groundup.engines.phases import Phase
from groundup.engines.service import Service
from groundup.engines.wire import Lost, Wire, accepted
from groundup.errors import ProtocolError
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.listening import BACKLOG, server_address
from groundup.metrics import Metrics
from groundup.net import Waker
from groundup.request import Request
from groundup.timeouts import NEVER, Timeouts, after

log = logging.getLogger("groundup.server")

Handle = Callable[[Request], Any]


def converse(talk: Conversation) -> None:
    """Answer request after request, until the client leaves or the connection must close."""
    try:
        if talk.wire.tls:
            talk.wire.handshake(talk.deadline)
        while (request := await_request(talk)) is not None:
            talk.answer(request)
            if talk.connection.must_close:
                break
        if talk.lingers:
            linger(talk)
    except (Lost, TimeoutError):
        pass  # there is nobody to tell
    except Exception:
        log.exception("%s: a connection failed", talk.client_addr)
        talk.cut()
    finally:
        talk.close()


def await_request(talk: Conversation) -> Request | None:
    """Wait for the next request; None when none will come, or none in time. Raises Lost."""
    wire, connection = talk.wire, talk.connection
    try:
        while (request := talk.next_request()) is None and not connection.must_close:
            talk.settle()
            if wire.waker is None and not connection.began and talk.phase is not Phase.FRESH:
                return None  # the server stops, and nothing has begun
            data = wire.receive(talk.deadline)
            if data is not None:
                talk.receive(data)
            else:
                hear_of_the_end(talk)
        return request
    except TimeoutError:
        error = talk.overdue
    except ProtocolError as fault:
        error = fault
    if error is not None:
        talk.refuse(error)
    return None


def hear_of_the_end(talk: Conversation) -> None:
    """The server stops while this client is silent: a new one has a moment for its first byte."""
    if talk.phase is Phase.FRESH:
        talk.deadline = min(talk.deadline, talk.service.clock() + FRESH_GRACE)


def linger(talk: Conversation) -> None:
    """Say that no more will be sent, then read on for a moment and throw it away."""
    wire, left = talk.wire, LINGER_BYTES
    wire.waker = None
    wire.end()
    deadline = after(talk.service.timeouts.linger, talk.service.clock())
    while left > 0 and (data := wire.receive(deadline)):
        left -= len(data)


class Server:
    """Serves the clients of `listener` one after another; `handle` answers their requests."""

    def __init__(
        self,
        listener: socket.socket,
        handle: Handle,
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        timeouts: Timeouts = Timeouts(),  # noqa: B008  (frozen)
        lifecycle: Lifecycle | None = None,
        clock: Callable[[], float] = time.monotonic,
        ssl_context: ssl.SSLContext | None = None,
        metrics: Metrics | None = None,
        record: Record | None = None,
        refusals: Refusals | None = None,
        backlog: int = BACKLOG,
    ) -> None:
        self.address = server_address(listener)
        self._listener = listener
        self._backlog = backlog
        self._ssl_context = ssl_context
        life = lifecycle or Lifecycle()
        self._service = Service(handle, life, limits, timeouts, clock, record, refusals, metrics)
        self._waker = Waker()
        self._talk: Conversation | None = None
        self._cutoff = NEVER  # when a stopping server gives up

    def serve_forever(self) -> bool:
        """Serve until `stop`. True if everything that had begun came to its end."""
        runners = self._service.runners
        try:
            runners.run(self._service.lifecycle.start())
            self._service.lifecycle.on_stop(self._wake)
            self._listener.setblocking(False)  # a client may leave between select and accept
            self._listener.listen(self._backlog)
            self._serve()
            return self._drain()
        finally:
            self._listener.close()
            self._waker.close()
            runners.run(self._service.lifecycle.end())
            runners.close()

    def stop(self) -> None:
        """Make `serve_forever` come to its end, from any thread; does not wait for it."""
        self._service.lifecycle.stop()

    def _wake(self) -> None:
        self._cutoff = self._service.clock() + self._service.timeouts.graceful
        self._service.draining = True
        talk = self._talk
        if talk is not None:
            talk.wire.cutoff = self._cutoff
            talk.stop_stream()
        self._waker.wake()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:  # no select.select: it ends at 1,023
            selector.register(self._waker, selectors.EVENT_READ)
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._service.draining:
                selector.select()
                if not self._serve_next():
                    selector.unregister(self._listener)
                    selector.select(ACCEPT_REST)
                    selector.register(self._listener, selectors.EVENT_READ)

    def _serve_next(self) -> bool:
        """Accept one client and serve it to its end. False: there is no descriptor for one."""
        try:
            sock, address = self._listener.accept()
        except OSError as error:  # it may have gone again
            return error.errno not in EXHAUSTED
        self._serve_client(sock, address)
        return True

    def _serve_client(self, sock: socket.socket, address: Any) -> None:
        """Serve one client to its end."""
        service = self._service
        try:
            sock = accepted(sock, self._ssl_context)
        except Lost:
            return
        wire = Wire(sock, service.timeouts, service.clock, self._waker)
        talk = self._talk = Conversation(service, wire, peer_of(address))
        if service.draining:
            wire.waker, wire.cutoff = None, self._cutoff
            hear_of_the_end(talk)
        converse(talk)
        self._talk = None

    def _drain(self) -> bool:
        """Serve whoever has connected already, then nobody."""
        waiting = []
        with suppress(OSError):
            while True:
                waiting.append(self._listener.accept())
        self._listener.close()
        for client in waiting:
            self._serve_client(*client)
        return self._service.clock() < self._cutoff
