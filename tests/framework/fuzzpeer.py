"""h11's reading of the same bytes, and the differences between it and ours that are meant.

Apart because it is the only one that needs h11. Every difference between two strict parsers must be
somebody's decision: those of ours stand in `STRICTER`, h11's in `H11_STRICTER`, each with its
reason. Rule: whatever is in neither table is a fault, ours until shown otherwise.
"""

from __future__ import annotations

import re
from typing import Any

import h11

MOST = 1 << 22  # h11's own limit of a head is not what is compared

# What groundup refuses and h11 takes: the reason of the ProtocolError → why.
STRICTER = {
    "a line ends with LF alone: CRLF is needed": "h11 takes LF; RFC 9112 §2.2 lets us refuse",
    "a CR stands without its LF inside a line": "h11 takes any byte in a chunk extension",
    "a field line begins with whitespace (obs-fold)": "h11 unfolds; RFC 9112 §5.2 lets us refuse",
    "a field value has a control character": "h11 takes them, for cookies seen in the wild",
    "the target has a character it may not have": "h11 takes '#' (fragments are never sent)",
    "the target * is for OPTIONS alone": "h11 takes any target of visible characters",
    "the target is no path and no http URI": "h11 takes any target of visible characters",
    "the target names a user": "h11 takes any target of visible characters",
    "the target names no host": "h11 takes any target of visible characters",
    "CONNECT needs host:port as its target": "h11 takes any target of visible characters",
    "the host is malformed": "h11 counts Hosts and does not read them",
    "the host's port is above 65535": "h11 counts Hosts and does not read them",
    "the host is no IPv6 address": "h11 counts Hosts and does not read them",
    "Host is missing": "h11 wants one in HTTP/1.1 exactly; 1.2 is spoken as 1.1 here",
    "only HTTP/1 is spoken here": "h11 takes any digit.digit",
    "Content-Length with Transfer-Encoding": "h11 follows Transfer-Encoding; RFC 9112 §6.1 warns",
    "Content-Length is repeated": "h11 takes equal ones as one (RFC 9110 §8.6 allows both)",
    "Content-Length is no number": "h11 takes '3, 3' as one (RFC 9110 §8.6 allows both)",
    "Content-Length has more than 19 digits": "h11 takes 20",
    "Transfer-Encoding in HTTP/1.0": "h11 follows it; RFC 9112 §6.1 calls the framing faulty",
    "an expectation is not 100-continue": "h11 leaves Expect to the application",
    "a chunk's size line is malformed": "h11 takes any extension, space at the end, 20 digits",
    "a field that may not be a trailer": "h11 gives every trailer to the application",
    # limits
    "the request line is longer than its limit": "a limit",
    "the field section is larger than its limit": "a limit",
    "there are more field lines than the limit": "a limit",
    "Content-Length is above the limit": "a limit",
    "the chunks are more than the limit": "a limit",
    "the chunk extensions are longer than their limit": "a limit",
}

# What h11 refuses and groundup takes: how h11's message begins → why.
H11_STRICTER = {
    "no request line received": "an empty line first: RFC 9112 §2.2 asks to ignore one",
    "Only Transfer-Encoding": "empty elements in the list: RFC 9110 §5.6.1.2 has them ignored",
    "multiple Transfer-Encoding": "the same, over two lines",
    "illegal chunk header": "space before an extension's semicolon: RFC 9112 §7.1.1 has BWS there",
}
SPACE_BEFORE_EXTENSION = re.compile(
    r"illegal chunk header: bytearray\(b['\"][0-9A-Fa-f]{1,16}(?: |\\t)+;"
)


def meant(refusal: str) -> str | None:
    """The class of a refusal of h11's, if it is one that is meant."""
    begins = next((text for text in H11_STRICTER if refusal.startswith(text)), None)
    if begins == "illegal chunk header" and not SPACE_BEFORE_EXTENSION.match(refusal):
        return None
    return begins


Request = tuple[Any, ...]


class Peer:
    """h11 reading a stream: the requests that it took, and why it took no more."""

    def __init__(self, data: bytes) -> None:
        self.requests: list[Request] = []
        self.refusal = ""  # "" when the stream ends between two requests
        at = 0
        while at < len(data) and not self.refusal:
            at += self.read(data[at:], at)

    def read(self, data: bytes, at: int) -> int:
        """One request; how many bytes it takes. Each has a connection of its own."""
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST)
        head, body = None, []
        try:
            connection.receive_data(data)
            while (event := connection.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Request):
                    head = event
                elif isinstance(event, h11.Data):
                    body.append(bytes(event.data))
                else:
                    break
        except h11.RemoteProtocolError as error:
            self.refusal = str(error)
            return 0
        if event is h11.NEED_DATA:
            self.refusal = "the stream ends inside a request"
            return 0
        used = len(data) - len(connection.trailing_data[0])
        self.requests.append(as_ours(head, body, event, at + used, stays(connection, head)))
        return used


def stays(connection: h11.Connection, head: Any) -> bool | None:
    """Whether h11 would keep the connection; None where it and we mean different things.

    It never keeps one of HTTP/1.0, and waits after CONNECT or Upgrade.
    """
    if head.http_version == b"1.0" or connection.their_state is h11.MIGHT_SWITCH_PROTOCOL:
        return None
    return connection.their_state is not h11.MUST_CLOSE


def as_ours(head: Any, body: list[bytes], end: Any, at: int, stays: bool | None) -> Request:
    """In the form of `fuzzread.requests`."""
    pairs = text_pairs(head.headers)
    line = head.method.decode(), head.target.decode(), head.http_version == b"1.0"
    return *line, pairs, b"".join(body), text_pairs(end.headers), at, stays


def text_pairs(headers: Any) -> list[tuple[str, str]]:
    """Names and values as text."""
    return [(name.decode(), value.decode("latin-1")) for name, value in headers]


def ours(said: list[tuple[Any, ...]]) -> list[Request]:
    """The complete requests in what our parser said, in the form of `as_ours`."""
    requests: list[Request] = []
    head: tuple[Any, ...] = ()
    body = b""
    for kind, *told in said:
        if kind == "head":
            head, body = told[0], b""
        elif kind == "data":
            body = told[0]
        elif kind == "end":
            method, target, version, _, fields, _, _, keep = head
            line = method, target, version == "1.0"
            pairs = [(n, v.lower() if n == "transfer-encoding" else v) for n, v in fields]
            trailers = [tuple(pair) for pair in told[0]]
            requests.append((*line, pairs, body, trailers, told[1], keep))
    return requests


def agree(ours: Request, theirs: Request) -> bool:
    """The same request, by all that both say of it."""
    return ours[:-1] == theirs[:-1] and (theirs[-1] is None or ours[-1] == theirs[-1])
