"""Task 3.6: the way through the tree (`tree.Node.find`), seen from the router."""

import random
import time
from itertools import permutations

import pytest

from groundup.errors import HTTPException
from groundup.patterns import Converter
from groundup.routing import Match, Router
from workshop import kit

pytestmark = kit.task("3.6")


def show():
    """Never called here: finding it is all that matters."""


def router_of(*patterns, method="GET"):
    router = Router()
    router.converters["hex"] = Converter("[0-9a-f]+", lambda text: int(text, 16))
    for pattern in patterns:
        router.add_route(pattern, show, method=method)
    return router


def way(router, path, method="GET"):
    """(pattern, params) of the route that is found; None without one."""
    found = router.match(method, path)
    return (found.route.pattern, found.params) if isinstance(found, Match) else None


ONE = [
    ("/", "/", {}),
    ("/about", "/about", {}),
    ("/about/", "/about/", {}),
    ("/about", "/about/", None),
    ("/about/", "/about", None),
    ("/about", "/About", None),
    ("/about", "//about", None),
    ("/about", "x/about", None),
    ("/about", "/about/us", None),
    ("/about", "/", None),
    ("/a.b", "/aXb", None),
    ("/café", "/caf%C3%A9", {}),
    ("/café", "/caf%c3%a9", {}),
    ("/about", "/%61bout", {}),
    ("/100%", "/100%25", {}),
    ("/users/<int:id>", "/users/42", {"id": 42}),
    ("/users/<int:id>", "/users/0", {"id": 0}),
    ("/users/{id}", "/users/42", {"id": "42"}),
    ("/users/{id:int}", "/users/42", {"id": 42}),
    ("/users/<int:id>", "/users/ada", None),
    ("/users/<int:id>", "/users/42/", None),
    ("/users/<int:id>", "/users/", None),
    ("/users/<int:id>", "/users", None),
    ("/users/<int:id>", "/users/42%0A", None),
    ("/users/<int:id>", "/users/%34%32", {"id": 42}),
    ("/users/<name>", "/users/a%2Fb", {"name": "a/b"}),
    ("/users/<name>", "/users/a/b", None),
    ("/users/<name>", "/users/a+b", {"name": "a+b"}),
    ("/users/<name>", "/users/%2525", {"name": "%25"}),
    ("/users/<name>", "/users//", None),
    ("/<a>/<int:b>/<c>", "/x/7/y", {"a": "x", "b": 7, "c": "y"}),
    ("/<host>/path", "//host/path", None),
    ("/price/<float:x>", "/price/2.5", {"x": 2.5}),
    ("/colours/<hex:c>", "/colours/ff", {"c": 255}),
    ("/colours/<hex:c>", "/colours/xy", None),
    ("/<name>.json", "/report.json", {"name": "report"}),
    ("/files/<path:p>", "/files/css/site.css", {"p": "css/site.css"}),
    ("/files/<path:p>", "/files/a", {"p": "a"}),
    ("/files/<path:p>", "/files/a/", {"p": "a/"}),
    ("/files/<path:p>", "/files/", None),
    ("/files/<path:p>", "/files", None),
    ("/files/<path:p>", "/files//etc/passwd", None),
    ("/files/<path:p>", "/files/%2Fetc/passwd", None),
    ("/files/<path:p>/edit", "/files/a/b/edit", {"p": "a/b"}),
    ("/files/<path:p>/edit", "/files/edit/edit", {"p": "edit"}),
    ("/files/<path:p>/edit", "/files/edit", None),
    ("/<path:p>/<int:n>", "/a/b/7", {"p": "a/b", "n": 7}),
]


MANY = (
    "parameters of many segments are the last resort: `find_path`, which is given, tries them. It "
    "wants the same five that you got, with all the values so far"
)


@pytest.mark.parametrize(("pattern", "path", "want"), ONE, ids=[f"{p} {q}" for p, q, _ in ONE])
def test_one_pattern(pattern, path, want):
    kit.did(f"route {pattern}")
    kit.did(f"match GET {path}")
    kit.expect(
        way(router_of(pattern), path),
        None if want is None else (pattern, want),
        "no route" if want is None else "the route, and its values",
        why=MANY if "path:" in pattern else None,
    )


CLIMBING = ["/files/../x", "/files/%2e%2e/x", "/files/.%2E/x", "/files/a/..", "/files/./x",
            "/files/..%2fx", "/files/a%2f..", "/files/..%5cx", "/files/x%2f.%2fy"]  # fmt: skip


@pytest.mark.parametrize("path", CLIMBING)
def test_a_path_that_climbs_reaches_no_handler(path):
    router = router_of("/files/<path:p>", "/files/<name>", "/<a>/<b>/<c>")
    kit.did("routes with <path:p> and <name>")
    kit.did(f"match GET {path}")
    kit.expect(
        way(router, path),
        None,
        "no route: dots that climb or stand still fill no parameter",
        why="browsers and curl resolve dots before they send; whoever sends them is after a file",
        section="RFC 3986 §5.2.4",
    )


