"""Task 8.8: "only if I do not have it yet" (`conditional.evaluate`)."""

import pytest

from groundup.conditional import evaluate, range_applies
from groundup.headers import Headers
from workshop import kit

pytestmark = kit.task("8.8")

ETAG, MODIFIED = '"v2"', 784111777
THEN = "Sun, 06 Nov 1994 08:49:37 GMT"
BEFORE, AFTER = "Sat, 05 Nov 1994 08:49:37 GMT", "Mon, 07 Nov 1994 08:49:37 GMT"
NOW = 1_790_000_000.0

READS = [
    ({}, None, "no condition: go on"),
    ({"If-None-Match": '"v2"'}, 304, "it has exactly this"),
    ({"If-None-Match": 'W/"v2"'}, 304, "weak is good enough for a copy"),
    ({"If-None-Match": '"v1", "v2"'}, 304, "one of those it has"),
    ({"If-None-Match": '"v1"'}, None, "it has another version"),
    ({"If-None-Match": "*"}, 304, "it has any version"),
    ({"If-None-Match": "v2"}, None, "no tag: a read costs a transfer"),
    ({"If-Modified-Since": THEN}, 304, "not changed since"),
    ({"If-Modified-Since": AFTER}, 304, "not changed since"),
    ({"If-Modified-Since": BEFORE}, None, "changed since"),
    ({"If-Modified-Since": "yesterday"}, None, "no date: no condition"),
    ({"If-None-Match": '"v1"', "If-Modified-Since": THEN}, None, "the tag decides, not the date"),
    ({"If-Match": '"v2"'}, None, "it is this one"),
    ({"If-Match": '"v1"'}, 412, "it is not"),
    ({"If-Match": 'W/"v2"'}, 412, "a weak tag is not strong enough"),
    ({"If-Match": '"v1"', "If-None-Match": '"v2"'}, 412, "If-Match comes first"),
    ({"If-Unmodified-Since": BEFORE}, 412, "it has been changed"),
    ({"If-Unmodified-Since": THEN}, None, "it has not"),
    ({"If-Match": '"v2"', "If-Unmodified-Since": BEFORE}, None, "the tag decides, not the date"),
]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("fields", "want", "what"), READS, ids=[str(f) for f, _, _ in READS])
def test_a_read_with_conditions(method, fields, want, what):
    kit.did(f"{method} with {fields}; the file: ETag {ETAG}, Last-Modified {THEN}")
    kit.expect(
        evaluate(method, Headers(fields), ETAG, MODIFIED, now=NOW),
        want,
        f"the status that answers it, or None to go on: {what}",
        section="RFC 9110 §13.2.2",
    )


def test_a_write_with_conditions():
    for fields, want in (
        ({"If-None-Match": '"v2"'}, 412),
        ({"If-None-Match": "v2"}, 412),
        ({"If-Modified-Since": THEN}, None),
        ({"If-Match": '"v2"'}, None),
    ):
        kit.did(f"PUT with {fields}")
        got = evaluate("PUT", Headers(fields), ETAG, MODIFIED, now=NOW)
        kit.expect(got, want, "412 where a read would get a 304; no date lets a write through")


@pytest.mark.parametrize("method", ["CONNECT", "OPTIONS", "TRACE"])
def test_what_selects_nothing_has_no_conditions(method):
    got = evaluate(method, Headers({"If-Match": '"v1"'}), ETAG, MODIFIED, now=NOW)
    kit.expect(got, None, f"{method} has no conditions", section="RFC 9110 §13.2.1")


IF_RANGE = [
    ({}, True, "no If-Range: the Range counts"),
    ({"If-Range": '"v2"'}, True, "still the same"),
    ({"If-Range": '"v1"'}, False, "another file by now: all of it, please"),
    ({"If-Range": 'W/"v2"'}, False, "weak: the bytes may differ"),
    ({"If-Range": THEN}, True, "exactly this date"),
    ({"If-Range": AFTER}, False, "a later date is another one"),
    ({"If-Range": "v2"}, False, "neither a tag nor a date"),
]


@pytest.mark.parametrize(("fields", "want", "what"), IF_RANGE, ids=[str(f) for f, _, _ in IF_RANGE])
def test_whether_a_range_still_makes_sense(fields, want, what):
    kit.did(f"GET with {fields}; the file: ETag {ETAG}, Last-Modified {THEN}")
    kit.expect(
        range_applies(Headers(fields), ETAG, MODIFIED, now=NOW),
        want,
        what,
        why="half of the old file and half of the new one are no file",
        section="RFC 9110 §13.1.5",
    )
