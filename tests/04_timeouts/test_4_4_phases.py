"""Task 4.4: each phase has its own deadline (`engines.talk.Talk.settle`)."""

import pytest
from slowness import GET, talk_of

from groundup.engines.phases import Phase
from groundup.timeouts import NEVER, Timeouts
from workshop import kit

pytestmark = kit.task("4.4")

USUAL = Timeouts(header=10, body=30, keep_alive=75, min_body_rate=500, rate_grace=10)
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n"
TRICKLE = "a deadline that moves with each byte is none: one byte in time buys the next wait"


def say(talk, data):
    """The client says something; what is here is taken."""
    kit.did(f"receive {data[:60]!r}")
    talk.receive(data)
    return talk.next_request()


def answer(talk):
    """The request is answered, and the next one is looked for."""
    kit.did("the request is answered")
    talk.connection.send_response(200, {}, b"")
    return talk.next_request()


def stands(talk, phase, deadline, text, why=None):
    kit.expect(talk.phase, phase, f"{text}: the phase", why=why)
    kit.expect(talk.deadline, deadline, f"{text}: the deadline", why=why)


def test_a_head_that_has_begun_has_header_seconds():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    clock.advance(3)
    kit.expect(say(talk, b"GET / HT"), None, "no request yet")
    stands(talk, Phase.HEAD, 1013.0, "header=10 from the first byte, at 1003")


def test_a_trickled_head_has_one_deadline():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    for byte in GET[:9]:
        say(talk, bytes([byte]))
        stands(talk, Phase.HEAD, 1010.0, f"at {clock():g} s", TRICKLE)
        clock.advance(1)


def test_a_newcomer_has_its_deadline_from_the_start():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    stands(talk, Phase.FRESH, 1010.0, "nothing was said yet")
    clock.advance(4)
    kit.did("look for a request")
    talk.next_request()
    stands(
        talk,
        Phase.FRESH,
        1010.0,
        "looking does not move it",
        "who connects and says nothing has asked for nothing: it is no idle keep-alive",
    )


def test_between_two_requests_it_is_idle():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    request = say(talk, GET)
    kit.expect_that(request is not None, "a request is given out", request)
    stands(talk, Phase.WORKING, NEVER, "while it is answered, no deadline of ours")
    clock.advance(50)
    kit.expect(answer(talk), None, "no second request")
    stands(talk, Phase.IDLE, 1125.0, "keep_alive=75 from the answer, at 1050")
    clock.advance(5)
    talk.next_request()
    stands(talk, Phase.IDLE, 1125.0, "looking does not move it")


def test_an_idle_client_that_begins_has_header_seconds_again():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    say(talk, GET)
    answer(talk)
    clock.advance(70)
    say(talk, b"G")
    stands(talk, Phase.HEAD, 1080.0, "header=10 from the first byte of the second head, at 1070")
    say(talk, GET[1:])
    clock.advance(1)
    answer(talk)
    stands(talk, Phase.IDLE, 1146.0, "and idle again, 75 s from 1071")


def test_a_head_that_came_along_with_the_request_before_it():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    say(talk, GET + b"GET /sec")
    clock.advance(100)
    kit.expect(answer(talk), None, "the second request is not whole")
    stands(
        talk,
        Phase.HEAD,
        1110.0,
        "header=10 from when it was its turn, at 1100",
        "while the first was answered, nobody read: the client could not be in time",
    )


def test_an_empty_line_keeps_nobody_alive():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    say(talk, GET)
    answer(talk)
    clock.advance(20)
    say(talk, b"\r\n")
    stands(talk, Phase.IDLE, 1075.0, "an empty line is no request", TRICKLE)


def test_a_body_has_its_clock():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    say(talk, POST[:20])
    clock.advance(9)
    say(talk, (POST % 20_000)[20:])
    stands(talk, Phase.BODY, 1019.0, "5,000 bytes are due in 10 s from the end of the head")
    clock.advance(4)
    say(talk, b"x" * 4_999)
    stands(talk, Phase.BODY, 1019.0, "4,999 bytes do not move that", TRICKLE)
    clock.advance(1)
    say(talk, b"x")
    stands(talk, Phase.BODY, 1024.0, "a full window is followed by the next")
    clock.advance(8)
    say(talk, b"x" * 5_000)
    stands(talk, Phase.BODY, 1032.0, "and so on")
    clock.advance(9)
    say(talk, b"x" * 5_000)
    stands(talk, Phase.BODY, 1039.0, "until body=30 from 1009, the whole of it")
    kit.expect_that(say(talk, b"x" * 5_000) is not None, "then the request is whole", "None")
    stands(talk, Phase.WORKING, NEVER, "and there is no deadline while it is answered")


def test_the_next_body_has_a_clock_of_its_own():
    clock = kit.Clock(1000.0)
    talk = talk_of(USUAL, clock)
    say(talk, POST % 4 + b"abcd")
    answer(talk)
    clock.advance(50)
    say(talk, POST % 4)
    stands(talk, Phase.BODY, 1060.0, "10 s from its own head")


OFF = [
    (Timeouts(header=None), b"GET /", "header=None: a head may take as long as it likes"),
    (Timeouts(body=None, min_body_rate=None), POST % 9, "no limit for a body"),
]


@pytest.mark.parametrize(("timeouts", "sent", "story"), OFF, ids=["header", "body"])
def test_a_limit_may_be_off(timeouts, sent, story):
    talk = talk_of(timeouts, kit.Clock(1000.0))
    say(talk, sent)
    kit.expect(talk.deadline, NEVER, story)


def test_keep_alive_may_be_off_or_shorter_than_the_head():
    for seconds, want in ((None, NEVER), (5, 1005.0), (0, 1000.0)):
        talk = talk_of(Timeouts(keep_alive=seconds), kit.Clock(1000.0))
        say(talk, GET)
        answer(talk)
        kit.expect(talk.deadline, want, f"keep_alive={seconds}")


def test_a_cap_on_the_request_caps_its_head():
    talk = talk_of(Timeouts(header=10, request=4), kit.Clock(1000.0))
    say(talk, b"GET /")
    kit.expect(talk.deadline, 1004.0, "header=10, request=4: the sooner one (`timeouts.head`)")


def test_the_end_is_not_waited_for():
    talk = talk_of(USUAL, kit.Clock(1000.0))
    say(talk, GET)
    answer(talk)
    kit.expect(say(talk, b""), None, "the client has left")
    kit.expect(talk.connection.must_close, True, "and so the connection must close")
