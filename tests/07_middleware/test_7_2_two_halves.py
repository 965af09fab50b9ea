"""Task 7.2: a layer with `pre` and `post` (`middleware.onion.around_by_two`)."""

import asyncio

import pytest
from onions import callable_of, request_of, settled

from groundup.middleware.onion import around_by_two
from groundup.request import WantBody
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("7.2")


class Way:
    """What is called, in order, on the way through one layer."""

    def __init__(self, answer=None):
        self.log = []
        self.answer = Response("inside") if answer is None else answer

    def inner(self, request):
        self.log.append("inside")
        return self.answer

    def pre(self, says=None):
        def pre(request):
            self.log.append("pre")
            return says

        return pre

    def post(self, says=None):
        def post(request, response):
            told = (
                response.status_code if isinstance(response, Response) else type(response).__name__
            )
            self.log.append(f"post {told}")
            return says

        return post

    def stage(self, pre, post):
        halves = " and ".join(name for name, half in (("pre", pre), ("post", post)) if half)
        kit.did(f"a layer with {halves or 'neither half'}, and a request through it")
        around = callable_of(around_by_two(pre, post), "what around_by_two() gives")
        return callable_of(around(self.inner), "the stage around another")


def test_before_and_after():
    way = Way()
    response = settled(way.stage(way.pre(), way.post())(request_of()))
    kit.expect(way.log, ["pre", "inside", "post 200"], "the order")
    kit.expect(response.body, b"inside", "the answer from inside: `post` gave None")


@pytest.mark.parametrize("which", ["pre", "post", "neither"])
def test_either_half_may_be_missing(which):
    way = Way()
    pre = way.pre() if which == "pre" else None
    post = way.post() if which == "post" else None
    settled(way.stage(pre, post)(request_of()))
    want = {"pre": ["pre", "inside"], "post": ["inside", "post 200"], "neither": ["inside"]}
    kit.expect(way.log, want[which], f"a layer that has of the two: {which}")


EARLY = [
    (Response("no", 403), 403, b"no"),
    (("no", 403), 403, b"no"),
    ("", 200, b""),
    ({}, 200, b"{}"),
]


@pytest.mark.parametrize(("says", "status", "body"), EARLY, ids=lambda value: repr(value)[:20])
def test_what_pre_returns_is_the_answer_and_nobody_inside_is_asked(says, status, body):
    way = Way()
    response = settled(way.stage(way.pre(says), way.post())(request_of()))
    why = "what `pre` returns is an answer like any other: its own `post` sees it"
    kit.expect(way.log, ["pre", f"post {status}"], f"pre gives {says!r}: it is not None", why=why)
    kit.expect((response.status_code, response.body), (status, body), f"the answer for {says!r}")


def test_what_pre_returns_must_be_an_answer():
    way = Way()
    stage = way.stage(way.pre(0), None)
    kit.expect_raises(TypeError, stage, request_of(), want="0 is no kind of answer: TypeError")


def test_post_may_put_another_in_its_place():
    way = Way()
    other = Response("other")
    response = settled(way.stage(None, way.post(other))(request_of()))
    kit.expect(response.body, b"other", "what `post` gave")


async def later(value):
    await asyncio.sleep(0)
    return value


def test_post_waits_for_an_answer_that_is_awaited():
    way = Way(later(Response("at last", 201)))
    response = settled(way.stage(way.pre(), way.post())(request_of()))
    kit.expect(way.log, ["pre", "inside", "post 201"], "inside gave a coroutine of a 201")
    kit.expect(response.body, b"at last", "its answer")


@pytest.mark.parametrize("says", [None, "no"])
def test_both_halves_may_be_async(says):
    way = Way()

    async def pre(request):
        way.log.append("pre")
        return await later(says)

    async def post(request, response):
        await later(None)
        way.log.append("post")

    response = settled(way.stage(pre, post)(request_of()))
    inside = ["inside"] if says is None else []
    kit.expect(way.log, ["pre", *inside, "post"], f"an async pre that gives {says!r}")
    kit.expect(response.body, b"inside" if says is None else b"no", "the answer")


def test_async_halves_that_await_nothing_cost_no_coroutine():
    way = Way()

    async def pre(request):
        way.log.append("pre")

    async def post(request, response):
        way.log.append("post")

    answer = way.stage(pre, post)(request_of())
    told = f"a {type(answer).__name__}"
    if hasattr(answer, "close"):
        answer.close()
    kit.expect_that(isinstance(answer, Response), "a Response at once: use `at_once`", told)
    kit.expect(way.log, ["pre", "inside", "post"], "the order")


def test_an_answer_that_wants_the_body_first_is_followed_when_it_has_it():
    way = Way(WantBody(lambda whole: Response(whole.body)))
    request = request_of()
    answer = way.stage(way.pre(), way.post())(request)
    kit.expect_that(isinstance(answer, WantBody), "the wish for the body, passed on", repr(answer))
    kit.expect(way.log, ["pre", "inside"], "`post` has not been called yet")
    request.complete(b"the body")
    response = settled(answer.then(request))
    kit.expect(way.log, ["pre", "inside", "post 200"], "with the body there")
    kit.expect(response.body, b"the body", "the answer")


class Stream(Response):
    """A response that somebody has to close."""

    closed = 0

    def close(self):
        self.closed += 1


def raising(request, response):
    raise LookupError


@pytest.mark.parametrize("case", ["kept", "replaced", "failing"])
def test_what_is_not_sent_after_all_is_closed(case):
    stream = Stream("pieces")
    way = Way(stream)
    post = {"kept": way.post(), "replaced": way.post("other"), "failing": raising}[case]
    stage = way.stage(None, post)
    if case == "failing":
        kit.expect_raises(LookupError, stage, request_of(), want="what `post` raises")
    else:
        stage(request_of())
    want = 0 if case == "kept" else 1
    kit.expect(stream.closed, want, f"how often the stream was closed: {case}, use `replaced`")
