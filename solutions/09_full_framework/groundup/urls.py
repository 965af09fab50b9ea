"""The text of a URL, and the characters it stands for.

Apart from the router and the request because both decode, and they must never
disagree. The rule: a piece of a path is decoded exactly once, after it was split
at its slashes, so that `%2F` is a character of a name and never a border.
Grammar: RFC 3986 §2.1 (escapes), §3.3 (paths).
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, quote, unquote_to_bytes

from groundup.errors import HTTPException

# A "%" that does not begin an escape: RFC 3986 §2.1, pct-encoded = "%" HEXDIG HEXDIG
BROKEN_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")

# What may stand in a segment as it is, beside letters, digits and "-._~": RFC 3986 §3.3, pchar
SEGMENT_SAFE = "!$&'()*+,;=:@"

# "." or ".." as a whole piece of a path; a backslash is a slash to Windows
DOT_SEGMENT = re.compile(r"(?:^|[/\\])\.{1,2}(?:[/\\]|\Z)")


def percent_decode(text: str) -> str:
    """The characters that a piece of a path stands for. Decodes once, never twice.

    'caf%C3%A9' → 'café'      '%252e' → '%2e'      'a+b' → 'a+b' (a plus is a plus)
    Raises HTTPException 400 for an escape that is cut off or not hexadecimal ('%4', '%zz'),
    for bytes that are not UTF-8 ('%FF'), and for NUL ('%00'). RFC 3986 §2.1, §2.4.
    """
    if "%" not in text:
        return text
    if BROKEN_ESCAPE.search(text):
        raise HTTPException(400, "a percent sign in the path begins no escape")
    try:
        decoded = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise HTTPException(400, "the path is not UTF-8") from None
    if "\0" in decoded:
        raise HTTPException(400, "the path holds a NUL")
    return decoded


def split_path(path: str) -> list[str]:
    """The decoded pieces of a path that is still encoded. Split first, then decode.

    '/files/a%2Fb' → ['', 'files', 'a/b']      '/' → ['', '']      '//x' → ['', '', 'x']
    The first piece stands before the first slash, and is empty in a path.
    """
    if "%" in path:
        return [percent_decode(piece) for piece in path.split("/")]
    return path.split("/")


def has_dot_segment(text: str) -> bool:
    """Whether a decoded path climbs or stands still ('..', '.'): no honest client sends it.

    Browsers and curl resolve dots before they send (RFC 3986 §5.2.4).
    """
    return "." in text and DOT_SEGMENT.search(text) is not None


def quote_segment(text: str) -> str:
    """One path segment, encoded where it must be: 'a/b é' → 'a%2Fb%20%C3%A9', 'a+b' → 'a+b'."""
    return quote(text, safe=SEGMENT_SAFE)


def quote_path(text: str) -> str:
    """Several path segments, encoded; the slashes stay: 'a/b é' → 'a/b%20%C3%A9'."""
    return quote(text, safe=SEGMENT_SAFE + "/")


def parse_query(query_string: str) -> dict[str, list[str]]:
    """The fields of a query, each name with all of its values, in the order they came.

    'tag=a&tag=b+c&empty=' → {'tag': ['a', 'b c'], 'empty': ['']}
    Here a plus is a space, and a broken escape stays as it is: queries are forms, and
    forms have rules of their own (WHATWG URL §5.1).
    """
    return parse_qs(query_string, keep_blank_values=True)
