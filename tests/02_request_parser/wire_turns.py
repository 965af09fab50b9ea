"""What the tests of the connection share: bytes in, short names of events out."""

from __future__ import annotations

from typing import Any

from groundup.connection import Connection
from groundup.events import EOF, NEED_DATA, PAUSED, Data, EndOfMessage, RequestHead
from groundup.limits import Limits
from workshop import kit

GET = b"GET /%s HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /%s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"


def fed(*segments: bytes, limits: Limits | None = None) -> Connection:
    """A connection that has received the segments."""
    connection = Connection(limits or Limits())
    for segment in segments:
        kit.did(f"receive {segment!r}")
        connection.receive(segment)
    return connection


def events(connection: Connection) -> list[Any]:
    """Short names of the events that are ready, with the signal that ended them."""
    names: list[Any] = []
    while len(names) < 50:
        event = connection.next_event()
        if isinstance(event, RequestHead):
            names.append(f"head {event.target}")
        elif isinstance(event, Data):
            names.append(bytes(event.data))
        elif isinstance(event, EndOfMessage):
            names.append("end")
        else:
            return [
                *names,
                {NEED_DATA: "NEED_DATA", PAUSED: "PAUSED", EOF: "EOF"}.get(event, event),
            ]
    return names


def answer(
    connection: Connection, body: bytes = b"ok", status_code: int = 200, fields: Any = ()
) -> str:
    """Send a response; its head as text, in lower case."""
    kit.did(f"send_response({status_code}, {list(fields)}, {body!r})")
    raw = connection.send_response(status_code, fields, body)
    return raw.partition(b"\r\n\r\n")[0].decode("latin-1").lower()
