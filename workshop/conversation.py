r"""A conversation with a server by hand: sends bytes, shows every byte and who sent it.

Apart from the command ``talk`` so that it can be tested without a terminal. The rule: nothing is
hidden and nothing made up. \r and \n are shown as such, a close and a reset are told apart.
"""

import re
import socket
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress

from rich.console import Console
from rich.text import Text

from workshop import Problem

QUIET = 0.2  # seconds without a byte after which a piped conversation goes on
LAST_WAIT = 2.0  # seconds a piped conversation waits for the server to close


class Conversation:
    """One peer, one connection at a time; a thread prints what the server says when it comes."""

    def __init__(self, address: tuple[str, int], out: Console, *, live: bool) -> None:
        self._address = address
        self._out = out
        self._live = live
        self._heard = threading.Event()
        self._over = threading.Event()
        self._socket: socket.socket
        self.connect()

    def connect(self) -> None:
        """Open a new connection and start listening to it."""
        try:
            self._socket = socket.create_connection(self._address, 5)
        except OSError as error:
            host, port = self._address
            raise Problem(f"nobody answers at {host}:{port}: {error.strerror or error}.") from None
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._over = threading.Event()
        self._listener = threading.Thread(
            target=self._listen, args=(self._socket, self._over), daemon=True
        )
        self._listener.start()

    def lines(self, source: Iterable[str]) -> Iterator[str]:
        """The lines to act on: typed after a prompt, or read from a pipe."""
        if not self._live:
            yield from (line.rstrip("\r\n") for line in source)
            return
        while True:
            try:
                yield input("› ")
            except EOFError:
                return

    def say(self, data: bytes) -> None:
        """Send these bytes in one piece, and show them."""
        self._show("you", data, "cyan")
        self._heard.clear()
        try:
            self._socket.sendall(data)
        except OSError as error:
            self.note(f"not sent: {error.strerror or error} (.new connects again)")
            return
        self._let_server_answer()

    def end(self) -> None:
        """Half-close: the server sees the end of our bytes and can still answer."""
        self.note("you end your side (half-close)")
        self._heard.clear()
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self.note(f"already over: {error.strerror or error}")
        self._let_server_answer()

    def reset(self) -> None:
        """Break off: the server gets a reset in place of an end."""
        self.note("you break the connection off (reset)")
        linger = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._hang_up(socket.SHUT_RD)  # a reset, so nothing may be sent before it

    def finish(self) -> None:
        """After the last piped line: end our side and wait a while for what still comes."""
        if not self._over.is_set():
            self.end()
            self._over.wait(0 if self._live else LAST_WAIT)

    def close(self) -> None:
        """Close the connection without a word."""
        self._hang_up(socket.SHUT_RDWR)

    def note(self, text: str) -> None:
        """Say something that is no byte of either side."""
        self._print(Text(f"        ({text})", style="dim"))

    def _hang_up(self, how: int) -> None:
        """Wake the listening thread (a close alone does not), then let go of the socket."""
        self._over.set()
        with suppress(OSError):
            self._socket.shutdown(how)
        self._listener.join(1)
        self._socket.close()

    def _let_server_answer(self) -> None:
        """In a pipe, hold the next line back until the server has been quiet for a moment."""
        while not self._live and not self._over.is_set() and self._heard.wait(QUIET):
            self._heard.clear()

    def _listen(self, connection: socket.socket, over: threading.Event) -> None:
        while True:
            try:
                data = connection.recv(65536)
            except OSError as error:
                farewell = f"the connection is lost: {error.strerror or error}"
                break
            if not data:
                farewell = "the server closed the connection"
                break
            self._show("server", data, "green")
            self._heard.set()
        if not over.is_set():
            self.note(farewell)
        over.set()
        self._heard.set()

    def _show(self, who: str, data: bytes, style: str) -> None:
        for line in visible(data):
            self._print(Text(f"{who:>6}  ", style="dim").append(line, style=style))

    def _print(self, text: Text) -> None:
        if self._live and threading.current_thread() is not threading.main_thread():
            sys.stdout.write("\r\x1b[K")  # the prompt stands on this line
            self._out.print(text)
            sys.stdout.write("› ")
            sys.stdout.flush()
        else:
            self._out.print(text)


def visible(data: bytes) -> list[str]:
    r"""Bytes as lines one can read: ``b"a\r\nb"`` → ``["a\r\n", "b"]`` with the escapes written."""
    lines = [line for line in re.split(rb"(?<=\n)", data) if line]
    return [line.decode("latin-1").encode("unicode_escape").decode() for line in lines]


def parse_line(text: str) -> bytes:
    r"""What a typed line sends: ``hi`` → ``b"hi\r\n"``, and with a last backslash → ``b"hi"``."""
    slashes = len(text) - len(text.rstrip("\\"))
    whole = slashes % 2 == 0
    body = (text if whole else text[:-1]).encode()
    try:
        data = body.decode("unicode_escape").encode("latin-1")
    except UnicodeError:
        raise ValueError(f"{text!r} has a backslash that means nothing here") from None
    return data + b"\r\n" if whole else data
