"""Task 3.5: a route in the tree (`tree.Node.add`), seen from the router."""

import pytest

from groundup.patterns import CONVERTERS, Segment, parse_pattern
from groundup.routing import Router
from groundup.tree import Node
from workshop import kit

pytestmark = kit.task("3.5")


def handler():
    """Never called here: registering is all that matters."""


SAME_SHAPE = [
    ("/about", "/about"),
    ("/", "/"),
    ("/users/<int:id>", "/users/<int:id>"),
    ("/users/<int:id>", "/users/{id:int}"),
    ("/users/<int:id>", "/users/<int:uid>"),
    ("/<name>/posts", "/{who}/posts"),
    ("/<name>", "/<str:name>"),
    ("/v<int:n>/x", "/v{m:int}/x"),
    ("/files/<path:p>/edit", "/files/{q:path}/edit"),
]

OTHER_SHAPE = [
    ("/about", "/about/"),
    ("/about", "/About"),
    ("/users/<int:id>", "/users/<id>"),
    ("/users/<int:id>", "/users/<int:id>/"),
    ("/users/<int:id>", "/users"),
    ("/users/<int:id>/a", "/users/<int:id>/b"),
    ("/<a>/x", "/x/<a>"),
    ("/v<int:n>", "/w<int:n>"),
    ("/<name>.json", "/<name>.xml"),
    ("/<path:p>", "/<path:p>/edit"),
]


@pytest.mark.parametrize(("first", "second"), SAME_SHAPE)
def test_a_shape_that_is_taken_is_refused(first, second):
    router = Router()
    router.add_route(first, handler)
    kit.did(f"GET {first}")
    kit.did(f"GET {second}")
    error = kit.expect_raises(
        ValueError,
        lambda: router.add_route(second, handler),
        want="the second is refused: it could never be called",
    )
    kit.expect_that(first in str(error), "the sentence names the one that was first", str(error))


@pytest.mark.parametrize(("first", "second"), OTHER_SHAPE)
def test_another_shape_is_another_route(first, second):
    router = Router()
    kit.did(f"GET {first}")
    kit.did(f"GET {second}")
    router.add_route(first, handler)
    router.add_route(second, handler)
    kit.expect([route.pattern for route in router.routes], [first, second], "both are registered")


def test_one_shape_takes_one_handler_for_each_method():
    router = Router()
    kit.did("GET /users/<int:id>")
    kit.did("DELETE /users/<int:uid>")
    kit.did("PUT and GET /users/{x:int}")
    router.add_route("/users/<int:id>", handler, method="GET")
    router.add_route("/users/<int:uid>", handler, method="DELETE")
    kit.expect_raises(
        ValueError,
        lambda: router.add_route("/users/{x:int}", handler, methods=["PUT", "GET"]),
        want="the third is refused for its GET",
    )
    router.add_route("/users/{x:int}", handler, methods=["PUT"])
    kit.expect(len(router.routes), 3, "a refused route leaves nothing behind: PUT is still free")


BEHIND = [
    ("/<path:p>", []),
    ("/<path:p>/edit", ["edit"]),
    ("/files/<path:p>/<int:n>/edit", ["<int:n>", "edit"]),
]


@pytest.mark.parametrize(("pattern", "behind"), BEHIND, ids=[case[0] for case in BEHIND])
def test_a_path_knows_how_many_segments_stand_behind_it(pattern, behind, monkeypatch):
    told = []
    branch = getattr(Node, "branch", None)
    if branch is None:  # another design than ours, without a `branch`: 3.6 sees what it finds
        return

    def spy(node, segment, tail):
        told.append((segment.kind, tail))
        return branch(node, segment, tail)

    monkeypatch.setattr(Node, "branch", spy)
    kit.did(f"Node.add with the segments of {pattern}")
    Node(Segment("")).add(parse_pattern(pattern, CONVERTERS))
    tails = [tail for kind, tail in told if kind == "path"]
    kit.expect(
        tails,
        [len(behind)],
        f"branch(segment, tail) with the tail of <path:p>: {' and '.join(behind) or 'nothing'} "
        f"{'stand' if len(behind) > 1 else 'stands'} behind it",
        why="a path takes all segments but its tail: that is how `find_path` knows where it ends",
    )
