"""Conditions on a request: the table of RFC 9110 §13, one row a case, with its section."""

from __future__ import annotations

import itertools
import time

import pytest

from groundup.conditional import (
    evaluate,
    format_http_date,
    parse_etags,
    parse_http_date,
    range_applies,
    strong_match,
    weak_match,
)
from groundup.headers import Headers

NOW = 1_790_000_000.0  # September 2026
CHANGED = 784_111_777
DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"
NONSENSE = "a while ago"


def verdict(method, fields, etag='"a"', changed=CHANGED, exists=True):
    return evaluate(method, Headers(fields), etag, changed, now=NOW, exists=exists)


CASES = [  # section, method, fields, wanted
    ("13.2.2 nothing asked", "GET", {}, None),
    # If-Match
    ("13.1.1 the tag", "GET", {"If-Match": '"a"'}, None),
    ("13.1.1 another tag", "GET", {"If-Match": '"b"'}, 412),
    ("13.1.1 one of a list", "PUT", {"If-Match": '"b", "a"'}, None),
    ("13.1.1 none of a list", "PUT", {"If-Match": '"b", "c"'}, 412),
    ("13.1.1 anything that exists", "PUT", {"If-Match": "*"}, None),
    ("13.1.1 strong comparison", "GET", {"If-Match": 'W/"a"'}, 412),
    ("13.1.1 not a list: nothing may be written", "PUT", {"If-Match": "a"}, 412),
    ("13.1.1 an empty field names no tag", "PUT", {"If-Match": ""}, 412),
    ("13.1.1 a star in a list is no star", "PUT", {"If-Match": '*, "a"'}, 412),
    ("13.1.1 two lines are one list", "PUT", [("If-Match", '"b"'), ("If-Match", '"a"')], None),
    # If-Unmodified-Since
    ("13.1.4 not since", "GET", {"If-Unmodified-Since": DATE}, None),
    ("13.1.4 not since, later", "GET", {"If-Unmodified-Since": LATER}, None),
    ("13.1.4 changed since", "GET", {"If-Unmodified-Since": EARLIER}, 412),
    ("13.1.4 changed since, a write", "DELETE", {"If-Unmodified-Since": EARLIER}, 412),
    ("13.1.4 invalid date ignored", "GET", {"If-Unmodified-Since": NONSENSE}, None),
    ("13.1.4 two dates are none", "GET", [("If-Unmodified-Since", EARLIER)] * 2, None),
    # If-None-Match
    ("13.1.2 the tag, read", "GET", {"If-None-Match": '"a"'}, 304),
    ("13.1.2 the tag, HEAD", "HEAD", {"If-None-Match": '"a"'}, 304),
    ("13.1.2 the tag, write", "PUT", {"If-None-Match": '"a"'}, 412),
    ("13.1.2 weak comparison", "GET", {"If-None-Match": 'W/"a"'}, 304),
    ("13.1.2 another tag", "GET", {"If-None-Match": '"b"'}, None),
    ("13.1.2 one of a list", "GET", {"If-None-Match": '"b",W/"a" , "c"'}, 304),
    ("13.1.2 a star, read", "GET", {"If-None-Match": "*"}, 304),
    ("13.1.2 a star, write", "PUT", {"If-None-Match": "*"}, 412),
    ("13.1.2 not a list: a read costs a transfer", "GET", {"If-None-Match": '"a'}, None),
    ("13.1.2 not a list: nothing is written", "PUT", {"If-None-Match": '"a'}, 412),
    # If-Modified-Since
    ("13.1.3 not since", "GET", {"If-Modified-Since": DATE}, 304),
    ("13.1.3 not since, HEAD", "HEAD", {"If-Modified-Since": DATE}, 304),
    ("13.1.3 not since, later", "GET", {"If-Modified-Since": LATER}, 304),
    ("13.1.3 changed since", "GET", {"If-Modified-Since": EARLIER}, None),
    ("13.1.3 only for GET and HEAD", "POST", {"If-Modified-Since": DATE}, None),
    ("13.1.3 invalid date ignored", "GET", {"If-Modified-Since": NONSENSE}, None),
    ("13.1.3 two dates are none", "GET", [("If-Modified-Since", DATE)] * 2, None),
    # methods that select no representation
    ("13.2.1 OPTIONS", "OPTIONS", {"If-Match": '"b"'}, None),
    ("13.2.1 TRACE", "TRACE", {"If-None-Match": "*"}, None),
    ("13.2.1 CONNECT", "CONNECT", {"If-Match": '"b"'}, None),
]


@pytest.mark.parametrize(("story", "method", "fields", "want"), CASES, ids=[c[0] for c in CASES])
def test_a_condition_has_its_verdict(story, method, fields, want):
    assert verdict(method, fields) == want, story


