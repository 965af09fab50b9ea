"""Ground Up as it stands after step 2 (written by `python3 -m workshop sync`)."""

from groundup.connection import Connection
from groundup.errors import HTTPException, ProtocolError, ResponseError, abort
from groundup.events import EOF, NEED_DATA, PAUSED, Data, EndOfMessage, RequestHead
from groundup.headers import Headers
from groundup.limits import Limits
from groundup.net import ListenError, Waker, listen, send_all
from groundup.parser import RequestParser
from groundup.server import Server
from groundup.writer import response_bytes

__all__ = [
    "EOF",
    "NEED_DATA",
    "PAUSED",
    "Connection",
    "Data",
    "EndOfMessage",
    "HTTPException",
    "Headers",
    "Limits",
    "ListenError",
    "ProtocolError",
    "RequestHead",
    "RequestParser",
    "ResponseError",
    "Server",
    "Waker",
    "abort",
    "listen",
    "response_bytes",
    "send_all",
]
