"""Task 3.4: by method, and what is allowed (`tree.choose`, `tree.allowed_methods`)."""

import pytest

from groundup.tree import allowed_methods, choose
from workshop import kit

pytestmark = kit.task("3.4")

CHOICES = [
    ("the method itself", {"GET": "get", "POST": "post"}, "POST", "post"),
    ("none for it", {"GET": "get"}, "POST", None),
    ("no route at all", {}, "GET", None),
    ("HEAD is answered by GET", {"GET": "get"}, "HEAD", "get"),
    ("HEAD of its own comes first", {"GET": "get", "HEAD": "head"}, "HEAD", "head"),
    ("HEAD needs a GET", {"POST": "post"}, "HEAD", None),
    ("GET is not answered by HEAD", {"HEAD": "head"}, "GET", None),
    ("* takes any method", {"*": "any"}, "PATCH", "any"),
    ("* takes one that nobody knows", {"*": "any"}, "BREW", "any"),
    ("the method comes before *", {"*": "any", "GET": "get"}, "GET", "get"),
    ("GET is nearer to HEAD than *", {"*": "any", "GET": "get"}, "HEAD", "get"),
    ("* answers HEAD too", {"*": "any"}, "HEAD", "any"),
    ("* takes what the others leave", {"*": "any", "GET": "get"}, "PUT", "any"),
    ("methods are case-sensitive", {"GET": "get"}, "get", None),
]


@pytest.mark.parametrize(
    ("story", "routes", "method", "want"), CHOICES, ids=[case[0] for case in CHOICES]
)
def test_the_route_for_a_method(story, routes, method, want):
    kit.did(f"choose({routes}, {method!r})")
    kit.expect(choose(routes, method), want, story, section="RFC 9110 §9.1")


ALLOWED = [
    ("nothing", [], ()),
    ("GET brings HEAD and OPTIONS", [{"GET": 1}], ("GET", "HEAD", "OPTIONS")),
    ("no GET, no HEAD; but OPTIONS", [{"POST": 1}], ("OPTIONS", "POST")),
    ("sorted", [{"PUT": 1, "DELETE": 1, "GET": 1}], ("DELETE", "GET", "HEAD", "OPTIONS", "PUT")),
    (
        "of every pattern that fits the path",
        [{"GET": 1}, {"DELETE": 2}],
        ("DELETE", "GET", "HEAD", "OPTIONS"),
    ),
    ("each once", [{"GET": 1, "HEAD": 1}, {"GET": 2}], ("GET", "HEAD", "OPTIONS")),
]


@pytest.mark.parametrize(("story", "passed", "want"), ALLOWED, ids=[case[0] for case in ALLOWED])
def test_what_is_allowed(story, passed, want):
    kit.did(f"allowed_methods({passed})")
    kit.expect(tuple(allowed_methods(passed)), want, f"{story}, sorted", section="RFC 9110 §10.2.1")
