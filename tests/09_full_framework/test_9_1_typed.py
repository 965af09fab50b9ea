"""Task 9.1: handler parameters from the query, by hint and default (`typed.from_query`)."""

import pytest

from groundup.errors import HTTPException
from groundup.request import Request
from groundup.routing import Router
from groundup.typed import from_query, readers
from workshop import kit

pytestmark = kit.task("9.1")


def call(handler, target):
    """What the handler gives for a GET of this target, by its own router."""
    router = Router()
    router.get("/search")(handler)
    request = Request.build("GET", target)
    found = router.match("GET", request.raw_path)
    kit.did(f"GET {target}")
    return found.route.call.run(request, found.params)


def search(q: str, page: int = 1, tag: list[str] | None = None):
    return q, page, tag


GOOD = [
    ("/search?q=tea", ("tea", 1, None), "the defaults, for what is not said"),
    ("/search?q=tea&page=3", ("tea", 3, None), "a number, as an int"),
    ("/search?q=", ("", 1, None), "an empty text is a text"),
    ("/search?q=tea&tag=a&tag=b", ("tea", 1, ["a", "b"]), "a list of all, where a list is meant"),
    ("/search?q=tea&tag=a", ("tea", 1, ["a"]), "a list of one"),
    ("/search?q=1&other=x", ("1", 1, None), "a text stays one; fields nobody asks for are ignored"),
]


@pytest.mark.parametrize(("target", "want", "what"), GOOD, ids=[row[0] for row in GOOD])
def test_a_parameter_is_filled_by_its_hint(target, want, what):
    kit.expect(call(search, target), want, f"(q, page, tag) of search(): {what}")


BAD = [
    ("/search", "'q'", "it is missing, and has no default"),
    ("/search?q=a&q=b", "'q'", "there are two where one is meant"),
    ("/search?q=a&page=two", "'page'", "it is no int"),
    ("/search?q=a&page=", "'page'", "an empty text is no int"),
    ("/search?q=a&page=1&page=1", "'page'", "two, even of the same, are not one"),
]


@pytest.mark.parametrize(("target", "named", "what"), BAD, ids=[row[0] for row in BAD])
def test_what_a_client_sends_wrong_is_a_400_that_names_it(target, named, what):
    error = kit.expect_raises(
        HTTPException, call, search, target, want=f"400: {what}", status_code=400
    )
    kit.expect_that(named in str(error), f"the message names {named}", str(error))
    secret = target.rpartition("=")[2]
    kit.expect_that(
        len(secret) < 3 or secret not in str(error),
        "the message repeats nothing of what was sent",
        str(error),
    )


def test_none_is_for_what_is_not_there():
    def maybe(q: int | None, size: int | None = 7):
        return q, size

    kit.did("def maybe(q: int | None, size: int | None = 7)")
    kit.expect(call(maybe, "/search"), (None, 7), "q: None, by its hint; size: its default")
    kit.expect(call(maybe, "/search?q=1&size=2"), (1, 2), "and the values, if they are there")


def test_a_list_that_must_be_there():
    def ids(n: list[int]):
        return n

    kit.expect(call(ids, "/search?n=1&n=2"), [1, 2], "each of them read")
    kit.expect_raises(HTTPException, call, ids, "/search", want="none at all: 400", status_code=400)
    kit.expect_raises(HTTPException, call, ids, "/search?n=1&n=x", want="400", status_code=400)


def test_what_is_no_hint_of_ours_is_left_to_others():
    database = object()

    def other(db=database, limit: object = 5, *rest: int):
        return db is database, limit, rest

    kit.did("def other(db=database, limit: object = 5, *rest: int)")
    kit.expect(
        call(other, "/search?db=x&limit=9&rest=1"),
        (True, 5, ()),
        "its own defaults: nobody from outside reaches what has no hint",
    )


def test_what_cannot_be_filled_is_an_error_at_registration():
    router = Router()

    def nobody_knows(q: dict):
        """A hint that is no type of ours."""

    def misspelt(idd: int):
        """The path has `id`."""

    kit.did("router.get('/a') of: def nobody_knows(q: dict)")
    kit.expect_raises(TypeError, router.get("/a"), nobody_knows, want="a TypeError, before any GET")
    kit.did("router.get('/b/<id>') of: def misspelt(idd: int)")
    error = kit.expect_raises(
        TypeError, router.get("/b/<id>"), misspelt, want="a TypeError (`refuse_misspelt` knows)"
    )
    kit.expect_that("'id'" in str(error), "it names the parameter that was meant", str(error))


def test_what_may_be_left_out_may_be_called_as_it_likes():
    def near(id: int, ids: list[int] = ()):
        return id, list(ids)

    router = Router()
    kit.did("router.get('/b/<int:id>') of: def near(id: int, ids: list[int] = ())")
    kit.expect(router.get("/b/<int:id>")(near), near, "the handler: `ids` is of the query")

    def other(*, idd: int = 0):
        return idd

    kit.did("router.get('/c/<int:id>') of: def other(*, idd: int = 0)")
    kit.expect(router.get("/c/<int:id>")(other), other, "the handler: nobody must send `idd`")


def test_everything_is_found_out_once():
    looked = []

    class Once(dict):
        def get(self, key, default=None):
            looked.append(key)
            return super().get(key, default)

    before = dict(readers)
    import groundup.typed as module

    kept, module.readers = module.readers, Once(before)
    try:
        router = Router()
        router.get("/search")(search)
        registered = len(looked)
        found = router.match("GET", "/search")
        for _ in range(100):
            found.route.call.run(Request.build("GET", "/search?q=a&page=2"), {})
        kit.expect_that(
            len(looked) == registered,
            want="hints are read when the handler is registered",
            got=f"{len(looked) - registered} more looks at `readers` for 100 requests",
            why="what does not change from request to request is worked out once",
        )
    finally:
        module.readers = kept


def test_it_says_none_for_what_is_not_its_own():
    import inspect

    def handler(request, data: dict, *words: str):
        """Three parameters that are no fields."""

    for name, parameter in inspect.signature(handler).parameters.items():
        kit.expect(
            from_query(handler, parameter, ()), None, f"from_query for {name!r}: None, no filler"
        )
