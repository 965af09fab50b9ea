"""Another serial server: a client's life is a generator of requests.

Whatever ends it, ends the generator; the answers are given in the loop round it.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from email.utils import formatdate

from groundup.connection import Connection, error_text
from groundup.engines.talk import Talk
from groundup.engines.wire import READ, Wire
from groundup.errors import HTTPException, ProtocolError
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.net import Waker
from groundup.request import Request
from groundup.response import Response
from groundup.timeouts import Timeouts

Handle = Callable[[Request], Response]
log = logging.getLogger("groundup.server")
LINGER_BYTES = 1 << 20
TEXT = {"content-type": "text/plain; charset=utf-8"}


def await_request(wire: Wire, talk: Talk) -> Request | None:
    """The next request, or None if there will be none; ProtocolError if it is bad or late."""
    while True:
        request = talk.next_request()
        if request is not None or talk.connection.must_close:
            return request
        if interim := talk.connection.send_continue():
            wire.send(interim)
        data = received(wire, talk.deadline)
        if data is None:
            late = talk.overdue
            if late is not None:
                raise late
            return None
        talk.receive(data)


def received(wire: Wire, deadline: float) -> bytes | None:
    """Bytes, or None when it is too late."""
    try:
        return wire.receive(deadline)
    except TimeoutError:
        return None


def requests(wire: Wire, talk: Talk) -> Iterator[Request]:
    """One request after the other; after the last one it may be polite to linger."""
    while not talk.connection.must_close:
        request = await_request(wire, talk)
        if request is None:
            return
        yield request


def serve_client(
    client: socket.socket,
    handle: Handle,
    limits: Limits,
    timeouts: Timeouts,
    clock: Callable[[], float],
) -> None:
    """Answer its requests, then close in order."""
    with suppress(OSError):
        wire = Wire(client, timeouts, clock)
        talk = Talk(limits, timeouts, clock, client.getpeername()[:2])
        try:
            for request in requests(wire, talk):
                wire.send(respond(talk.connection, handle, request))
        except ProtocolError as error:
            log.info("refused: %s", error)
            wire.send(refusal(talk.connection, error))
        if talk.connection.must_close:
            linger(wire, clock() + timeouts.linger)


def respond(connection: Connection, handle: Handle, request: Request) -> bytes:
    """The answer's bytes, whatever happens."""
    try:
        response = handle(request)
        return connection.send_response(
            response.status_code, dated(response.headers), response.body
        )
    except HTTPException as error:
        if error.status_code >= 500:
            log.exception("%s %r failed", request.method, request.target)
        return send_error(connection, error)
    except Exception:
        log.exception("%s %r failed", request.method, request.target)
        return send_error(connection, HTTPException(500))


def send_error(connection: Connection, error: HTTPException) -> bytes:
    """An error's bytes; the connection may stay."""
    try:
        headers = dated(Headers((TEXT | error.headers).items()))
        return connection.send_response(error.status_code, headers, error_text(error).encode())
    except Exception:
        log.exception("%r cannot be sent", error)
        return refusal(connection, HTTPException(500))


def refusal(connection: Connection, error: HTTPException) -> bytes:
    """The last bytes of a connection."""
    error.headers = {"date": formatdate(usegmt=True)} | error.headers
    return connection.refuse(error)


def dated(fields: Headers) -> Headers:
    """A copy that has a date."""
    headers = Headers(fields.items())
    headers.setdefault("date", formatdate(usegmt=True))
    return headers


def linger(wire: Wire, deadline: float) -> None:
    """End our side, and drop what comes until the deadline."""
    wire.sock.shutdown(socket.SHUT_WR)
    heard = 0
    while heard < LINGER_BYTES:
        data = received(wire, deadline)
        if not data:
            return
        heard += len(data)


class Server:
    """One client at a time; `stop` ends it."""

    def __init__(
        self,
        listener: socket.socket,
        handle: Handle,
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        timeouts: Timeouts = Timeouts(),  # noqa: B008  (frozen)
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self._listener = listener
        self._serve = lambda client: serve_client(client, handle, limits, timeouts, clock)
        self._waker = Waker()
        self._lock = threading.Lock()
        self._stopped = False
        self._client: socket.socket | None = None

    def serve_forever(self) -> None:
        """Client after client."""
        listener = Wire(self._listener, Timeouts())
        with closing(self._listener), closing(self._waker):
            while not self._stopped:
                with suppress(TimeoutError):
                    listener.wait(READ, time.monotonic() + 0.1)
                    self._next()

    def stop(self) -> None:
        """No more clients; and the one that is here must go."""
        with self._lock:
            self._stopped = True
            if self._client is not None:
                with suppress(OSError):
                    self._client.shutdown(socket.SHUT_RDWR)

    def _next(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        with client:
            self._hold(client)
            if not self._stopped:
                self._serve(client)
            self._hold(None)

    def _hold(self, client: socket.socket | None) -> None:
        with self._lock:
            self._client = client
