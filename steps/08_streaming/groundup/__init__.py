"""Ground Up as it stands after step 8 (written by `python3 -m workshop sync`)."""

from groundup.app import App
from groundup.connection import Connection
from groundup.errors import HTTPException, ProtocolError, ResponseError, abort
from groundup.events import EOF, NEED_DATA, PAUSED, Data, EndOfMessage, RequestHead
from groundup.files import FileResponse
from groundup.headers import Headers
from groundup.lifecycle import Lifecycle
from groundup.limits import Limits
from groundup.metrics import Metrics
from groundup.middleware.auth import BasicAuth, BearerAuth
from groundup.middleware.compression import Gzip
from groundup.middleware.cors import CORS
from groundup.middleware.limiting import RateLimit
from groundup.middleware.requestlog import RequestId, RequestLog
from groundup.net import ListenError, Waker, listen, send_all
from groundup.parser import RequestParser
from groundup.patterns import Converter
from groundup.request import Request
from groundup.response import Response, coerce
from groundup.routing import Match, Miss, Router
from groundup.server import Server
from groundup.sse import Event, EventStream, last_event_id
from groundup.static import StaticFiles
from groundup.streaming import StreamingResponse
from groundup.timeouts import Timeouts
from groundup.writer import response_bytes

__all__ = [
    "CORS",
    "EOF",
    "NEED_DATA",
    "PAUSED",
    "App",
    "BasicAuth",
    "BearerAuth",
    "Connection",
    "Converter",
    "Data",
    "EndOfMessage",
    "Event",
    "EventStream",
    "FileResponse",
    "Gzip",
    "HTTPException",
    "Headers",
    "Lifecycle",
    "Limits",
    "ListenError",
    "Match",
    "Metrics",
    "Miss",
    "ProtocolError",
    "RateLimit",
    "Request",
    "RequestHead",
    "RequestId",
    "RequestLog",
    "RequestParser",
    "Response",
    "ResponseError",
    "Router",
    "Server",
    "StaticFiles",
    "StreamingResponse",
    "Timeouts",
    "Waker",
    "abort",
    "coerce",
    "last_event_id",
    "listen",
    "response_bytes",
    "send_all",
]
