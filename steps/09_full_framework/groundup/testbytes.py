"""What a test's client writes on the wire, and how it reads what comes back.

Apart from the client because here are bytes and no application. The rule: a request is written as a
plain client would, and an answer is read by the standard library, which knows nothing of us.
"""

from __future__ import annotations

import http.client
import io
import json as jsons
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from groundup.cookies import CookieDict
from groundup.forms import URLENCODED
from groundup.headers import Headers
from groundup.writer import LAST_CHUNK, chunk


def request_bytes(
    method: str, url: str, own: Iterable[tuple[str, str]], cookies: CookieDict, *,
    params: Any = None, headers: Any = (), body: Any = b"", json: Any = None,
    form: Mapping[str, Any] | None = None,
) -> bytes:  # fmt: skip
    """A request as it goes out. `own`: fields that each request has, Host among them."""
    fields = Headers([*own])
    for name, value in Headers(headers).items():
        fields[name] = value
    if cookies:
        fields.setdefault("cookie", str(cookies))
    if json is not None:
        body, kind = jsons.dumps(json), "application/json"
    elif form is not None:
        body, kind = urlencode(form, doseq=True), URLENCODED
    else:
        kind = ""
    if kind:
        fields.setdefault("content-type", kind)
    content = framed(body, fields)
    if params:
        url += ("&" if "?" in url else "?") + urlencode(params, doseq=True)
    lines = [f"{method} {url} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def framed(body: Any, fields: Headers) -> bytes:
    """A body as it goes out, with the field that says how."""
    if isinstance(body, str | bytes):
        content = as_bytes(body)
        if content:
            fields.setdefault("content-length", str(len(content)))
        return content
    fields["transfer-encoding"] = "chunked"
    return b"".join(chunk(as_bytes(part)) for part in body) + LAST_CHUNK


def as_bytes(text: str | bytes) -> bytes:
    """Text as UTF-8."""
    return text.encode() if isinstance(text, str) else text


class Wire:
    """What `http.client` takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *mode: Any) -> io.BytesIO:
        """The bytes, to be read."""
        return io.BytesIO(self._data)


def read_response(data: bytes, method: str) -> tuple[int, Headers, bytes]:
    """Status, fields and body; http.client.IncompleteRead for one that is cut off."""
    answer = http.client.HTTPResponse(Wire(data), method=method)  # type: ignore[arg-type]
    answer.begin()
    return answer.status, Headers(answer.getheaders()), answer.read()
