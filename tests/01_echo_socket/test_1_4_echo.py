"""Task 1.4: whole lines come back, until the conversation ends, however it ends (`server.echo`)."""

import errno
import socket

import pytest

from groundup.server import echo
from workshop import kit

pytestmark = kit.task("1.4")


STAYS_OPEN = "the client's socket is still open: the server that accepted it closes it"


class ScriptedClient:
    """A client that plays its part: it sends these segments and takes answers as the sink does."""

    def __init__(self, *segments: bytes | Exception, takes: tuple[int | Exception, ...] = ()):
        self.calls: list[str] = []
        self._stream = kit.stream(*segments)
        self._sink = kit.sink(*takes)

    def recv(self, size: int) -> bytes:
        self.calls.append("recv")
        return self._stream.recv(size)

    def send(self, data: bytes) -> int:
        self.calls.append("send")
        return self._sink.send(data)

    def sendall(self, data: bytes) -> None:
        self._sink.sendall(data)

    def close(self) -> None:
        raise kit.Wrong(STAYS_OPEN, "echo closed it")

    def __enter__(self) -> "ScriptedClient":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def answered(self) -> bytes:
        return self._sink.taken


CONVERSATIONS = [
    ("a line comes back", b"hello\n", b"hello\n"),
    ("lines come back in order", b"one\ntwo\n\n", b"one\ntwo\n\n"),
    ("a cut line is no line", b"pay 100\npay 100", b"pay 100\n"),
    ("who says nothing gets nothing", b"", b""),
]


@pytest.mark.parametrize(
    ("story", "sent", "want"), CONVERSATIONS, ids=[c[0] for c in CONVERSATIONS]
)
def test_whole_lines_come_back(story, sent, want):
    for label, segments in kit.splits(sent):
        client = ScriptedClient(*segments)
        echo(client)
        kit.expect(client.answered, want, f"{story}, {label}")


def test_answers_survive_a_client_that_takes_them_byte_by_byte():
    client = ScriptedClient(b"hello\nworld\n", takes=(1,) * 12)
    echo(client)
    kit.expect(client.answered, b"hello\nworld\n", "both lines")


def test_a_line_is_answered_before_more_is_asked_for():
    client = ScriptedClient(b"one\ntwo\n", b"three\n")
    echo(client)
    want = ["recv", "send", "send", "recv", "send", "recv"]
    kit.expect(
        client.calls,
        want,
        "an answer as soon as a line is whole: most clients wait for it before they go on",
    )


@pytest.mark.parametrize(
    "error",
    [
        ConnectionResetError("reset by the client"),
        TimeoutError("the client has vanished"),
        OSError(errno.EHOSTUNREACH, "No route to host"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_connection_lost_while_reading_ends_the_conversation_quietly(error):
    client = ScriptedClient(b"one\n", b"tw", error)
    echo(client)
    kit.expect(client.answered, b"one\n", "the line before the loss was answered")


@pytest.mark.parametrize("error", [ConnectionResetError(), BrokenPipeError()], ids=repr)
def test_a_connection_lost_while_writing_ends_the_conversation_quietly(error):
    client = ScriptedClient(b"one\ntwo\n", takes=(4, error))
    echo(client)
    kit.expect(client.answered, b"one\n", "the line before the loss was answered")


def test_an_error_of_our_own_is_not_hidden():
    client = ScriptedClient(b"one\n", ZeroDivisionError("a bug, not a lost connection"))
    kit.expect_raises(
        ZeroDivisionError, echo, client, want="a bug is seen: only OSError means a lost connection"
    )


@pytest.mark.parametrize("ending", [b"\n", b""], ids=["with LF", "without"])
def test_a_line_over_the_limit_ends_the_conversation(ending):
    for label, segments in kit.splits(b"one\n" + b"x" * 8 + ending + b"two\n" * bool(ending)):
        client = ScriptedClient(*segments)
        echo(client, 8)
        kit.expect(client.answered, b"one\n", f"the lines before it, and nothing after it, {label}")


def connected() -> tuple[kit.Client, socket.socket]:
    """A client, and the server's socket of that connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = kit.connect(listener.getsockname())
        return client, listener.accept()[0]


def test_a_client_that_half_closes_gets_its_answers():
    client, accepted = connected()
    with accepted:
        client.send(b"one\ntwo\nthr")
        client.half_close()
        echo(accepted)
        kit.expect_that(accepted.fileno() != -1, STAYS_OPEN, "echo closed it")
    kit.expect(client.recv_all(), b"one\ntwo\n", "the answers, then the end")
    client.close()


def test_a_client_that_resets_is_survived():
    client, accepted = connected()
    with accepted:
        client.send(b"one\ntw")
        client.reset()
        echo(accepted)
