"""Task 7.1: compose the onion (`middleware.onion.compose`, `.all_caught`)."""

from onions import callable_of, request_of, settled

from groundup.middleware.onion import Layer, all_caught, compose
from groundup.response import Response
from workshop import kit

pytestmark = kit.task("7.1")


def failed(request, error, caught):
    """What answers an exception, unless somebody outside catches it."""
    if isinstance(error, caught):
        raise error
    return Response(f"answered {type(error).__name__}", 500)


class Trace:
    """Layers that note when they are entered and left."""

    def __init__(self):
        self.log = []
        self.made = 0

    def layer(self, name, *, catches=(), fails=None, early=None):
        def around(inner):
            self.made += 1

            def stage(request):
                self.log.append(f"{name} in")
                if fails is not None:
                    raise fails
                try:
                    response = inner(request) if early is None else early
                except catches as error:
                    self.log.append(f"{name} catches {type(error).__name__}")
                    return Response("caught")
                self.log.append(f"{name} out")
                return response

            return stage

        return Layer(around, catches)

    def heart(self, request):
        self.log.append("heart")
        return Response("heart")

    def way(self, *layers):
        """Where a request goes through them, and what it gets."""
        kit.did(f"compose {len(layers)} layers, the first the outermost, around a heart")
        stage = callable_of(compose(layers, self.heart, failed), "what compose() gives")
        return settled(self.answer(stage), "what the stage gives")

    def answer(self, stage):
        """What the whole onion gives; nothing may be raised out of it here."""
        try:
            return stage(request_of())
        except LookupError as error:
            self.log.append(f"{type(error).__name__} comes out of the onion")
            return Response("nothing", 500)


def test_compose_gives_a_stage_that_answers():
    trace = Trace()
    kit.expect(trace.way().body, b"heart", "no layers: the heart itself")
    kit.expect(trace.way(trace.layer("a")).body, b"heart", "one layer: the heart's answer")


def test_each_layer_goes_once_in_and_once_out_in_order():
    trace = Trace()
    trace.way(trace.layer("a"), trace.layer("b"), trace.layer("c"))
    want = ["a in", "b in", "c in", "heart", "c out", "b out", "a out"]
    kit.expect(trace.log, want, "the way in and the way out: the first layer is the outermost")


def test_layers_are_put_together_once_and_not_for_each_request():
    trace = Trace()
    stage = callable_of(compose([trace.layer("a")], trace.heart, failed), "the stage")
    for _ in range(3):
        settled(stage(request_of()))
    kit.expect(trace.made, 1, "how often `around` was called, in three requests")
    kit.expect(trace.log, ["a in", "heart", "a out"] * 3, "what three requests saw")


def test_a_layer_that_does_not_call_on_keeps_those_inside_out():
    trace = Trace()
    no = trace.layer("b", early=Response("no", 403))
    response = trace.way(trace.layer("a"), no, trace.layer("c"))
    kit.expect(trace.log, ["a in", "b in", "b out", "a out"], "b answers without calling on")
    kit.expect(response.status_code, 403, "b's answer")


def test_what_a_layer_raises_is_an_answer_for_those_outside():
    trace = Trace()
    response = trace.way(trace.layer("a"), trace.layer("b", fails=ValueError()))
    kit.expect(trace.log, ["a in", "b in", "a out"], "b fails, and a comes out as always")
    kit.expect(response.body, b"answered ValueError", "what `failed` says")


def test_the_outermost_layer_may_fail_too():
    trace = Trace()
    response = trace.way(trace.layer("a", fails=ValueError()), trace.layer("b"))
    kit.expect(
        response.body, b"answered ValueError", "a fails: nobody stands outside, but `failed`"
    )


def test_an_exception_travels_outward_to_the_first_layer_that_catches_it():
    trace = Trace()
    response = trace.way(
        trace.layer("a", catches=(LookupError,)),
        trace.layer("b", catches=(LookupError,)),
        trace.layer("c"),
        trace.layer("d", fails=KeyError()),
    )
    want = ["a in", "b in", "c in", "d in", "b catches KeyError", "a out"]
    kit.expect(trace.log, want, "d fails; a and b catch LookupError, c does not")
    kit.expect(response.body, b"caught", "b's answer")


def test_an_exception_that_nobody_outside_catches_is_answered_where_it_is_raised():
    trace = Trace()
    trace.way(trace.layer("a", catches=(OSError,)), trace.layer("b", fails=KeyError()))
    kit.expect(trace.log, ["a in", "b in", "a out"], "b fails with KeyError, a catches OSError")


def test_who_stands_inside_catches_nothing():
    trace = Trace()
    response = trace.way(
        trace.layer("a"), trace.layer("b", fails=KeyError()), trace.layer("c", catches=(KeyError,))
    )
    kit.expect(trace.log, ["a in", "b in", "a out"], "b fails; c, inside of it, catches KeyError")
    kit.expect(response.body, b"answered KeyError", "what `failed` says")


def test_a_layer_does_not_catch_what_it_raises_itself():
    trace = Trace()
    response = trace.way(trace.layer("a", catches=(KeyError,), fails=KeyError()))
    kit.expect(response.body, b"answered KeyError", "a catches KeyError, and raises one itself")


def test_all_that_is_caught():
    trace = Trace()
    layers = [
        trace.layer("a", catches=(KeyError,)),
        trace.layer("b"),
        trace.layer("c", catches=(OSError, ValueError)),
    ]
    kit.expect(all_caught(layers), (KeyError, OSError, ValueError), "of three layers")
    kit.expect(all_caught([]), (), "of none")
