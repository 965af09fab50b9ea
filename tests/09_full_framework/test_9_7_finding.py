"""Task 9.7: the short way to a route (`finding.Finder.quick`)."""

import random

import pytest

from groundup.finding import Finder
from groundup.routing import Match, Miss, Router
from workshop import kit

pytestmark = kit.task("9.7")


def handler():
    """Any."""


def router_of(*patterns, methods=("GET",)):
    router = Router()
    kit.did(f"routes for {', '.join(methods)}: {', '.join(patterns)}")
    for pattern in patterns:
        router.add_route(pattern, handler, methods=list(methods))
    return router


def test_a_path_of_text_is_looked_up():
    router = router_of("/about", "/a/b")
    kit.did("routes /about and /a/b; quick('GET', '/about')")
    found = Finder(router).quick("GET", "/about")
    kit.expect_that(found is not None, "the route, and no parameters", repr(found))
    kit.expect((found[0].pattern, found[1]), ("/about", {}), "the route's pattern, its parameters")


def test_one_parameter_at_the_end_is_read():
    router = router_of("/users/<int:id>", "/files/<name>")
    found = Finder(router).quick("GET", "/users/42")
    kit.expect_that(found is not None, "the route of /users/<int:id>", repr(found))
    kit.expect((found[0].pattern, found[1]), ("/users/<int:id>", {"id": 42}), "with its value")
    found = Finder(router).quick("GET", "/files/x")
    kit.expect(found and found[1], {"name": "x"}, "the parameters of /files/x")


ASKS_THE_TREE = [
    ("/users/4%32", "an escape is decoded by the tree"),
    ("/users/..", "dots are tidied by the tree"),
    ("/about/", "a slash too many is the tree's to judge"),
    ("about", "what is no path"),
    ("*", "what is no path"),
    ("/a/b/c", "more segments than anybody knows"),
    ("/users/x", "no number"),
    ("", "nothing"),
]


@pytest.mark.parametrize(("path", "what"), ASKS_THE_TREE, ids=[row[0] for row in ASKS_THE_TREE])
def test_in_doubt_it_asks_the_tree(path, what):
    finder = Finder(router_of("/about", "/users/<int:id>"))
    kit.did(f"quick('GET', {path!r})")
    kit.expect(finder.quick("GET", path), None, f"None: {what}")


def test_what_has_no_slash_is_no_value():
    finder = Finder(router_of("/<word>", methods=("GET", "OPTIONS")))
    kit.did("a route /<word>; quick('OPTIONS', '*')")
    why = "`*` is no path: it asks the whole server (RFC 9110 §9.3.7)"
    kit.expect(finder.quick("OPTIONS", "*"), None, "None", why=why)
    kit.expect(finder.quick("GET", "/x") is not None, True, "and /x is found")


def test_another_method_is_the_trees_to_answer():
    router = router_of("/about", "/users/<int:id>")
    finder = Finder(router)
    for path in ("/about", "/users/1"):
        for method in ("HEAD", "POST", "OPTIONS"):
            kit.expect(finder.quick(method, path), None, f"quick({method!r}, {path!r})")
    kit.expect_that(
        isinstance(finder.find("HEAD", "/about"), Match), "and find() finds GET for a HEAD"
    )


def test_the_first_that_fits_decides():
    router = Router()
    router.add_route("/x/<int:n>", handler, methods=["GET"])
    router.add_route("/x/<word>", handler, methods=["GET", "POST"])
    router.add_route("/x/<word>", handler, methods=["HEAD"])
    for method in ("GET", "POST", "HEAD"):
        found, want = Finder(router).find(method, "/x/7"), router.match(method, "/x/7")
        kit.expect(shown(found), shown(want), f"find({method!r}, '/x/7'), as the tree finds it")


def test_a_route_that_is_added_later_is_found():
    router = router_of("/a")
    finder = Finder(router)
    kit.expect(finder.quick("GET", "/b"), None, "before /b is added")
    router.add_route("/b", handler, methods=["GET"])
    kit.did("add /b to the router that is served")
    kit.expect_that(finder.quick("GET", "/b") is not None, "afterwards: its route")


def shown(found):
    if isinstance(found, Miss):
        return ("no route", sorted(found.allow))
    return (found.route.pattern, found.params)


WORDS = ["a", "b", "users", "1", "-2", "x.y", "%61", "..", "", "7up"]
PATTERNS = [
    "/", "/a", "/b", "/a/b", "/a/<x>", "/a/<int:n>", "/<x>/b", "/users/<int:id>", "/users/<name>",
    "/users/1", "/b/<path:rest>", "/<x>", "/a/b/<int:n>", "/a/<x>/b", "/v<int:n>",
]  # fmt: skip


def test_it_finds_what_the_tree_finds():
    lucky = random.Random(9)
    for _ in range(30):
        router = Router()
        for pattern in lucky.sample(PATTERNS, 6):
            router.add_route(pattern, handler, methods=lucky.choice([["GET"], ["POST"]]))
        finder = Finder(router)
        known = sorted(route.pattern for route in router.routes)
        for _ in range(40):
            path = "/" + "/".join(lucky.choice(WORDS) for _ in range(lucky.randint(1, 3)))
            method = lucky.choice(["GET", "POST", "HEAD"])
            got, want = shown(finder.find(method, path)), shown(router.match(method, path))
            if got != want:
                kit.did(f"routes {known}")
            kit.expect(got, want, f"find({method!r}, {path!r})")


class Counted(Router):
    """A router that counts how often its tree is asked."""

    asked = 0

    def match(self, *given):
        """The same, and counted."""
        self.asked += 1
        return super().match(*given)


def test_the_tree_is_not_asked_for_what_is_usual():
    router = Counted()
    for number in range(100):
        router.add_route(f"/static/{number}", handler, methods=["GET"])
        router.add_route(f"/items{number}/<int:id>", handler, methods=["GET"])
    finder = Finder(router)
    kit.did("200 routes; one request for each")
    for number in range(100):
        finder.find("GET", f"/static/{number}")
        finder.find("GET", f"/items{number}/5")
    kit.expect(router.asked, 0, "walks through the tree")


def test_a_static_path_without_the_method_is_the_trees():
    router = Router()
    router.add_route("/users/me", handler, methods=["GET"])
    router.add_route("/users/<x>", handler, methods=["HEAD"])
    kit.did("GET /users/me, HEAD /users/<x>; quick('HEAD', '/users/me')")
    kit.expect(Finder(router).quick("HEAD", "/users/me"), None, "the tree finds GET's, so ask it")
