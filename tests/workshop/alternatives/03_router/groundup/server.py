"""A serial HTTP server: one object for each client, which has the client's whole conversation.

Bytes are moved here, `Connection` decides, `handle` answers: a Request in, a Response out.
Rule kept: whatever one client sends and whatever `handle` does, the next client is served.
"""

import logging
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from time import monotonic

from groundup.connection import Connection, error_text
from groundup.errors import HTTPException, ProtocolError
from groundup.events import NEED_DATA, Data, EndOfMessage, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.net import Waker, send_all
from groundup.request import Request
from groundup.response import Response

Handle = Callable[[Request], Response]

log = logging.getLogger("groundup.server")


def respond(connection: Connection, handle: Handle, request: Request) -> bytes:
    """The bytes of the response; a fault in `handle`, or in what it returned, makes a 500."""
    try:
        return written(connection, handle(request))
    except HTTPException as error:
        fault = error
    except Exception as crash:
        fault = HTTPException(500)
        fault.__cause__ = crash
    if fault.status_code >= 500:
        log.error("%s %s failed", request.method, request.target, exc_info=fault)
    try:
        return written(
            connection, Response.text(error_text(fault), fault.status_code, fault.headers)
        )
    except Exception:  # an error that no response may have
        log.exception("%s cannot be sent", fault)
        return refused(connection, HTTPException(500))


def written(connection: Connection, response: Response) -> bytes:
    """A response as bytes, with a Date."""
    fields = Headers(response.headers.items())
    fields.setdefault("date", formatdate(usegmt=True))
    return connection.send_response(response.status_code, fields, response.body)


def refused(connection: Connection, error: HTTPException) -> bytes:
    """The last words, with a Date."""
    error.headers.setdefault("date", formatdate(usegmt=True))
    return connection.refuse(error)


class Conversation:
    """All that is said with one client."""

    def __init__(self, client: socket.socket, handle: Handle, limits: Limits) -> None:
        self._client = client
        self._handle = handle
        self._connection = Connection(limits)
        self._client_addr = client.getpeername()[:2]

    def run(self) -> None:
        """Answer request after request, until the client leaves or the connection must close."""
        while not self._connection.must_close:
            try:
                request = self._read()
            except ProtocolError as error:
                answer = refused(self._connection, error)
            else:
                if request is None:
                    return
                answer = respond(self._connection, self._handle, request)
            send_all(self._client, answer)
        self._linger()

    def _read(self) -> Request | None:
        """The next request, whole."""
        heads: list[RequestHead] = []
        parts: list[bytes] = []
        while True:
            match self._connection.next_event():
                case RequestHead() as head:
                    heads.append(head)
                case Data(data=part):
                    parts.append(part)
                case EndOfMessage():
                    return Request(heads[0], b"".join(parts), client_addr=self._client_addr)
                case event if event is NEED_DATA:
                    send_all(self._client, self._connection.send_continue())
                    self._connection.receive(self._client.recv(1 << 16))
                case _:
                    return None

    def _linger(self) -> None:
        """Read on for a second, and at most 1 MiB, so that no reset overtakes the answer."""
        self._client.shutdown(socket.SHUT_WR)
        end, left = monotonic() + 1.0, 1 << 20
        while left > 0 and select.select([self._client], [], [], max(0.0, end - monotonic()))[0]:
            left -= len(self._client.recv(1 << 16)) or left


class Server:
    """Serves the clients of `listener` one after another."""

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
        self._stopping = threading.Event()
        self._guard = threading.Lock()
        self._client: socket.socket | None = None

    def serve_forever(self) -> None:
        """Serve client after client until `stop` is called; then close listener and waker."""
        self._listener.setblocking(False)
        watched: list[socket.socket | Waker] = [self._listener, self._waker]
        with self._listener:
            while not self._stopping.is_set():
                select.select(watched, [], [])
                with suppress(OSError):  # nobody is there, or nobody any more
                    self._serve(self._listener.accept()[0])
        with self._guard:
            self._waker.close()

    def stop(self) -> None:
        """Make `serve_forever` return soon; from any thread, and as often as you like."""
        with self._guard, suppress(OSError):
            self._stopping.set()
            if self._client is not None:
                self._client.shutdown(socket.SHUT_RDWR)
        self._waker.wake()

    def _serve(self, client: socket.socket) -> None:
        with client:
            client.setblocking(True)
            with self._guard:
                self._client = None if self._stopping.is_set() else client
            try:
                if self._client is not None:
                    Conversation(client, self._handle, self._limits).run()
            finally:
                with self._guard:
                    self._client = None
