"""The text of a URL, and the characters it stands for; read by hand, without a pattern.

Apart, because router and request both decode and must never disagree. The rule: split at the
slashes first, then decode each piece, exactly once.
"""

from string import hexdigits
from urllib.parse import parse_qsl, quote

from groundup.errors import HTTPException

IN_A_SEGMENT = "!$&'()*+,;=:@"  # beside the unreserved ones: RFC 3986 §3.3, pchar


def percent_decode(text: str) -> str:
    """The characters that a piece of a path stands for; HTTPException 400 if there are none."""
    before, *pieces = text.split("%")
    raw = bytearray(before.encode())
    for piece in pieces:
        if len(piece) < 2 or set(piece[:2]) - set(hexdigits):
            raise HTTPException(400, "a percent sign without two hexadecimal digits")
        raw.append(int(piece[:2], 16))
        raw += piece[2:].encode()
    if 0 in raw:
        raise HTTPException(400, "a NUL in the path")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise HTTPException(400, "the path is not UTF-8") from None


def split_path(path: str) -> list[str]:
    """`"/files/a%2Fb"` → `["", "files", "a/b"]`."""
    return list(map(percent_decode, path.split("/")))


def has_dot_segment(text: str) -> bool:
    """Whether a decoded path climbs or stands still."""
    return not {".", ".."}.isdisjoint(text.replace("\\", "/").split("/"))


def quote_segment(text: str) -> str:
    """One path segment, encoded."""
    return quote(text, safe=IN_A_SEGMENT)


def quote_path(text: str) -> str:
    """Several path segments, encoded; the slashes stay."""
    return "/".join(map(quote_segment, text.split("/")))


def parse_query(query_string: str) -> dict[str, list[str]]:
    """The fields of a query, each name with all of its values, in the order they came."""
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    return fields
