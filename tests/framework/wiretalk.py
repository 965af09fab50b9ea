"""One conversation of a case: over a socket, or with a Connection and no socket at all.

Apart from the judging so that both are judged alike. Rule: after its bytes every case sends one
more request, the probe: whether the connection lives, and whether anything was executed that
should not have been, is seen and not guessed.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from wireanswers import Answer, take
from wirecases import Case
from wirepieces import Pieces

from groundup.connection import Connection
from groundup.errors import HTTPException, ProtocolError
from groundup.events import NEED_DATA, Data, EndOfMessage, RequestHead
from groundup.limits import Limits
from groundup.request import Request

PROBE = b"GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n"
PROBED = "GET /probe"
PATIENCE = 5.0  # seconds of silence after which a conversation is hung


class Silence(AssertionError):
    """An answer was due, and nothing came."""


class Transport(Protocol):
    """What a conversation goes over."""

    reset: bool  # it ended in a reset: on some systems that takes answers with it

    def send(self, data: bytes) -> None: ...
    def end(self) -> None: ...
    def read(self) -> bytes: ...


class OverSocket:
    """A client's socket. A server that has had enough may close while we are still sending."""

    def __init__(self, address: tuple[str, int], pieces: Pieces) -> None:
        self.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pieces = pieces
        self.reset = False

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            for piece in self.pieces(data):
                self.socket.sendall(piece)

    def end(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def read(self) -> bytes:
        try:
            return self.socket.recv(65536)
        except ConnectionResetError:
            self.reset = True
            return b""
        except TimeoutError:
            raise Silence(f"no answer and no close within {PATIENCE:g} s") from None

    def close(self) -> None:
        self.socket.close()


class WithoutSocket:
    """A Connection and a handler, moved by hand as the smallest of engines would."""

    def __init__(
        self, handle: Callable[[Request], Any], pieces: Pieces, *, patient: bool = False
    ) -> None:
        self.connection = Connection(Limits(), drain=65536)
        self.handle, self.pieces, self.patient = handle, pieces, patient
        self.left = self.reset = False
        self.out = bytearray()
        self.head: RequestHead | None = None
        self.body: list[bytes] = []

    def send(self, data: bytes) -> None:
        for piece in self.pieces(data):
            self._receive(piece)

    def end(self) -> None:
        self._receive(b"")

    def read(self) -> bytes:
        data = bytes(self.out)
        self.out.clear()
        if not data and not (self.connection.must_close or self.left):
            raise Silence("the connection waits for more bytes")
        return data

    def _receive(self, data: bytes) -> None:
        self.connection.receive(data)
        try:
            while not (self.connection.must_close or self.left) and self._step():
                pass
        except ProtocolError as error:
            self.out += self.connection.refuse(error)

    def _step(self) -> bool:
        """Take one event; False when more bytes are wanted."""
        request = None if self.patient else self.connection.next_whole()
        if request is not None:
            self._respond(*request)
            return True
        event = self.connection.next_event()
        if event is NEED_DATA:
            self.out += self.connection.send_continue()
            return False
        if isinstance(event, RequestHead):
            self.head, self.body = event, []
        elif isinstance(event, Data):
            self.body.append(bytes(event.data))
        elif isinstance(event, EndOfMessage) and self.head is not None:
            self._respond(self.head, b"".join(self.body))
        else:
            self.left = True
        return True

    def _respond(self, head: RequestHead, body: bytes) -> None:
        response = self.handle(Request(head, body))
        try:
            fields = list(response.headers.items())
            self.out += self.connection.send_response(response.status_code, fields, response.body)
        except HTTPException:
            self.out += self.connection.refuse(HTTPException(500))


class Conversation:
    """A case's sends, and the answers that came. `probed`: the probe's answer was among them."""

    def __init__(self, case: Case, transport: Transport, known: dict[bytes, bytes]) -> None:
        self.case, self.transport, self.known = case, transport, known
        self.answers: list[Answer] = []
        self.ended = self.probed = False
        self._data = b""
        self._methods = [answer.method for answer in case.answers if answer.status[0] >= 200]

    def run(self) -> None:
        """Send everything, then the probe; read until its answer, or the end."""
        for step in self.case.sends:
            if step is None:
                self.transport.end()
            elif isinstance(step, int):
                self._await(step)
            else:
                self.transport.send(fill(step, self.known))
        if not self.case.ends:
            self.transport.send(PROBE)
        while not self.probed and self._next():
            pass

    def _await(self, status: int) -> None:
        while (answer := self._next()) is not None:
            if answer.status == status:
                return
        raise Silence(f"{status} was awaited, and the server closed")

    def _next(self) -> Answer | None:
        """The next answer; None at the end of the stream."""
        finals = sum(answer.status >= 200 for answer in self.answers)
        method = self._methods[finals] if finals < len(self._methods) else "GET"
        while (found := take(self._data, method, self.ended)) is None:
            if self.ended:
                return None
            data = self.transport.read()
            self.ended = not data
            self._data += data
        answer, self._data = found
        if is_probe(answer):
            self.probed = True
        else:
            self.answers.append(answer)
        return answer


def fill(data: bytes, known: dict[bytes, bytes]) -> bytes:
    """`<<etag>>` → the file's own; see test_wire.known_of."""
    for name, value in known.items():
        data = data.replace(b"<<" + name + b">>", value)
    return data


def is_probe(answer: Answer) -> bool:
    """Whether this is the probe's answer."""
    seen = saw(answer)
    return seen.get("target") == "/probe"


def saw(answer: Answer) -> dict[str, Any]:
    """What the echo says; {} for another answer."""
    if answer.get("content-type") != "application/json" or answer.method == "HEAD":
        return {}
    told = json.loads(answer.body) if answer.whole else {}
    return told if isinstance(told, dict) else {}