MISSING = [  # section, method, fields, etag, changed, exists, wanted
    ("13.1.1 a star for nothing", "PUT", {"If-Match": "*"}, None, None, False, 412),
    ("13.1.1 a tag for nothing", "PUT", {"If-Match": '"a"'}, None, None, False, 412),
    ("13.1.1 a resource without tags", "PUT", {"If-Match": '"a"'}, None, CHANGED, True, 412),
    ("13.1.1 our own weak tag", "PUT", {"If-Match": 'W/"a"'}, 'W/"a"', None, True, 412),
    (
        "13.1.2 a star for nothing: create it",
        "PUT",
        {"If-None-Match": "*"},
        None,
        None,
        False,
        None,
    ),
    ("13.1.2 a resource without tags", "GET", {"If-None-Match": '"a"'}, None, None, True, None),
    ("13.1.2 our own weak tag", "GET", {"If-None-Match": '"a"'}, 'W/"a"', None, True, 304),
    ("13.1.3 no date to compare", "GET", {"If-Modified-Since": DATE}, '"a"', None, True, None),
    ("13.1.4 no date to compare", "PUT", {"If-Unmodified-Since": EARLIER}, '"a"', None, True, None),
]


@pytest.mark.parametrize(
    ("story", "method", "fields", "etag", "changed", "exists", "want"),
    MISSING,
    ids=[c[0] for c in MISSING],
)
def test_a_validator_may_be_missing(story, method, fields, etag, changed, exists, want):
    assert verdict(method, fields, etag, changed, exists) == want, story


# Each condition by itself: absent, holding, failing (RFC 9110 §13.2.2, steps 1 to 4).
STATES = ("absent", "holds", "fails")
VALUES = {
    "If-Match": {"holds": '"a"', "fails": '"b"'},
    "If-Unmodified-Since": {"holds": DATE, "fails": EARLIER},
    "If-None-Match": {"holds": '"b"', "fails": '"a"'},
    "If-Modified-Since": {"holds": EARLIER, "fails": DATE},
}


def by_the_steps(method, match, unmodified, none_match, modified):
    """RFC 9110 §13.2.2, read aloud."""
    first = unmodified if match == "absent" else match  # step 1, or step 2 in its place
    if first == "fails":
        return 412
    if none_match == "fails":  # step 3
        return 304 if method in ("GET", "HEAD") else 412
    if none_match == "absent" and method in ("GET", "HEAD") and modified == "fails":  # step 4
        return 304
    return None


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST", "DELETE"])
def test_conditions_are_judged_in_their_order(method):
    for states in itertools.product(STATES, repeat=4):
        named = zip(VALUES, states, strict=True)
        fields = {name: VALUES[name][state] for name, state in named if state != "absent"}
        want = by_the_steps(method, *states)
        for order in (fields.items(), reversed(list(fields.items()))):
            assert verdict(method, list(order)) == want, f"13.2.2: {method} with {fields}"


IF_RANGE = [  # section, value, etag, changed, wanted
    ("13.1.5 the tag", '"a"', '"a"', CHANGED, True),
    ("13.1.5 another tag", '"b"', '"a"', CHANGED, False),
    ("13.1.5 a weak tag never", 'W/"a"', '"a"', CHANGED, False),
    ("13.1.5 our weak tag never", 'W/"a"', 'W/"a"', CHANGED, False),
    ("13.1.5 our weak tag, asked for as strong", '"a"', 'W/"a"', CHANGED, False),
    ("13.1.5 a resource without tags", '"a"', None, CHANGED, False),
    ("13.1.5 a list is no tag", '"a", "b"', '"a"', CHANGED, False),
    ("13.1.5 a star is no tag", "*", '"a"', CHANGED, False),
    ("13.1.5 the date", DATE, '"a"', CHANGED, True),
    ("13.1.5 the date in another format", "Sun Nov  6 08:49:37 1994", '"a"', CHANGED, True),
    ("13.1.5 a later date is not exact", LATER, '"a"', CHANGED, False),
    ("13.1.5 an earlier date", EARLIER, '"a"', CHANGED, False),
    ("13.1.5 a resource without date", DATE, '"a"', None, False),
    ("13.1.5 invalid date, and no date", NONSENSE, '"a"', None, False),
    ("13.1.5 empty", "", '"a"', CHANGED, False),
]


@pytest.mark.parametrize(
    ("story", "value", "etag", "changed", "want"), IF_RANGE, ids=[c[0] for c in IF_RANGE]
)
def test_a_range_counts_only_for_what_the_client_has(story, value, etag, changed, want):
    assert range_applies(Headers({"If-Range": value}), etag, changed, now=NOW) is want, story


def test_without_if_range_a_range_counts():
    assert range_applies(Headers(), None, None, now=NOW) is True, "13.1.5"


TAGS = [
    ('"a"', ['"a"']),
    ('W/"a"', ['W/"a"']),
    ('""', ['""']),
    ('"a","b"', ['"a"', '"b"']),
    ('"a" ,\t"b"', ['"a"', '"b"']),
    ('"a,b", W/"c"', ['"a,b"', 'W/"c"']),
    (', "a",, "b" ,', ['"a"', '"b"']),  # §5.6.1.2: empty elements
    ('"\\"', ['"\\"']),  # §8.8.3: a backslash is a character and escapes nothing
    ('"\xe9"', ['"\xe9"']),  # obs-text
    ("", None),
    (",", None),
    ("a", None),
    ('"a', None),
    ('"a" "b"', None),
    ('"a""b"', None),
    ('w/"a"', None),  # §8.8.3: %s"W/" has a case
    ('W/ "a"', None),
    ('"a b"', None),  # a space is no etagc
    ('"a\x7f"', None),
    ('"a"; x', None),
    ("*", None),
]


