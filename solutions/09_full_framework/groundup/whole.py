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
from groundup.grammar import TARGET_TEXT, TOKEN_TEXT
from groundup.headers import Headers
from groundup.limits import Limits

# The shape of a head, RFC 9112 §§3 and 5: a request line with a path as its target, and lines of
# name, colon and anything without a CR. What a value may not hold is looked for afterwards, by
# `translate` and `count`, which are several times faster than a class of characters.
SHAPE = re.compile(
    rb"(" + TOKEN_TEXT + rb") (?=/)(" + TARGET_TEXT + rb") HTTP/(1\.[01])\r"
    rb"(\n(?:" + TOKEN_TEXT + rb":[^\r]*+\r\n)*+)\r\n"
)  # fmt: skip

# RFC 9110 §5.5: what may stand in a field section; LF and CR are counted apart.
ALLOWED = bytes([0x09, 0x0A, 0x0D, *range(0x20, 0x7F), *range(0x80, 0x100)])

# The fields that decide how a request is read. It begins with a literal LF, which the search
# finds at the speed of memchr; an alternation there would cost five times as much.
DECIDING = re.compile(
    r"\n(?=[cehtCEHT])(?ai:(host|content-length|transfer-encoding|connection|expect)):"
    r"[\t ]*+((?:[^\r]*[^\r\t ])?+)"
)

# A Host that needs no second look: a plain name or an IPv4 address, and a port up to 65535.
PLAIN_HOST = re.compile(
    r"[0-9A-Za-z.-]++(?::(?:[1-5]?[0-9]{1,4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?"
)


Whole = tuple[RequestHead, bytes, int, bool]
"""A request, its body, the position after it, and whether its peer would send another."""


def read_whole(data: bytes, start: int, limits: Limits) -> Whole | None:
    """The request that begins at `start`, if it is whole, plain and within all limits."""
    match = SHAPE.match(data, start)
    if match is None:
        return None
    method, target, version, block = match.groups()
    begin = match.end()
    if not is_plain(block, begin - start, limits) or method == b"CONNECT":
        return None
    text = block.decode("latin-1")
    decided = decide(text, version == b"1.1", limits.body)
    if decided is None:
        return None
    host, keep_alive, framing = decided
    fields = Headers.from_text(text)
    head = RequestHead(
        method.decode(), target.decode(), version.decode(), fields, host, False, framing
    )
    if framing is NO_BODY:
        return head, b"", begin, keep_alive
    end = begin + framing.length
    return (head, data[begin:end], end, keep_alive) if end <= len(data) else None


def is_plain(block: bytes, size: int, limits: Limits) -> bool:
    """Whether a field block holds no forbidden byte, and its head of `size` bytes is in limits.

    `block` begins with the LF of the request line; `size` counts the whole head.
    """
    section = len(block) + 1  # with the empty line, as the parser counts it
    lines = block.count(b"\r")
    return (
        not block.translate(None, ALLOWED)
        and block.count(b"\n") == lines + 1  # else there is a bare LF somewhere
        and lines <= limits.header_count
        and section <= limits.header_bytes
        and size - section - 2 <= limits.request_line
    )


def decide(text: str, modern: bool, most: int) -> tuple[str, bool, Framing] | None:
    """Host, persistence and framing; None where more than the usual is said about them.

    `modern`: HTTP/1.1, whose connections stay unless `close` is said (RFC 9112 §9.3).
    """
    found = DECIDING.findall(text)
    if len(found) == 1 and len(found[0][0]) == 4:  # nothing but Host
        host = found[0][1]
        return (host, modern, NO_BODY) if PLAIN_HOST.fullmatch(host) else None
    fields = {name.lower(): value for name, value in found}
    host = fields.pop("host", "")
    option = fields.pop("connection", "").lower()
    length = fields.pop("content-length", None)
    if fields or len(found) != (host != "") + (option != "") + (length is not None):
        return None  # Transfer-Encoding, Expect, or one of the three repeated or empty
    if not PLAIN_HOST.fullmatch(host) or option not in ("", "keep-alive", "close"):
        return None
    keep_alive = option == "keep-alive" or (modern and option != "close")
    framing = NO_BODY if length is None else length_framing(length, most)
    return None if framing is None else (host, keep_alive, framing)


def length_framing(value: str, most: int) -> Framing | None:
    """The framing of a Content-Length that is a number up to `most`; else None."""
    try:
        length = content_length(value)
    except ProtocolError:
        return None
    return Framing(False, length, "RFC 9112 §6.3 rule 6") if length <= most else None
