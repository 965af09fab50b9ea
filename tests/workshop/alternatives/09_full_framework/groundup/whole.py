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
    end = data.find(b"\r\n\r\n", start, start + min(limits.request_line, limits.header_bytes)) + 4
    match = HEAD.fullmatch(data, start, end) if end > 3 else None
    if match is None or match[1] == b"CONNECT" or match[4].count(b"\n") - 1 > limits.header_count:
        return None
    if end - start > min(limits.request_line, limits.header_bytes):
        return None
    text = str(match[4], "latin-1")
    decided = decide(text, match[3] != b"1.0", limits.body)
    if decided is None or len(data) < end + decided[2].length:
        return None
    host, stays, framing = decided
    words = [str(match[number], "ascii") for number in (1, 2, 3)]
    head = RequestHead(*words, Headers.from_text(text), host, False, framing)
    return head, data[end : end + framing.length], end + framing.length, stays


def decide(text: str, modern: bool, most: int) -> tuple[str, bool, Framing] | None:
    """Host, persistence and framing; None where more than the usual is said about them."""
    said = [(name.lower(), value) for name, value in DECIDING.findall(text)]
    known = dict(said)
    if len(known) < len(said) or "transfer-encoding" in known or "expect" in known:
        return None
    host = known.get("host", "")
    stays: bool | None = modern
    if "connection" in known:
        stays = PERSISTENCE.get(known["connection"].lower())
    framing: Framing | None = NO_BODY
    if "content-length" in known:
        framing = length_framing(known["content-length"], most)
    if stays is None or framing is None or not is_plain(host):
        return None
    return host, stays, framing


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
