"""A serial HTTP server on non-blocking sockets: whoever waits, waits in one `select`.

The socket's side moves bytes, `Connection` decides, `handle` answers. Listener, client and waker
are all waited for in the same way, so that `stop` needs no lock and no hold on the client.
Rule kept: whatever one client sends and whatever `handle` does, the next client is served.
"""

import logging
import select
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from email.utils import formatdate

from groundup.connection import Connection, error_text
from groundup.errors import HTTPException, ProtocolError, ResponseError
from groundup.events import NEED_DATA, Data, EndOfMessage, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.net import Waker, send_all

Handle = Callable[[RequestHead, bytes], tuple[int, Iterable[tuple[str, str]], bytes]]
Request = tuple[RequestHead, bytes]

log = logging.getLogger("groundup.server")

RECV_SIZE = 1 << 16
LINGER_SECONDS = 1.0
LINGER_BYTES = 1 << 20


def read_request(client: socket.socket, connection: Connection) -> Request | None:
    """The next request, head and whole body; None when the client has left between two."""
    heads: list[RequestHead] = []
    body = bytearray()
    event = connection.next_event()
    while not isinstance(event, EndOfMessage):
        if event is NEED_DATA:
            send_all(client, connection.send_continue())
            connection.receive(client.recv(RECV_SIZE))
        elif isinstance(event, RequestHead):
            heads.append(event)
        elif isinstance(event, Data):
            body += event.data
        else:
            return None
        event = connection.next_event()
    return heads[0], bytes(body)


class Wakeable(socket.socket):
    """A non-blocking client that waits until the server is told to stop: then an OSError."""

    waker: Waker

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        watched: list[socket.socket | Waker] = [self, self.waker]
        if self.waker in select.select(watched, [], [])[0]:
            raise ConnectionAbortedError("the server stops")
        return super().recv(size, flags)

    def send(self, data: bytes, flags: int = 0, /) -> int:  # type: ignore[override]
        if self.waker in select.select([self.waker], [self], [])[0]:
            raise ConnectionAbortedError("the server stops")
        return super().send(data, flags)


def serve_client(client: socket.socket, handle: Handle, limits: Limits) -> None:
    """Answer request after request, until the client leaves or the connection must close."""
    connection = Connection(limits)
    try:
        while not connection.must_close:
            request = read_request(client, connection)
            if request is None:
                return
            send_all(client, respond(connection, handle, *request))
    except ProtocolError as error:
        log.info("refused: %s", error)
        send_all(client, refusal(connection, error))
    linger(client)


def respond(connection: Connection, handle: Handle, head: RequestHead, body: bytes) -> bytes:
    """The bytes of the response; a fault in `handle`, or in what it returned, makes a 500."""
    error: HTTPException
    try:
        status_code, fields, content = handle(head, body)
        return connection.send_response(status_code, dated(Headers(fields)), content)
    except HTTPException as raised:
        error = raised
    except Exception:
        log.exception("%s %s failed", head.method, head.target)
        error = HTTPException(500)
    if isinstance(error, ResponseError):
        log.error("%s %s: %s", head.method, head.target, error.message)
    told = Headers({"content-type": "text/plain; charset=utf-8"} | error.headers)
    try:
        return connection.send_response(error.status_code, dated(told), error_text(error).encode())
    except ResponseError as fault:
        return refusal(connection, fault)


def refusal(connection: Connection, error: HTTPException) -> bytes:
    """The last words on this connection, with a Date."""
    error.headers.setdefault("date", formatdate(usegmt=True))
    return connection.refuse(error)


def dated(fields: Headers) -> Headers:
    """The fields with a Date (RFC 9110 §6.6.1)."""
    fields.setdefault("date", formatdate(usegmt=True))
    return fields


def linger(client: socket.socket) -> None:
    """Send no more, but read on for a moment, so that no reset overtakes the last answer."""
    client.shutdown(socket.SHUT_WR)
    end, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
    while left > 0 and (seconds := end - time.monotonic()) > 0:
        if not select.select([client], [], [], seconds)[0]:
            return
        left -= len(client.recv(RECV_SIZE)) or left


class Server:
    """Serves the clients of `listener` one after another; `handle` answers their requests."""

    def __init__(
        self,
        listener: socket.socket,
        handle: Handle,
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
    ) -> None:
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self._listener = listener
        self._handle = handle
        self._limits = limits
        self._waker = Waker()

    def serve_forever(self) -> None:
        """Serve client after client until `stop` is called; then close listener and waker."""
        self._listener.setblocking(False)
        with self._listener:
            while not self._woken():
                with suppress(OSError):  # this client has gone; the next may come
                    self._serve(self._listener.accept()[0])
        self._waker.close()

    def _woken(self) -> bool:
        watched: list[socket.socket | Waker] = [self._listener, self._waker]
        return self._waker in select.select(watched, [], [])[0]

    def _serve(self, accepted: socket.socket) -> None:
        with Wakeable(fileno=accepted.detach()) as client:
            client.setblocking(False)
            client.waker = self._waker
            serve_client(client, self._handle, self._limits)

    def stop(self) -> None:
        """Make `serve_forever` return soon; from any thread, and as often as you like."""
        self._waker.wake()
