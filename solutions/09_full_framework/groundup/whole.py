r"""A request that is here whole, read in one go.

Apart from the parser because it is a short cut and nothing else: nearly every request arrives in
one piece, is well formed, and needs none of the parser's patience. The rule: it accepts less than
the parser does and never decides otherwise; where it has the slightest doubt it returns None and
has taken nothing, and the parser, which knows every clause, begins at the same byte.
"""

import re

from groundup.errors import ProtocolError
from groundup.events import NO_BODY, Framing, RequestHead
from groundup.framing import content_length
from groundup.grammar import FIELD_TEXT, TARGET_TEXT, TOKEN_TEXT
from groundup.headers import Headers
from groundup.limits import Limits

# RFC 9112 §§3 and 5: a request line with a path as its target, and at most so many field lines.
# The block begins with the LF of the request line, so that every name stands after a LF.
MOST_FIELDS = 100
HEAD = re.compile(
    rb"(" + TOKEN_TEXT + rb") (?=/)(" + TARGET_TEXT + rb") HTTP/(1\.[01])\r"
    rb"(\n(?:" + FIELD_TEXT + rb"){0,%d}+)\r\n" % MOST_FIELDS
)  # fmt: skip

# Names that may decide how a request is read, found by their first letters: Host, Con…, Tra…, Exp….
# It begins with a literal LF, which a search finds at the speed of memchr; an alternation there
# would cost five times as much.
DECIDING = re.compile(r"\n([CEHTceht][ORXorx][ANPSanps][^:]*+):[\t ]*+([^\r]*+)")
DECIDES = frozenset(("host", "connection", "content-length", "transfer-encoding", "expect"))

# A Host that needs no second look: a plain name or an IPv4 address, and a port up to 65535.
PLAIN_HOST = re.compile(
    r"[0-9A-Za-z.-]++(?::(?:[1-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
)

# Hosts that were looked at before: a server answers to few names. Bounded, as anybody may ask.
known_hosts: set[str] = set()
MOST_KNOWN_HOSTS, LONGEST_KNOWN_HOST = 256, 64

# The options of Connection that are usual, and whether the connection stays (RFC 9112 §9.3).
PERSISTENCE = {"keep-alive": True, "close": False}

Whole = tuple[RequestHead, bytes, int, bool]
"""A request, its body, the position after it, and whether its peer would send another."""


def read_whole(data: bytes, start: int, limits: Limits) -> Whole | None:
    """The request that begins at `start`, if it is whole, plain and within all limits."""
    match = HEAD.match(data, start)
    if match is None:
        return None
    method, target, version, block = match.groups()
    begin = match.end()
    size = begin - start
    if size > limits.request_line or size > limits.header_bytes or method == b"CONNECT":
        return None  # perhaps too large: the parser knows exactly
    if limits.header_count < MOST_FIELDS and block.count(b"\r") > limits.header_count:
        return None
    text = block.decode("latin-1")
    modern = version == b"1.1"
    decided = decide(text, modern, limits.body)
    if decided is None:
        return None
    host, keep_alive, framing = decided
    fields, spoken = Headers.from_text(text), "1.1" if modern else "1.0"
    head = RequestHead(method.decode(), target.decode(), spoken, fields, host, False, framing)
    if framing is NO_BODY:
        return head, b"", begin, keep_alive
    end = begin + framing.length
    return (head, data[begin:end], end, keep_alive) if end <= len(data) else None


def decide(text: str, modern: bool, most: int) -> tuple[str, bool, Framing] | None:
    """Host, persistence and framing; None where more than the usual is said about them.

    `modern`: HTTP/1.1, whose connections stay unless `close` is said (RFC 9112 §9.3).
    """
    found = DECIDING.findall(text)
    if len(found) == 1 and found[0][0] == "Host":
        host: str = found[0][1]
        return (host, modern, NO_BODY) if host in known_hosts or is_plain(host) else None
    fields: dict[str, str] = {}
    for spelled, value in found:
        name = spelled.lower()
        if name in fields:
            return None  # repeated
        if name in DECIDES:
            fields[name] = value
    host = fields.pop("host", "")
    if not (host in known_hosts or is_plain(host)):
        return None
    option = fields.pop("connection", "keep-alive" if modern else "close").lower()
    length = fields.pop("content-length", None)
    if fields or option not in PERSISTENCE:
        return None  # Transfer-Encoding or Expect, or an option that is not usual
    framing = NO_BODY if length is None else length_framing(length, most)
    return None if framing is None else (host, PERSISTENCE[option], framing)


def is_plain(host: str) -> bool:
    """Whether a Host needs no second look; a short one is remembered, since it will come again."""
    if not PLAIN_HOST.fullmatch(host):
        return False
    if len(host) <= LONGEST_KNOWN_HOST:
        if len(known_hosts) >= MOST_KNOWN_HOSTS:
            known_hosts.clear()
        known_hosts.add(host)
    return True


def length_framing(value: str, most: int) -> Framing | None:
    """The framing of a Content-Length that is a number up to `most`; else None."""
    try:
        length = content_length(value)
    except ProtocolError:
        return None
    return Framing(False, length, "RFC 9112 §6.3 rule 6") if length <= most else None
