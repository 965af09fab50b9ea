"""Task 3.2: a segment and its parameter (`patterns.Segment.match`)."""

import pytest

from groundup.patterns import CONVERTERS, NO_MATCH, Converter, parse_pattern
from workshop import kit

pytestmark = kit.task("3.2")

FITS = [
    ("/<int:id>", "42", 42),
    ("/{id:int}", "42", 42),
    ("/<int:id>", "0", 0),
    ("/<int:id>", "007", 7),
    ("/<int:id>", "9" * 4000, int("9" * 4000)),
    ("/<float:x>", "2.5", 2.5),
    ("/<float:x>", "2", 2.0),
    ("/<name>", "ada", "ada"),
    ("/{name}", "ada", "ada"),
    ("/<str:name>", "42", "42"),
    ("/<name>", "a/b", "a/b"),
    ("/<name>", "two\nlines", "two\nlines"),
    ("/<path:rest>", "css/site.css", "css/site.css"),
    ("/v<int:n>", "v7", 7),
    ("/<name>.json", "report.json", "report"),
    ("/<name>.json", "a.json.json", "a.json"),
    ("/@{name}", "@ada", "ada"),
]

NOT_THESE = [
    ("/<int:id>", "", "nothing is no number"),
    ("/<int:id>", "x", "letters"),
    ("/<int:id>", "-1", "a sign"),
    ("/<int:id>", "+1", "a sign"),
    ("/<int:id>", " 42", "a space, which int() would strip"),
    ("/<int:id>", "42\n", "a line feed at the end, which $ would let through"),
    ("/<int:id>", "4_2", "an underscore, which int() would accept"),
    ("/<int:id>", "٤٢", "Arabic digits, which \\d and int() would accept"),
    ("/<int:id>", "²", "a superscript"),
    ("/<int:id>", "4.0", "a point"),
    ("/<int:id>", "9" * 5000, "more digits than int() converts: no match, and no crash"),
    ("/<float:x>", "nan", "float() would accept it, JSON cannot write it"),
    ("/<float:x>", "inf", "float() would accept it, JSON cannot write it"),
    ("/<float:x>", "1e5", "an exponent"),
    ("/<float:x>", ".5", "no digit before the point"),
    ("/<float:x>", "5.", "no digit behind the point"),
    ("/<float:x>", "2.5\n", "a line feed at the end"),
    ("/<float:x>", "9" * 400, "it overflows to infinity: no match, and no crash"),
    ("/<name>", "", "an empty segment is no name"),
    ("/<path:rest>", "", "an empty rest"),
    ("/<path:rest>", "/etc/passwd", "a rest that begins with a slash would be an absolute path"),
    ("/v<int:n>", "7", "the prefix is missing"),
    ("/v<int:n>", "v7b", "something stands behind"),
    ("/<name>.json", "reportXjson", "a point in a pattern is a point, not any character"),
    ("/<name>.json", ".json", "nothing is left for the name"),
]


def told(text):
    """The text as a failure shows it: a long one as what it is made of, '9' * 5000."""
    return repr(text) if len(text) < 100 else f"{text[0]!r} * {len(text)}"


def segment(pattern):
    (only,) = parse_pattern(pattern, CONVERTERS)
    return only


@pytest.mark.parametrize(
    ("pattern", "text", "want"), FITS, ids=[f"{p} {t[:9]}" for p, t, _ in FITS]
)
def test_a_value_that_fits_is_converted(pattern, text, want):
    kit.did(f"{pattern} against {told(text)}")
    got = segment(pattern).match(text)
    kit.expect(got, want, f"the value of {pattern}")
    kit.expect(type(got), type(want), f"its type: {type(want).__name__}")


@pytest.mark.parametrize(
    ("pattern", "text", "story"), NOT_THESE, ids=[case[2] for case in NOT_THESE]
)
def test_what_does_not_fit_is_no_match(pattern, text, story):
    kit.did(f"{pattern} against {told(text)}")
    got = segment(pattern).match(text)
    kit.expect_that(got is NO_MATCH, f"NO_MATCH: {story}", got)


def test_a_converter_of_your_own_may_return_anything_and_may_refuse():
    def to_python(text):
        if text == "00":
            raise ValueError("no such colour")
        return None if text == "ff" else text

    converters = {**CONVERTERS, "hex": Converter("[0-9a-f]{2}|none", to_python)}
    (colour,) = parse_pattern("/<hex:colour>", converters)
    kit.did("match 'ff', 'none', '00', 'f' against an own converter [0-9a-f]{2}|none")
    kit.expect(colour.match("ff"), None, "None is a value like any other, and no NO_MATCH")
    kit.expect(colour.match("none"), "none", "both sides of an alternative match as a whole")
    kit.expect_that(colour.match("00") is NO_MATCH, "its ValueError is a NO_MATCH")
    kit.expect_that(colour.match("f") is NO_MATCH, "half of it does not match")
