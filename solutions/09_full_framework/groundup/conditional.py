"""Conditional requests: "only if it is still what I have", "only if it is not" (RFC 9110 §13).

Apart from the files because any resource that has a validator can be asked so, and because this
is pure: fields in, a verdict out, no file and no clock. The rule: the conditions are looked at in
the order of RFC 9110 §13.2.2, in one function, and what cannot be understood never lets a write
through.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Mapping
from datetime import date
from email.utils import formatdate
from typing import Final

from groundup.headers import Headers

# RFC 9110 §8.8.3      entity-tag = [ weak ] opaque-tag
#                      weak       = %s"W/"                     (case-sensitive)
#                      opaque-tag = DQUOTE *etagc DQUOTE
#                      etagc      = %x21 / %x23-7E / obs-text  (no space, no quote, no escapes)
ETAG_TEXT: Final = r'(?:W/)?+"[!#-~\x80-\xff]*+"'
ETAG: Final = re.compile(ETAG_TEXT)
# RFC 9110 §5.6.1.2    #entity-tag, with the empty elements that a recipient must put up with
ETAGS: Final = re.compile(rf"[\t ,]*+(?:{ETAG_TEXT}(?:[\t ]*+,[\t ,]*+|[\t ]*+\Z))++")

# RFC 9110 §5.6.7, case-sensitive; the first is how dates are written today:
#   IMF-fixdate  Sun, 06 Nov 1994 08:49:37 GMT
#   rfc850-date  Sunday, 06-Nov-94 08:49:37 GMT
#   asctime-date Sun Nov  6 08:49:37 1994
# Whether the weekday is the right one is not asked: the date says it again.
DAY: Final = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
LONG_DAY: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
MONTH: Final = f"(?P<month>{'|'.join(MONTHS)})"
CLOCK: Final = "(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
DATES: Final = (
    re.compile(f"{DAY}, (?P<day>[0-9]{{2}}) {MONTH} (?P<year>[0-9]{{4}}) {CLOCK} GMT"),
    re.compile(f"{LONG_DAY}, (?P<day>[0-9]{{2}})-{MONTH}-(?P<year>[0-9]{{2}}) {CLOCK} GMT"),
    re.compile(f"{DAY} {MONTH} (?P<day>[0-9]{{2}}| [0-9]) {CLOCK} (?P<year>[0-9]{{4}})"),
)


def evaluate(
    method: str,
    headers: Headers,
    etag: str | None,
    last_modified: int | None,
    *,
    now: float,
    exists: bool = True,
) -> int | None:
    """What the conditions of a request say: None to go on, else the status that answers it.

    `etag` as it stands in the field, `'"abc"'` or `'W/"abc"'`; `last_modified` in seconds since
    1970. None is for a validator that the resource does not have. `exists`: whether there is a
    current representation at all. `now` settles the century of two-digit years.
    304: the client has it already (GET, HEAD). 412: a condition failed. CONNECT, OPTIONS and TRACE
    have no conditions. Ask only if the answer would be a 2xx without them (RFC 9110 §13.2.1).
    If-Range: see `range_applies`.
    """
    if method in ("CONNECT", "OPTIONS", "TRACE"):  # they select no representation (§13.2.1)
        return None
    if "if-match" in headers:  # step 1
        if not if_match(headers["if-match"], etag, exists):
            return 412
    elif changed_since(headers.get("if-unmodified-since"), last_modified, now):  # step 2
        return 412
    reads = method in ("GET", "HEAD")
    if "if-none-match" in headers:  # step 3
        if not if_none_match(headers["if-none-match"], etag, exists, reads):
            return 304 if reads else 412
    elif reads and changed_since(headers.get("if-modified-since"), last_modified, now) is False:
        return 304  # step 4
    return None


def if_match(field: str, etag: str | None, exists: bool) -> bool:
    """Whether If-Match holds; a field that is no list of tags never does (RFC 9110 §13.1.1)."""
    if field == "*":
        return exists
    return etag is not None and any(strong_match(etag, tag) for tag in parse_etags(field) or ())


def if_none_match(field: str, etag: str | None, exists: bool, reads: bool) -> bool:
    """Whether If-None-Match holds (RFC 9110 §13.1.2).

    One that is no list of tags holds for a read, which then costs a transfer, and for no write.
    """
    if field == "*":
        return not exists
    tags = parse_etags(field)
    if tags is None:
        return reads
    return etag is None or not any(weak_match(etag, tag) for tag in tags)


def changed_since(field: str | None, last_modified: int | None, now: float) -> bool | None:
    """Whether something changed after the date in a field (RFC 9110 §13.1.3, §13.1.4).

    None where there is nothing to compare: no field, no valid date in it, no date of our own.
    """
    limit = parse_http_date(field, now)
    return None if limit is None or last_modified is None else last_modified > limit


def range_applies(
    headers: Headers, etag: str | None, last_modified: int | None, *, now: float
) -> bool:
    """Whether If-Range lets a Range count: absent, or our validator exactly (step 5, §13.1.5).

    A weak tag never matches: the bytes may differ. A date must be equal, not just late enough.
    A file may change twice within the second that a date can tell; a client that was given our
    tag must not send a date (§13.1.5), so only those that know no tags take that risk.
    """
    field = headers.get("if-range")
    if field is None:
        return True
    if ETAG.fullmatch(field):
        return etag is not None and strong_match(etag, field)
    return last_modified is not None and parse_http_date(field, now) == last_modified


def parse_etags(field: str) -> list[str] | None:
    """The entity tags of a list: `'"a", W/"b"'` → `['"a"', 'W/"b"']`; None if it is none."""
    return ETAG.findall(field) if ETAGS.fullmatch(field) else None


def strong_match(a: str, b: str) -> bool:
    """Equal, and neither of them weak (RFC 9110 §8.8.3.2): `W/"1"`, `W/"1"` → False."""
    return a == b and not a.startswith("W/")


def weak_match(a: str, b: str) -> bool:
    """Equal but for the mark of weakness (RFC 9110 §8.8.3.2): `W/"1"`, `"1"` → True."""
    return a.removeprefix("W/") == b.removeprefix("W/")


def file_etag(changed_ns: int, size: int, variant: str = "") -> str:
    """A strong entity tag of a file, from its time of change and its size: '"17f2c1a9-2a"'.

    Strong, because Range needs it and RFC 9110 §8.8.1 asks that it change whenever the content
    does, for which §8.8.3.1 names a combination of file attributes, and a time finer than a
    second. What it cannot tell apart: the same size written twice within one tick of the file
    system's clock, and a time set back by hand. Who does that gives an ETag of their own.
    `variant` keeps a compressed form apart from the plain one: '"17f2c1a9-2a-br"' (§8.8.3.3).
    """
    return f'"{changed_ns:x}-{size:x}{"-" if variant else ""}{variant}"'


def parse_http_date(text: str | None, now: float) -> int | None:
    """Seconds since 1970 of a date in any of the three formats; None if it is none.

    'Sun, 06 Nov 1994 08:49:37 GMT' → 784111777      'yesterday', '31 Feb', '24:00:00' → None
    """
    if text is None:
        return None
    for pattern in DATES:
        found = pattern.fullmatch(text)
        if found:
            return to_seconds(found.groupdict(), now)
    return None


def to_seconds(parts: Mapping[str, str], now: float) -> int | None:
    """The parts of a date as seconds since 1970; None for a day or an hour that never was."""
    month, day = MONTHS.index(parts["month"]) + 1, int(parts["day"])
    clock = (int(parts["hour"]), int(parts["minute"]), int(parts["second"]))
    year = int(parts["year"])
    if len(parts["year"]) == 2:
        year = nearest_year(year, (month, day, *clock), now)
    try:
        date(year, month, day)
    except ValueError:
        return None
    if clock > (23, 59, 60) or clock[1] > 59 or clock[2] > 60:  # 60 is a leap second
        return None
    return calendar.timegm((year, month, day, *clock))


def nearest_year(digits: int, rest: tuple[int, ...], now: float) -> int:
    """The year that two digits mean: never more than 50 years in the future (RFC 9110 §5.6.7).

    In 2026: 94 → 1994, 30 → 2030, 76 → 2076 or 1976, as `rest` of the date is past or to come.
    """
    this = time.gmtime(now)
    latest = this.tm_year + 50
    year = latest - (latest - digits) % 100
    return year - 100 if (year, *rest) > (latest, *this[1:6]) else year


def format_http_date(seconds: float) -> str:
    """Seconds since 1970 as IMF-fixdate: 784111777 → 'Sun, 06 Nov 1994 08:49:37 GMT'."""
    return formatdate(seconds, usegmt=True)
