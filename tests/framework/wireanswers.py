"""Answers as a strict client reads them: bytes in, one `Answer` after the other out.

Apart from the socket, because the sans-I/O runs read the same bytes. It reads by what was asked
(a HEAD has no body) and takes nothing that RFC 9112 does not allow a server to send. Rule: what
is wrong in every answer, whatever was asked, is found here and not in a row of a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) ([\t \x21-\x7e\x80-\xff]*)")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
SIZE = re.compile(rb"[0-9a-fA-F]{1,16}")
BODILESS = (204, 304)


class Malformed(AssertionError):
    """A server may not send this."""


@dataclass
class Answer:
    """One response. `framing`: "none", "length", "chunked", "close"."""

    status: int
    fields: list[tuple[str, str]]
    framing: str = "none"
    body: bytes = b""
    whole: bool = True  # False: the end of the stream cut it off
    method: str = field(default="GET", repr=False)  # of the request

    def get(self, name: str) -> str | None:
        """The value of a field, of several lines joined."""
        values = [value for key, value in self.fields if key == name]
        return ", ".join(values) if values else None

    @property
    def closing(self) -> bool:
        """Whether it says that it is the last."""
        return "close" in (self.get("connection") or "").lower().replace(" ", "").split(",")


def take(data: bytes, method: str, ended: bool) -> tuple[Answer, bytes] | None:
    """The first answer in `data` and the rest; None while it is not all there.

    `ended`: no more will come. An answer that this cuts off is given with `whole` False.
    """
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        if ended and data:
            raise Malformed(f"the stream ends inside a head: {data[-200:]!r}")
        check_status_line(data)
        return None
    answer = read_head(head, method)
    if answer.framing == "length":
        return take_length(answer, rest, ended)
    if answer.framing == "chunked":
        return take_chunks(answer, rest, ended)
    if answer.framing == "close":
        answer.body = rest
        return (answer, b"") if ended else None
    return answer, rest


def check_status_line(data: bytes) -> None:
    """What has come so far must be able to become an answer: a leftover body does not."""
    if data[:9] != b"HTTP/1.1 "[: len(data)]:
        raise Malformed(f"these bytes belong to no answer: {data[:200]!r}")


def read_head(head: bytes, method: str) -> Answer:
    """Status line and fields, and how the body is delimited (RFC 9112 §6.3)."""
    first, *lines = head.split(b"\r\n")
    line = STATUS_LINE.fullmatch(first)
    if line is None:
        raise Malformed(f"not a status line: {first[:200]!r}")
    fields = [read_field(text) for text in lines]
    answer = Answer(int(line[1]), fields, method=method)
    answer.framing = framing(answer)
    return answer


def read_field(line: bytes) -> tuple[str, str]:
    """A field line as a pair, its name in lower case."""
    match = FIELD.fullmatch(line)
    if match is None:
        raise Malformed(f"not a field line: {line!r}")
    return match[1].decode().lower(), match[2].decode("latin-1").rstrip(" \t")


def framing(answer: Answer) -> str:
    """How the body ends; Malformed for fields that this answer may not have."""
    length, coding = answer.get("content-length"), answer.get("transfer-encoding")
    if coding is not None and length is not None:
        raise Malformed("Content-Length with Transfer-Encoding (RFC 9112 §6.2)")
    if coding not in (None, "chunked"):
        raise Malformed(f"Transfer-Encoding: {coding}")
    if length is not None and not re.fullmatch(r"[0-9]+", length):
        raise Malformed(f"Content-Length: {length}")
    if answer.status < 200 or answer.status == 204:
        if (length, coding) != (None, None):
            raise Malformed(f"a {answer.status} with a length (RFC 9110 §8.6, RFC 9112 §6.1)")
        return "none"
    if answer.method == "HEAD" or answer.status in BODILESS:
        return "none"
    return "length" if length is not None else "chunked" if coding else "close"


def take_length(answer: Answer, rest: bytes, ended: bool) -> tuple[Answer, bytes] | None:
    """A body of so many bytes."""
    length = int(answer.get("content-length") or "")
    if len(rest) < length and not ended:
        return None
    answer.whole, answer.body = len(rest) >= length, rest[:length]
    return answer, rest[length:]


def take_chunks(answer: Answer, rest: bytes, ended: bool) -> tuple[Answer, bytes] | None:
    """A body in chunks (RFC 9112 §7.1); we send no extensions and no trailers."""
    body: list[bytes] = []
    while True:
        line, found, after = rest.partition(b"\r\n")
        size = int(line, 16) if found and SIZE.fullmatch(line) else -1
        if found and size < 0:
            raise Malformed(f"not a chunk size: {line[:100]!r}")
        if not found or len(after) < size + 2:
            answer.whole, answer.body = False, b"".join(body)
            return (answer, b"") if ended else None
        if after[size : size + 2] != b"\r\n":
            raise Malformed(f"a chunk does not end with CRLF: {after[size:][:20]!r}")
        body.append(after[:size])
        rest = after[size + 2 :]
        if size == 0:
            answer.body = b"".join(body)
            return answer, rest


def check_answer(answer: Answer, version: str, *, dated: bool = True) -> None:
    """What holds for every answer, whatever was asked; `version` is the request's."""
    if dated and answer.status >= 200 and answer.get("date") is None:
        raise Malformed(f"a {answer.status} without Date (RFC 9110 §6.6.1)")
    for name in ("content-length", "transfer-encoding", "date", "connection", "content-range"):
        if sum(key == name for key, _ in answer.fields) > 1:
            raise Malformed(f"{name} is there twice")
    if answer.status == 205 and answer.body:
        raise Malformed("a 205 has a body (RFC 9110 §15.3.6)")
    if version == "1.0" and answer.get("transfer-encoding") is not None:
        raise Malformed("Transfer-Encoding to an HTTP/1.0 client (RFC 9112 §6.1)")
    if version == "1.0" and answer.status < 200:
        raise Malformed(f"a {answer.status} to an HTTP/1.0 client (RFC 9110 §15.2)")
    if answer.framing == "close" and version == "1.1" and not answer.closing:
        raise Malformed("a body up to the close of the connection does not say close")
