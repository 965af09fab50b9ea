"""Task 7.7: what a client would take (`codings.parse_accept_encoding`, `.preferred_codings`)."""

import pytest

from groundup.codings import parse_accept_encoding, preferred_codings
from workshop import kit

pytestmark = kit.task("7.7")

FIELDS = [
    ("gzip", {"gzip": 1.0}),
    ("br, gzip;q=0.5, *;q=0", {"br": 1.0, "gzip": 0.5, "*": 0.0}),
    ("GZIP", {"gzip": 1.0}),
    ("gzip;Q=0.3", {"gzip": 0.3}),
    ("gzip ; q=0.25,\tbr", {"gzip": 0.25, "br": 1.0}),
    ("x-gzip;q=0.5", {"gzip": 0.5}),
    ("gzip;q=0.5, gzip;q=1", {"gzip": 0.5}),
    ("", {}),
    (" , ,", {}),
    ("gzip;q=2", {}),
    ("gzip;q=0.1234", {}),
    ("gzip;q=-1, br", {"br": 1.0}),
    ("gzip;level=9, br", {"br": 1.0}),
    ("gz ip, br", {"br": 1.0}),
    ("gzip;q=0.", {"gzip": 0.0}),
]


@pytest.mark.parametrize(("field", "want"), FIELDS, ids=[repr(one[0]) for one in FIELDS])
def test_the_weights_that_a_field_names(field, want):
    kit.did(f"parse_accept_encoding({field!r})")
    kit.expect(parse_accept_encoding(field), want, f"the weights in {field!r}")


def test_a_field_of_commas_costs_little():
    many = ", ".join(f"c{number}" for number in range(10_000))
    got = parse_accept_encoding(many)
    kit.expect(len(got), 32, "how many of ten thousand codings are looked at: MAX_ELEMENTS")
    kit.expect("c0" in got, True, "the first of them is")


BOTH = ["br", "gzip"]
CASES = [
    (None, BOTH, []),
    ("", BOTH, []),
    ("gzip", BOTH, ["gzip"]),
    ("gzip, br", BOTH, ["br", "gzip"]),
    ("br;q=0.5, gzip", BOTH, ["gzip", "br"]),
    ("gzip;q=0", BOTH, []),
    ("gzip;q=0, *", BOTH, ["br"]),
    ("*", BOTH, ["br", "gzip"]),
    ("*;q=0", BOTH, []),
    ("*;q=0, gzip", BOTH, ["gzip"]),
    ("identity", BOTH, []),
    ("identity, gzip;q=0.5", BOTH, []),
    ("identity;q=0.5, gzip;q=0.5", BOTH, ["gzip"]),
    ("identity;q=0.5, *;q=0.2, br", BOTH, ["br"]),
    ("*;q=0.5, gzip;q=0.3", ["gzip"], ["gzip"]),
    ("gzip;q=0.001", BOTH, ["gzip"]),
    ("deflate", BOTH, []),
    ("gzip", [], []),
    ("gzip", ["gzip"], ["gzip"]),
]


@pytest.mark.parametrize(("field", "available", "want"), CASES, ids=[repr(c[0]) for c in CASES])
def test_what_a_client_would_rather_have(field, available, want):
    kit.did(f"preferred_codings({field!r}, {available})")
    kit.expect(preferred_codings(field, available), want, f"of {available}, for {field!r}")
