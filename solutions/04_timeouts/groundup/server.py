"""A serial HTTP server: one connection at a time, and on it one request at a time.

It moves bytes and nothing else: every decision about HTTP is made by `Connection`, how long to
wait is up to `Talk`, and what a request means is up to `handle`, the one callable in which engines
and applications meet: a Request in, a Response out.
Rule kept: whatever one client sends, or does not send, the next client is served.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from email.utils import formatdate

from groundup.connection import Connection, error_text
from groundup.engines.talk import Talk
from groundup.engines.wire import Wire
from groundup.errors import HTTPException, ProtocolError
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.net import Waker
from groundup.request import Request
from groundup.response import Response
from groundup.timeouts import Timeouts, after

Handle = Callable[[Request], Response]

log = logging.getLogger("groundup.server")

LINGER_BYTES = 1 << 20  # for how much a closing server goes on listening to what it ignores


def await_request(wire: Wire, talk: Talk) -> Request | None:
    """The next request; None when the client has left, or said nothing in time.

    Asks `talk` until a request is there, or the connection must close. Where bytes are missing,
    the client is given its 100 if it waits for one, and then `wire` receives, until the talk's
    deadline. Raises ProtocolError, one that says 408 for a request that came too slowly, and
    OSError when the connection is lost.
    """
    while (request := talk.next_request()) is None and not talk.connection.must_close:
        wire.send(talk.connection.send_continue())
        try:
            talk.receive(wire.receive(talk.deadline))
        except TimeoutError:
            if talk.overdue is None:
                return None
            raise talk.overdue from None
    return request


def serve_client(
    client: socket.socket,
    handle: Handle,
    limits: Limits,
    timeouts: Timeouts,
    clock: Callable[[], float],
) -> None:
    """Answer request after request, until the client leaves or the connection must close."""
    with suppress(OSError):  # the connection is lost: there is nobody to tell
        wire = Wire(client, timeouts, clock)
        talk = Talk(limits, timeouts, clock, client.getpeername()[:2])
        while not talk.connection.must_close:
            try:
                request = await_request(wire, talk)
            except ProtocolError as error:
                log.info("refused: %s", error)
                wire.send(refusal(talk.connection, error))
                break
            if request is None:
                return
            wire.send(respond(talk.connection, handle, request))
        linger(wire, after(timeouts.linger, clock()))


def respond(connection: Connection, handle: Handle, request: Request) -> bytes:
    """The bytes of the response; a fault in `handle`, or in what it returned, makes a 500.

    `handle(request)` gives a Response. Its `status_code`, its `headers` (dated) and its `body`
    go to `connection.send_response`. For the log: `request.method`, `request.target`.
    """
    try:
        response = handle(request)
        fields = dated(response.headers.items())
        return connection.send_response(response.status_code, fields, response.body)
    except Exception as error:
        answer = error if isinstance(error, HTTPException) else HTTPException(500)
        if answer.status_code >= 500:
            log.exception("%s %r failed", request.method, request.target)
        return send_error(connection, answer)


def send_error(connection: Connection, error: HTTPException) -> bytes:
    """An error as a response. The connection may stay: this request was understood."""
    fields = {"content-type": "text/plain; charset=utf-8"} | error.headers
    try:
        return connection.send_response(
            error.status_code, dated(fields.items()), error_text(error).encode()
        )
    except Exception:  # an error that cannot be sent, such as HTTPException(204)
        log.exception("HTTPException(%r) cannot be sent", error.status_code)
        return refusal(connection, HTTPException(500))


def refusal(connection: Connection, error: HTTPException) -> bytes:
    """The last words on this connection, with a Date as on every other response."""
    error.headers.setdefault("date", formatdate(usegmt=True))
    return connection.refuse(error)


def dated(fields: Iterable[tuple[str, str]]) -> Headers:
    """The fields with a Date, which the core, having no clock, cannot know (RFC 9110 §6.6.1)."""
    headers = Headers(fields)
    headers.setdefault("date", formatdate(usegmt=True))
    return headers


def linger(wire: Wire, deadline: float) -> None:
    """Say that no more will be sent, then read on for a while and throw it away.

    A socket that is closed with unread bytes is reset, and a reset can overtake the last answer:
    the client would never learn why (RFC 9112 §9.6). It ends with the client's end, at the
    deadline (by TimeoutError, if you like: who calls it closes next), or after LINGER_BYTES.
    """
    wire.sock.shutdown(socket.SHUT_WR)
    left = LINGER_BYTES
    with suppress(TimeoutError):
        while left > 0 and (data := wire.receive(deadline)):
            left -= len(data)


class Server:
    """Serves the clients of `listener` one after another; `handle` answers their requests.

    `handle(request)` returns a Response.
    """

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
        self._listener.setblocking(False)  # a client may leave between select and accept
        self._handle = handle
        self._limits = limits
        self._timeouts = timeouts
        self._clock = clock
        self._waker = Waker()
        self._lock = threading.Lock()  # guards the two below: `stop` runs in another thread
        self._stopping = False
        self._client: socket.socket | None = None

    def serve_forever(self) -> None:
        """Serve client after client until `stop` is called; then close listener and waker."""
        watched: list[socket.socket | Waker] = [self._listener, self._waker]
        try:
            while True:
                ready, _, _ = select.select(watched, [], [])
                if self._waker in ready:
                    return
                self._serve_next()
        finally:
            self._listener.close()
            self._waker.close()

    def stop(self) -> None:
        """Make `serve_forever` return soon, from any thread; does not wait for it.

        May be called again, and before `serve_forever`.
        """
        with self._lock:
            self._stopping = True
            if self._client is not None:
                with suppress(OSError):  # the client was faster
                    self._client.shutdown(socket.SHUT_RDWR)
        self._waker.wake()

    def _serve_next(self) -> None:
        """Accept one client, serve it to its end, and close its socket."""
        try:
            client, _ = self._listener.accept()
        except OSError:  # it has gone again
            return
        with client:
            with self._lock:
                if self._stopping:
                    return
                self._client = client
            try:
                serve_client(client, self._handle, self._limits, self._timeouts, self._clock)
            finally:
                with self._lock:
                    self._client = None