@pytest.mark.parametrize(
    "path", ["/files/...", "/files/a..b", "/files/.env", "/files/%252e%252e/x"]
)
def test_other_dots_are_ordinary(path):
    router = router_of("/files/<path:p>")
    kit.did(f"match GET {path}")
    want = path.removeprefix("/files/").replace("%25", "%")
    kit.expect(way(router, path), ("/files/<path:p>", {"p": want}), "a file's name, decoded once")


@pytest.mark.parametrize("path", ["/users/%", "/users/%zz", "/users/%00", "/users/%FF"])
def test_a_path_that_cannot_be_decoded_is_refused(path):
    kit.did(f"match GET {path}")
    kit.expect_raises(
        HTTPException,
        router_of("/users/<name>").match,
        "GET",
        path,
        want="400, whatever routes there are",
        status_code=400,
    )


PRECEDENCE = [
    ("turn back one level", ["/a/<x>/end", "/<y>/b/stop"], "/a/b/stop", "/<y>/b/stop"),
    ("turn back from an int", ["/<int:n>/x", "/<name>/y"], "/7/y", "/<name>/y"),
    ("turn back from text", ["/a/b/c", "/<p>/b/d"], "/a/b/d", "/<p>/b/d"),
    ("turn back two levels", ["/a/b/<int:n>", "/a/<x>/q", "/<y>/b/r"], "/a/b/r", "/<y>/b/r"),
    ("text before a parameter", ["/users/<name>", "/users/me"], "/users/me", "/users/me"),
    ("int before str", ["/users/<name>", "/users/<int:id>"], "/users/42", "/users/<int:id>"),
    ("str for what is no int", ["/users/<name>", "/users/<int:id>"], "/users/ada", "/users/<name>"),
    ("int before float", ["/<float:x>", "/<int:n>"], "/42", "/<int:n>"),
    ("float before str", ["/<name>", "/<float:x>"], "/4.2", "/<float:x>"),
    ("an own converter before str", ["/<name>", "/<hex:c>"], "/ff", "/<hex:c>"),
    ("int before an own converter", ["/<hex:c>", "/<int:n>"], "/42", "/<int:n>"),
    ("str before path", ["/<path:p>", "/<name>"], "/a", "/<name>"),
    ("path for what is longer", ["/<path:p>", "/<name>"], "/a/b", "/<path:p>"),
    ("a suffix before none", ["/<name>", "/<name>.json"], "/a.json", "/<name>.json"),
    ("the longer text around", ["/<a>.gz", "/<a>.tar.gz"], "/x.tar.gz", "/<a>.tar.gz"),
    ("a path with an end before one without", ["/<path:p>", "/<path:p>/edit"], "/a/b/edit",
     "/<path:p>/edit"),
    ("further left counts more", ["/<a>/b", "/a/<b>"], "/a/b", "/a/<b>"),
    ("turn back from a path", ["/<path:p>/edit", "/<a>/<b>"], "/x/y", "/<a>/<b>"),
    ("a path takes what is left", ["/a/<int:n>", "/<path:p>"], "/a/x", "/<path:p>"),
    ("a path stays out when text fits", ["/<path:p>", "/a/<n>/c"], "/a/b/c", "/a/<n>/c"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "patterns", "path", "want"), PRECEDENCE, ids=[case[0] for case in PRECEDENCE]
)
def test_more_literal_wins_in_any_order_of_registration(story, patterns, path, want):
    for order in permutations(patterns):
        kit.did(f"register {', '.join(order)}; match GET {path}")
        found = way(router_of(*order), path)
        kit.expect(found and found[0], want, story)


def test_values_of_a_branch_that_was_left_are_forgotten():
    router = router_of("/<int:n>/<int:m>/x", "/<a>/<b>/y")
    kit.did("routes /<int:n>/<int:m>/x and /<a>/<b>/y")
    kit.did("match GET /1/2/y")
    kit.expect(
        way(router, "/1/2/y"),
        ("/<a>/<b>/y", {"a": "1", "b": "2"}),
        "the values of the route that was found, and of no other",
    )


def test_each_route_keeps_the_names_of_its_own_pattern():
    router = router_of("/users/<int:id>")
    router.add_route("/users/<int:uid>", show, method="DELETE")
    kit.did("GET /users/<int:id> and DELETE /users/<int:uid>")
    kit.did("match DELETE /users/7")
    kit.expect(
        way(router, "/users/7", "DELETE"), ("/users/<int:uid>", {"uid": 7}), "DELETE's own name"
    )


