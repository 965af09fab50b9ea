"""Task 3.9: a URL that the router will read (`routing.Router.url_for`)."""

import uuid

import pytest

from groundup.patterns import Converter
from groundup.routing import Router
from workshop import kit

pytestmark = kit.task("3.9")


def show():
    """Never called here: finding it is all that matters."""


TABLE = {
    "home": "/",
    "about": "/über uns",
    "user": "/users/<int:id>",
    "post": "/users/<int:id>/posts/{slug}",
    "person": "/people/<name>",
    "price": "/price/<float:x>",
    "file": "/files/<path:p>",
    "edit": "/files/<path:p>/edit",
    "thing": "/things/<uuid:key>",
    "export": "/export/<name>.json",
}


def routes():
    router = Router()
    router.converters["uuid"] = Converter("[0-9a-f-]{36}", uuid.UUID)
    for name, pattern in TABLE.items():
        router.add_route(pattern, show, name=name)
    return router


def called(name, params):
    """The call as one would write it: url_for('user', id=42)."""
    return f"url_for({', '.join([repr(name), *(f'{key}={params[key]!r}' for key in params)])})"


KEY = uuid.UUID("00000000-0000-0000-0000-00000000002a")

WRITTEN = [
    ("home", {}, "/"),
    ("about", {}, "/%C3%BCber%20uns"),
    ("user", {"id": 42}, "/users/42"),
    ("post", {"id": 7, "slug": "first-post"}, "/users/7/posts/first-post"),
    ("person", {"name": "a/b"}, "/people/a%2Fb"),
    ("person", {"name": "100%"}, "/people/100%25"),
    ("person", {"name": "%2F"}, "/people/%252F"),
    ("person", {"name": "where? #here"}, "/people/where%3F%20%23here"),
    ("person", {"name": "a+b&c=d;e,f"}, "/people/a+b&c=d;e,f"),
    ("person", {"name": "Ærø\n"}, "/people/%C3%86r%C3%B8%0A"),
    ("price", {"x": 2.5}, "/price/2.5"),
    ("file", {"p": "css/my site.css"}, "/files/css/my%20site.css"),
    ("edit", {"p": "a/b"}, "/files/a/b/edit"),
    ("thing", {"key": KEY}, f"/things/{KEY}"),
    ("export", {"name": "x y"}, "/export/x%20y.json"),
]


@pytest.mark.parametrize(
    ("name", "params", "want"), WRITTEN, ids=[f"{n} {p}" for n, p, _ in WRITTEN]
)
def test_what_is_written_can_be_read_back(name, params, want):
    router = routes()
    kit.did(f"route {TABLE[name]}, called {name!r}")
    kit.did(called(name, params))
    url = router.url_for(name, **params)
    kit.expect(url, want, "the path, encoded")
    found = router.match("GET", url)
    kit.expect((found.route.name, found.params), (name, params), "match() reads it back")


def test_what_the_pattern_does_not_take_becomes_the_query():
    router = routes()
    kit.did("url_for('user', id=42, tab='a b', tag=['x', 'y&z'])")
    kit.expect(
        router.url_for("user", id=42, tab="a b", tag=["x", "y&z"]),
        "/users/42?tab=a+b&tag=x&tag=y%26z",
        "the rest as a query, in its order",
    )


@pytest.mark.parametrize(
    "patterns",
    [["/", "/pages/<int:page>"], ["/pages/<int:page>", "/"]],
    ids=["the shorter first", "the longer first"],
)
def test_the_name_of_a_handler_is_the_name_of_its_route(patterns):
    router = Router()

    def index(page=1):
        return page

    for pattern in patterns:
        router.add_route(pattern, index)
    kit.did(f"one handler under {' and '.join(patterns)}")
    kit.expect(router.url_for("index"), "/", "without a parameter")
    kit.expect(router.url_for("index", page=2), "/pages/2", "the one that uses most of them")


def test_a_router_in_a_router_has_its_prefix():
    inner, outer = Router(prefix="/posts"), Router()
    inner.add_route("/<int:n>", show, name="post")
    outer.include(inner, "/users/<name>")
    kit.did("url_for('post', name='ada', n=7) of the outer router")
    kit.expect(outer.url_for("post", name="ada", n=7), "/users/ada/posts/7", "prefix and all")


ERRORS = [
    ("a name nobody has", "usr", {}, LookupError, "user"),
    ("a parameter that is missing", "user", {}, TypeError, "id"),
    ("a parameter with a typing error", "user", {"idd": 1}, TypeError, "idd"),
    ("a value that would not fit", "user", {"id": "x"}, ValueError, "'x'"),
    ("a negative number for <int:>", "user", {"id": -1}, ValueError, "-1"),
    ("an empty value", "person", {"name": ""}, ValueError, "''"),
    ("a value that climbs", "file", {"p": "../secret"}, ValueError, "'../secret'"),
    ("a value that is a dot", "person", {"name": "."}, ValueError, "'.'"),
    ("a rest that begins with a slash", "file", {"p": "/etc"}, ValueError, "'/etc'"),
]


@pytest.mark.parametrize(
    ("story", "name", "params", "kind", "named"), ERRORS, ids=[case[0] for case in ERRORS]
)
def test_what_would_be_a_dead_link_is_an_error(story, name, params, kind, named):
    kit.did(called(name, params))
    error = kit.expect_raises(
        kind, lambda: routes().url_for(name, **params), want=f"{story} is an error"
    )
    kit.expect_that(named in str(error), f"the sentence names {named}", str(error))