@pytest.mark.parametrize(("field", "want"), TAGS)
def test_a_list_of_tags_is_read_by_its_grammar(field, want):
    assert parse_etags(field) == want, "RFC 9110 §8.8.3, §5.6.1"


def test_a_long_list_of_tags_is_read_in_linear_time():
    began = time.process_time()
    for field in ('"a",' * 16_000, '"a"' + " " * 64_000 + "x", "," * 64_000 + "x", 'W/"' * 21_000):
        parse_etags(field)
    assert time.process_time() - began < 0.5, "64 KiB, the most a head may hold"


COMPARED = [  # RFC 9110 §8.8.3.2, its table
    ('W/"1"', 'W/"1"', False, True),
    ('W/"1"', 'W/"2"', False, False),
    ('W/"1"', '"1"', False, True),
    ('"1"', '"1"', True, True),
    ('"1"', '"2"', False, False),
    ('"W/1"', '"1"', False, False),
]


@pytest.mark.parametrize(("a", "b", "strong", "weak"), COMPARED)
def test_tags_are_compared_as_the_table_says(a, b, strong, weak):
    assert (strong_match(a, b), strong_match(b, a)) == (strong, strong)
    assert (weak_match(a, b), weak_match(b, a)) == (weak, weak)


VALID = [
    (DATE, CHANGED),
    ("Sunday, 06-Nov-94 08:49:37 GMT", CHANGED),
    ("Sun Nov  6 08:49:37 1994", CHANGED),
    ("Wed Nov 16 08:49:37 1994", CHANGED + 10 * 86400),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
    ("Thu, 29 Feb 2024 23:59:59 GMT", 1709251199),
    ("Sat, 31 Dec 2016 23:59:60 GMT", 1483228800),  # a leap second
    ("Mon, 06 Nov 1994 08:49:37 GMT", CHANGED),  # the weekday says nothing that the date does not
    ("Fri, 31 Dec 9999 23:59:59 GMT", 253402300799),
]
INVALID = [
    "",
    "0",
    "784111777",
    "Sun, 06 Nov 1994 08:49:37",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "sun, 06 nov 1994 08:49:37 gmt",  # §5.6.7: case-sensitive
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 94 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 31 Nov 1994 08:49:37 GMT",
    "Thu, 29 Feb 2023 00:00:00 GMT",
    "Sun, 06 Nov 0000 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 23:60:00 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    "Sun, 06 Nov 1994 8:49:37 GMT",
    "Sun, ٠٦ Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT\n",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov 06  08:49:37 1994",
    "1994-11-06T08:49:37Z",
]


@pytest.mark.parametrize(("text", "want"), VALID)
def test_a_date_is_read_in_all_three_formats(text, want):
    assert parse_http_date(text, NOW) == want, "RFC 9110 §5.6.7"


@pytest.mark.parametrize("text", INVALID)
def test_what_is_no_date_is_none(text):
    assert parse_http_date(text, NOW) is None, "RFC 9110 §5.6.7"


CENTURIES = [  # now, the date, its year: RFC 9110 §5.6.7, at most 50 years in the future
    ("Mon, 21 Sep 2026 14:13:20 GMT", "06-Nov-94 08:49:37", 1994),
    ("Mon, 21 Sep 2026 14:13:20 GMT", "06-Nov-30 08:49:37", 2030),
    ("Mon, 21 Sep 2026 14:13:20 GMT", "21-Sep-76 14:13:20", 2076),
    ("Mon, 21 Sep 2026 14:13:20 GMT", "21-Sep-76 14:13:21", 1976),
    ("Mon, 21 Sep 2026 14:13:20 GMT", "01-Jan-76 00:00:00", 2076),
    ("Mon, 21 Sep 2026 14:13:20 GMT", "01-Jan-77 00:00:00", 1977),
    ("Mon, 21 Sep 2026 14:13:20 GMT", "31-Dec-25 00:00:00", 2025),
    ("Thu, 31 Dec 2099 00:00:00 GMT", "01-Jan-00 00:00:00", 2100),
    ("Thu, 31 Dec 2099 00:00:00 GMT", "01-Jan-50 00:00:00", 2050),
]


@pytest.mark.parametrize(("now", "text", "year"), CENTURIES)
def test_two_digits_are_the_nearest_year(now, text, year):
    seconds = parse_http_date(now, 0)
    found = parse_http_date(f"Monday, {text} GMT", seconds)
    assert time.gmtime(found).tm_year == year


def test_a_date_is_written_as_imf_fixdate_and_read_back():
    assert format_http_date(CHANGED) == DATE
    assert format_http_date(CHANGED + 0.999) == DATE, "a fraction is cut off, never rounded up"
    for seconds in (0, CHANGED, 1709251199, 4102444800):
        assert parse_http_date(format_http_date(seconds), NOW) == seconds
