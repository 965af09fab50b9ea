"""What a file's response says, without a socket: prepared as the application does, then read."""

from __future__ import annotations

from collections.abc import Mapping
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple

from groundup.errors import HTTPException
from groundup.files import FilePart, FileResponse
from groundup.headers import Headers
from groundup.request import Request
from groundup.response import Response

Fields = Mapping[str, str] | list[tuple[str, str]]


class Answer(NamedTuple):
    """What would go over the wire. `length`: of the body, as declared."""

    status: int
    headers: Headers
    body: bytes
    length: int | None


def ask(response: Response, method: str = "GET", fields: Fields = (), target: str = "/") -> Answer:
    """Prepare `response` for a request, read all of it, and close it."""
    assert isinstance(response, FileResponse)
    try:
        response.prepare(Request.build(method, target, fields))
    except HTTPException as error:
        assert left_open(response) is False, "a response that failed to prepare holds a file open"
        return Answer(error.status_code, Headers(error.headers), b"", None)
    body = b"".join(read(chunk) for chunk in response.chunks or ())
    response.close()
    assert left_open(response) is False, "close() leaves the file open"
    return Answer(response.status_code, response.headers, body, response.length)


def read(chunk: bytes | FilePart) -> bytes:
    """The bytes of a chunk, as an engine without sendfile reads them."""
    return chunk if isinstance(chunk, bytes) else b"".join(chunk.blocks(7))


def left_open(response: FileResponse) -> bool:
    """Whether its file is open still."""
    return response._file is not None and not response._file.closed


def parts_of(answer: Answer) -> list[tuple[str, str, bytes]]:
    """(Content-Type, Content-Range, bytes) of each part, read by the standard library."""
    head = f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser().parsebytes(head + answer.body)
    assert message.is_multipart(), "the body is no multipart"
    return [
        (p["content-type"], p["content-range"], p.get_payload(decode=True))
        for p in message.get_payload()
    ]


def descriptors() -> int:
    """How many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))
