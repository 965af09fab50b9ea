"""Conditions: the steps of RFC 9110 §13.2.2 as a table, tags and dates read letter by letter.

Another design than the solution's, which has an `if` for each step and regular expressions.
"""

import calendar
import time
from datetime import date
from email.utils import formatdate

READS = ("GET", "HEAD")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
SHORT_DAYS = [day[:3] for day in DAYS]


class Asked:
    """One request's question: each method is a step's condition, True where it holds."""

    def __init__(self, method, etag, last_modified, now, exists):
        self.etag, self.last_modified, self.now, self.exists = etag, last_modified, now, exists
        self.reads = method in READS

    def if_match(self, field):
        if field == "*":
            return self.exists
        return any(strong_match(self.etag or "W/", tag) for tag in parse_etags(field) or ())

    def if_unmodified_since(self, field):
        when = parse_http_date(field, self.now)
        return when is None or self.last_modified is None or self.last_modified <= when

    def if_none_match(self, field):
        if field == "*":
            return not self.exists
        tags = parse_etags(field)
        if tags is None:
            return self.reads
        return self.etag is None or bare(self.etag) not in map(bare, tags)

    def if_modified_since(self, field):
        when = parse_http_date(field, self.now)
        return when is None or self.last_modified is None or self.last_modified > when


# The field; the one that takes its place, if that is there; its condition; for reads alone?;
# what answers a read and a write whose condition does not hold.
STEPS = (
    ("if-match", None, Asked.if_match, False, (412, 412)),
    ("if-unmodified-since", "if-match", Asked.if_unmodified_since, False, (412, 412)),
    ("if-none-match", None, Asked.if_none_match, False, (304, 412)),
    ("if-modified-since", "if-none-match", Asked.if_modified_since, True, (304, 304)),
)


def evaluate(method, headers, etag, last_modified, *, now, exists=True):
    asked = Asked(method, etag, last_modified, now, exists)
    for name, better, holds, for_reads, answers in STEPS:
        if name not in headers or (better is not None and better in headers):
            continue
        if method in ("CONNECT", "OPTIONS", "TRACE") or (for_reads and not asked.reads):
            continue
        if not holds(asked, headers[name]):
            return answers[0 if asked.reads else 1]
    return None


def range_applies(headers, etag, last_modified, *, now):
    field = headers.get("if-range")
    if field is None:
        return True
    if parse_etags(field) == [field]:
        return etag is not None and strong_match(etag, field)
    when = parse_http_date(field, now)
    return when is not None and when == last_modified


def parse_etags(field):
    """A scanner: a tag, then a comma or the end, and so on. None for what is no list of tags."""
    tags, at = [], 0
    while True:
        while at < len(field) and field[at] in " \t,":
            at += 1
        if at == len(field):
            return tags or None
        start = at
        at += 2 if field.startswith("W/", at) else 0
        end = field.find('"', at + 1)
        if not field.startswith('"', at) or end < 0:
            return None
        if any(letter <= " " or letter == "\x7f" for letter in field[at:end]):
            return None
        if any(letter > "\xff" for letter in field[at:end]):
            return None
        at = end + 1
        tags.append(field[start:at])
        rest = field[at:].lstrip(" \t")
        if rest and not rest.startswith(","):
            return None


def bare(tag):
    return tag[2:] if tag.startswith("W/") else tag


def strong_match(a, b):
    return a == b and a.startswith('"')


def weak_match(a, b):
    return bare(a) == bare(b)


def file_etag(changed_ns, size, variant=""):
    parts = [f"{changed_ns:x}", f"{size:x}", *([variant] if variant else [])]
    return '"' + "-".join(parts) + '"'


def parse_http_date(text, now):
    """By the place of each letter: one that is written another way is no date."""
    day, comma, rest = (text or "").partition(", ")
    if comma and day in SHORT_DAYS and rest[11:12] == " ":
        order = (rest[:2], " ", rest[3:6], " ", rest[7:11], " ", rest[12:20], " GMT")
        parts = order[0], order[2], order[4], order[6]
    elif comma and day in DAYS:
        order = (rest[:2], "-", rest[3:6], "-", rest[7:9], " ", rest[10:18], " GMT")
        parts = order[0], order[2], order[4], order[6]
    else:
        day, rest = (text or "")[:3], (text or "")[3:]
        order = (" ", rest[1:4], " ", rest[5:7], " ", rest[8:16], " ", rest[17:21])
        parts = order[3].replace(" ", "0", 1), order[1], order[7], order[5]
        if day not in SHORT_DAYS:
            return None
    return seconds_of(parts, now) if "".join(order) == rest else None


def seconds_of(parts, now):
    day, month, year, clock = parts
    hour, minute, second = clock[:2], clock[3:5], clock[6:]
    if clock != f"{hour}:{minute}:{second}" or month not in MONTHS or len(year) not in (2, 4):
        return None
    texts = day, hour, minute, second
    if any(len(text) != 2 for text in texts):
        return None
    if not all(text.isascii() and text.isdecimal() for text in (*texts, year)):
        return None
    found = MONTHS.index(month) + 1, *map(int, texts)
    years = [int(year)] if len(year) == 4 else nearest(int(year), found, now)
    try:
        date(years[0], *found[:2])
    except ValueError:
        return None
    if found[2] > 23 or found[3] > 59 or found[4] > 60:
        return None
    return calendar.timegm((years[0], *found))


def nearest(digits, rest, now):
    """The years that end in these digits, the latest first, none more than 50 years away."""
    limit = time.gmtime(now)
    limit = (limit.tm_year + 50, *limit[1:6])
    years = range(limit[0], limit[0] - 200, -1)
    return [year for year in years if year % 100 == digits and (year, *rest) <= limit]


def format_http_date(seconds):
    return formatdate(seconds, usegmt=True)
