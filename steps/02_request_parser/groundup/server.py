"""A serial HTTP server: one connection at a time, and on it one request at a time.

It moves bytes and nothing else: the socket's side is here, every decision about HTTP is made by
`Connection`. What a request means is up to `handle`, which is given to it.
Rule kept: whatever one client sends and whatever `handle` does, the next client is served.
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
from groundup.errors import HTTPException, ProtocolError
from groundup.events import NEED_DATA, Data, EndOfMessage, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.net import Waker, send_all

Answer = tuple[int, Iterable[tuple[str, str]], bytes]
Handle = Callable[[RequestHead, bytes], Answer]

log = logging.getLogger("groundup.server")

RECV_SIZE = 65536  # bytes asked of one recv, and so the most that is ever held unparsed
LINGER_SECONDS = 1.0  # how long, and
LINGER_BYTES = 1 << 20  # for how much, a closing server goes on listening to what it ignores


def read_request(client: socket.socket, connection: Connection) -> tuple[RequestHead, bytes] | None:
    """The next request, head and whole body; None when the client has left between two.

    Asks `connection` for events until the request is complete. Where it needs data, the client
    is given its 100 if it waits for one, and then `recv` is called once, for RECV_SIZE bytes.
    Raises ProtocolError, and OSError when the connection is lost.
    """
    raise NotImplementedError("Task 2.16: read a whole request from a socket")


def serve_client(client: socket.socket, handle: Handle, limits: Limits) -> None:
    """Answer request after request, until the client leaves or the connection must close."""
    connection = Connection(limits)
    with suppress(OSError):  # the connection is lost: there is nobody to tell
        while not connection.must_close:
            try:
                request = read_request(client, connection)
            except ProtocolError as error:
                log.info("refused: %s", error)
                send_all(client, refusal(connection, error))
                break
            if request is None:
                return
            send_all(client, respond(connection, handle, *request))
        linger(client)


def respond(connection: Connection, handle: Handle, head: RequestHead, body: bytes) -> bytes:
    """The bytes of the response; a fault in `handle`, or in what it returned, makes a 500."""
    try:
        status_code, fields, content = handle(head, body)
        return connection.send_response(status_code, dated(fields), content)
    except Exception as error:
        answer = error if isinstance(error, HTTPException) else HTTPException(500)
        if answer.status_code >= 500:
            log.exception("%s %s failed", head.method, head.target)
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


def linger(client: socket.socket) -> None:
    """Say that no more will be sent, then read on for a moment and throw it away.

    A socket that is closed with unread bytes is reset, and a reset can overtake the last answer:
    the client would never learn why (RFC 9112 §9.6).
    """
    client.shutdown(socket.SHUT_WR)
    deadline, left = time.monotonic() + LINGER_SECONDS, LINGER_BYTES
    while left > 0 and (seconds := deadline - time.monotonic()) > 0:
        client.settimeout(seconds)
        data = client.recv(RECV_SIZE)
        if not data:
            return
        left -= len(data)


class Server:
    """Serves the clients of `listener` one after another; `handle` answers their requests.

    `handle(head, body)` returns (status code, pairs of field name and value, body).
    """

    def __init__(
        self,
        listener: socket.socket,
        handle: Handle,
        *,
        limits: Limits = Limits(),  # noqa: B008  (frozen)
    ) -> None:
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self._listener = listener
        self._listener.setblocking(False)  # a client may leave between select and accept
        self._handle = handle
        self._limits = limits
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
        client.setblocking(True)  # on some systems it inherits the listener's False
        with client:
            with self._lock:
                if self._stopping:
                    return
                self._client = client
            try:
                serve_client(client, self._handle, self._limits)
            finally:
                with self._lock:
                    self._client = None
