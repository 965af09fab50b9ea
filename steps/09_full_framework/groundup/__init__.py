"""groundup: a strict HTTP/1.1 framework on the standard library alone.

`from groundup import App` is where a program begins; the other names are here for those
who build with the parts. Rule: this file only names what the modules define.
"""

from groundup.app import App
from groundup.asgi import AsgiApp
from groundup.caseless import CaseInsensitiveDict
from groundup.config import ConfigError, load_config
from groundup.connection import Connection
from groundup.cookies import CookieDict
from groundup.engines.settings import Settings
from groundup.errors import HTTPException, ProtocolError, ResponseError, abort
from groundup.events import EOF, NEED_DATA, PAUSED, Data, EndOfMessage, RequestHead
from groundup.files import FileResponse
from groundup.forms import Form, UploadedFile
from groundup.headers import Headers
from groundup.httpserver import HTTPServer
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
from groundup.replies import (
    HTMLResponse,
    HtmlResponse,
    JSONResponse,
    JsonResponse,
    PlainTextResponse,
    RedirectResponse,
    XMLResponse,
    XmlResponse,
)
from groundup.request import Request
from groundup.response import Response, coerce
from groundup.routing import Match, Miss, Router
from groundup.server import Server
from groundup.sse import Event, EventStream, last_event_id
from groundup.static import StaticFiles
from groundup.streambody import parse_into
from groundup.streaming import StreamingResponse
from groundup.streamserver import HTTPConnection
from groundup.testing import TestClient
from groundup.timeouts import Timeouts
from groundup.typed import readers
from groundup.writer import response_bytes

__all__ = [
    "AsgiApp",
    "HTTPServer",
    "HTTPConnection",
    "parse_into",
    "TestClient",
    "CORS",
    "CaseInsensitiveDict",
    "ConfigError",
    "load_config",
    "CookieDict",
    "Form",
    "UploadedFile",
    "HTMLResponse",
    "HtmlResponse",
    "JSONResponse",
    "JsonResponse",
    "PlainTextResponse",
    "RedirectResponse",
    "XMLResponse",
    "XmlResponse",
    "readers",
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
    "Settings",
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
