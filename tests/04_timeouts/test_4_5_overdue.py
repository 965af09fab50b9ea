"""Task 4.5: 408, or no word at all (`engines.talk.Talk.overdue`)."""

from slowness import GET, talk_of

from groundup.errors import ProtocolError
from groundup.timeouts import Timeouts
from workshop import kit

pytestmark = kit.task("4.5")

POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"


def after_hearing(*pieces, answers=0):
    """The talk with a client that said this, and was answered so often."""
    talk = talk_of(Timeouts(), kit.Clock())
    for piece in pieces:
        kit.did(f"receive {piece!r}")
        talk.receive(piece)
        talk.next_request()
    for _ in range(answers):
        kit.did("answer it")
        talk.connection.send_response(200, {}, b"")
        talk.next_request()
    return talk


def is_told(talk, part):
    error = talk.overdue
    kit.expect_that(
        isinstance(error, ProtocolError),
        f"a client that is late with its {part} is told so: a ProtocolError",
        repr(error),
        section="RFC 9110 §15.5.9",
    )
    kit.expect(error.status_code, 408, f"late with its {part}: Request Timeout")
    kit.expect_that(part in str(error), f"it says that it was the {part}", str(error))


def test_a_late_head_is_told_408():
    is_told(after_hearing(b"GET / HT"), "head")


def test_a_late_body_is_told_408():
    is_told(after_hearing(POST), "body")
    is_told(after_hearing(POST, b"half"), "body")


def test_a_late_second_request_is_told_too():
    is_told(after_hearing(GET + b"GET /", answers=1), "head")


SILENT = "a 408 here might be taken for the answer to a request that is just on its way"


def test_an_idle_client_is_told_nothing():
    kit.expect(
        after_hearing(GET, answers=1).overdue,
        None,
        "between two requests: close without a word",
        why=SILENT,
        section="RFC 9110 §15.5.9, RFC 9112 §9.5",
    )


def test_a_client_that_never_said_anything_is_told_nothing():
    kit.expect(after_hearing().overdue, None, "no byte has come: close without a word")


def test_nobody_is_late_while_the_handler_works():
    kit.expect(after_hearing(GET).overdue, None, "it waits for us, and not we for it")


def test_it_can_be_sent_on_this_connection():
    talk = after_hearing(b"GET /")
    why = "it is asked when it is too late: it depends on the phase, and looks at no clock"
    kit.expect_that(talk.overdue is not None, "a ProtocolError, for half a head", "None", why=why)
    data = talk.connection.refuse(talk.overdue)
    kit.expect(data[:12], b"HTTP/1.1 408", "the connection refuses with it")
    kit.expect_that(b"connection: close" in data.lower(), "and closes", data)
