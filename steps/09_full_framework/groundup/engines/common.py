"""What engines have in common, whether they wait by blocking or on an event loop.

Apart from any one of them, so that a client cannot tell by a refusal which engine it met. The
rule: values only; nothing here waits, and nothing decides.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from groundup.connection import error_text
from groundup.errors import HTTPException
from groundup.request import Request
from groundup.response import Response

Record = Callable[[Request, int, int], None]
"""Told of each response: its request, its status code, how many bytes it took."""
Refusals = Callable[[HTTPException, object], None]
"""Told of each refusal: why, and of whom."""

RECV_SIZE = 65536  # bytes asked of one recv; at least a TLS record, so that none is left behind
DRAIN = 65536  # bytes of a body that nobody read, thrown away so that the connection can stay
DRAIN_SECONDS = 1.0  # and for how long
# What a closing connection listens to at most, and throws away. Upload programs read their refusal
# when they have sent a few megabytes, and proxies not at all if they are reset before.
LINGER_BYTES = 16 << 20
EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)  # no room for a socket:
ACCEPT_REST = 0.25  # seconds without accepting then; the listener would stay ready, and we spin
FRESH_GRACE = 1.0  # seconds that a stopping server gives a new connection for its first byte

HEADER_LATE = (408, "the request head took too long", "RFC 9110 §15.5.9")
BODY_LATE = (408, "the request body came too slowly", "RFC 9110 §15.5.9")
RETRY_AFTER = {"retry-after": "1"}
TOO_MANY = HTTPException(503, "too many connections", RETRY_AFTER)
BUSY = HTTPException(503, "all workers are busy", RETRY_AFTER)
HANDLER_LATE = HTTPException(503, headers=RETRY_AFTER)
CRASH = HTTPException(500)


def peer_of(address: Any) -> Any:
    """(host, port) of what `accept` gives; None on a unix socket."""
    return address[:2] if isinstance(address, tuple) else None


def plain(error: HTTPException) -> Response:
    """An error that `handle` raised, as an answer."""
    return Response.text(error_text(error), error.status_code, error.headers)


class DateLine:
    """The Date field, ready to be sent, made anew once a second (RFC 9110 §6.6.1)."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept = (0, b"")  # one object, so that threads see both or neither

    def __call__(self) -> bytes:
        second, line = self._kept
        now = int(time.time())
        if now != second:
            line = f"date: {formatdate(now, usegmt=True)}\r\n".encode()
            self._kept = (now, line)
        return line
