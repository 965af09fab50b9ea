"""A serial server, and the echo service: one client at a time, one line at a time.

The server knows how to accept, to serve and to stop; what a client gets is a function that it
is given (`echo` by default). The line reader stands apart from the socket: it is given
something to call for bytes, so a test can play the network.
Rule kept: whatever one client does, the next one is served.
"""

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from groundup.net import Waker, send_all

LINE_LIMIT = 8190  # bytes in a line, its LF included: enough for any honest one (Apache's number)
RECV_SIZE = 65536  # bytes asked of one recv: a few calls take all that waits in the kernel


class LineTooLong(Exception):
    """The peer sent more bytes than a line may have, and no LF among them."""


class LineReader:
    """Makes lines of the bytes that ``recv`` returns, however they were cut on their way.

    ``recv(n)`` returns at least one byte and at most ``n``, or b"" when the peer has ended.
    ``limit`` is the greatest length of a line in bytes, LF included.
    """

    def __init__(self, recv: Callable[[int], bytes], limit: int = LINE_LIMIT) -> None:
        self._recv = recv
        self._limit = limit
        self._buffer = bytearray()  # what has arrived and was not handed out
        self._searched = 0  # so many bytes at the buffer's start are known to hold no LF

    def read_line(self) -> bytes | None:
        """Return the next line with its LF, or None when no whole line will come any more.

        It calls ``recv`` only when the buffer holds no whole line. A tail without LF is no line:
        what was cut off might have changed its meaning. Each byte is looked at once, in
        whatever pieces it arrives, and no more than ``limit`` + ``RECV_SIZE`` bytes are ever held.
        Raises LineTooLong: a line is longer than ``limit``. Lines before it are handed out first.
        """
        raise NotImplementedError("Task 1.2: read a line, however the bytes arrive")


def echo(client: socket.socket, limit: int = LINE_LIMIT) -> None:
    """Send every line of ``client`` back to it, each as soon as it is whole.

    Returns when the conversation is over, in whichever way: the client has ended its side (it
    may still be reading: it has its answers by then), a line is longer than ``limit`` bytes, or
    the connection is lost (any OSError). The socket stays open: whoever opened it closes it.
    """
    raise NotImplementedError("Task 1.4: echo lines until the conversation is over")


class Server:
    """Serves the clients of ``listener`` one after another, each by a call of ``serve_client``."""

    def __init__(
        self,
        listener: socket.socket,
        serve_client: Callable[[socket.socket], None] = echo,
    ) -> None:
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self._listener = listener
        self._listener.setblocking(False)  # a client may leave between select and accept
        self._serve_client = serve_client
        self._waker = Waker()
        self._lock = threading.Lock()  # guards the two below: `stop` runs in another thread
        self._stopping = False
        self._client: socket.socket | None = None

    def serve_forever(self) -> None:
        """Serve client after client until ``stop`` is called; then close listener and waker.

        It waits for whichever comes first, a client or ``stop``, and costs nothing while it
        waits. If ``stop`` was called before, it serves nobody.
        """
        raise NotImplementedError("Task 1.5: serve one client after another, and stop when told")

    def stop(self) -> None:
        """Make ``serve_forever`` return soon, whatever the server is doing; does not wait for it.

        For other threads. May be called again, and before ``serve_forever``.
        """
        raise NotImplementedError("Task 1.5: serve one client after another, and stop when told")

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
                self._serve_client(client)
            finally:
                with self._lock:
                    self._client = None

    def _hang_up(self) -> None:
        """End the conversation of now, if there is one, and let no other begin.

        `shutdown` wakes a thread that waits in recv or send on that socket; `close` would not.
        """
        with self._lock:
            self._stopping = True
            if self._client is not None:
                with suppress(OSError):  # the client was faster
                    self._client.shutdown(socket.SHUT_RDWR)