METHODS = [
    ("the less literal route answers its own method", "DELETE", "/users/me", "/users/<name>", ()),
    ("HEAD is GET", "HEAD", "/users/me", "/users/me", ()),
    ("HEAD is GET with a parameter too", "HEAD", "/items/7", "/items/<int:n>", ()),
    ("405 for a static path", "PUT", "/about", None, ("GET", "HEAD", "OPTIONS")),
    ("405 with a parameter", "PUT", "/items/7", None, ("GET", "HEAD", "OPTIONS", "POST")),
    ("405 of every pattern that fits", "PUT", "/users/me", None,
     ("DELETE", "GET", "HEAD", "OPTIONS")),
    ("404 has nothing to allow", "PUT", "/nobody", None, ()),
    ("404 one level too deep", "GET", "/items/7/8", None, ()),
    ("404 one level too high", "GET", "/items", None, ()),
    ("a method nobody knows", "BREW", "/about", None, ("GET", "HEAD", "OPTIONS")),
    ("* takes any", "BREW", "/any/7", "/any/<int:n>", ()),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "method", "path", "pattern", "allow"), METHODS, ids=[case[0] for case in METHODS]
)
def test_methods(story, method, path, pattern, allow):
    router = router_of("/about", "/users/me", "/items/<int:n>")
    router.add_route("/users/<name>", show, method="DELETE")
    router.add_route("/items/<int:n>", show, method="POST")
    router.add_route("/any/<int:n>", show, methods="*")
    kit.did(f"match {method} {path}")
    found = router.match(method, path)
    if pattern is None:
        kit.expect_that(not isinstance(found, Match), "no route for this method", found)
        kit.expect(found.allow, allow, f"{story}: .allow, sorted", section="RFC 9110 §15.5.5")
    else:
        kit.expect_that(isinstance(found, Match), f"{story}: a Match", found)
        kit.expect(found.route.pattern, pattern, story)


def test_a_router_in_a_router_and_what_it_learns_later():
    inner, outer = Router(prefix="/posts"), Router()
    inner.add_route("/<int:n>", show)
    outer.include(inner, "/users/<name>")
    inner.add_route("", show)
    kit.did("include Router('/posts') under /users/<name>")
    kit.did("give it a second route afterwards")
    kit.expect(
        way(outer, "/users/ada/posts/7"),
        ("/users/<name>/posts/<int:n>", {"name": "ada", "n": 7}),
        "the values of the prefix and of the pattern",
    )
    kit.expect(
        way(outer, "/users/ada/posts"),
        ("/users/<name>/posts", {"name": "ada"}),
        "a route that came after include is there too",
    )
    kit.expect(way(inner, "/posts/7"), ("/posts/<int:n>", {"n": 7}), "it still works alone")


def test_a_router_two_levels_down_keeps_its_own_converter():
    inner, middle, outer = Router(), Router(), Router()
    inner.converters["hex"] = Converter("[0-9a-f]+")
    inner.add_route("/a/<hex:n>", show)
    kit.did("register <hex:n> in a router, include that in a second, and this in a third")
    middle.include(inner, "/in")
    outer.include(middle, "/out")
    inner.add_route("/b/<hex:n>", show)
    for path in ("/out/in/a/ff", "/out/in/b/ff"):
        kit.expect(way(outer, path)[1], {"n": "ff"}, f"{path} finds it")


def test_routers_that_would_include_each_other_are_refused():
    first, second, third = Router(), Router(), Router()
    first.add_route("/x", show)
    first.include(second, "/2")
    second.include(third, "/3")
    kit.did("include the second router in the first, the third in the second")
    for label, router in (("itself", first), ("the third, which it stands in", third)):
        kit.did(f"include the first in {label}")
        kit.expect_raises(ValueError, router.include, first, "/1", want="a sentence at once")


def cost(router, paths):
    """Seconds of CPU time for a match, the best of five rounds."""
    best = 1e9
    for _ in range(5):
        start = time.process_time()
        for path in paths:
            router.match("GET", path)
        best = min(best, (time.process_time() - start) / len(paths))
    return best


def test_a_thousand_routes_cost_what_ten_cost():
    costs = {}
    for count in (10, 1000):
        router = router_of(*(f"/api/thing{n}/<int:id>" for n in range(count)))
        dice = random.Random(3)
        paths = [f"/api/thing{dice.randrange(count)}/{n}" for n in range(300)]
        costs[count] = cost(router, paths)
    kit.did("match among 10 dynamic routes")
    kit.did("match among 1,000")
    kit.expect_that(
        costs[1000] < 8 * costs[10],
        "about the same cost: at most 8 times",
        f"{costs[1000] / costs[10]:.0f} times: does the search try route after route?",
    )


def test_a_long_hostile_path_costs_little():
    router = router_of(
        "/<a>/<b>/<c>/<d>/<e>/<f>/<g>/<h>/end",
        "/x/<b>/x/<d>/x/<f>/x/<h>/stop",
        "/<path:p>/x/<a>/<b>/end",
        "/x/<path:p>/x/x/x/x/end",
    )
    paths = ["/x" * 9, "/x" * 4000, "/x" * 4000 + "/en", "/x" * 4000 + "/end/"]
    kit.did("four patterns full of parameters")
    kit.did("match /x/x/x…, 4,000 segments")
    start = time.process_time()
    for path in paths * 5:
        router.match("GET", path)
    spent = time.process_time() - start
    kit.expect_that(
        spent < 1,
        "20 searches in well under a second",
        f"{spent:.2f} s: are parts of the tree searched again and again?",
        why="a path of 8 kB costs its sender nothing, so it must not cost you much either",
    )
