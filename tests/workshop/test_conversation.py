r"""Talking by hand: what is typed is what is sent, and every byte shown says who sent it."""

import io
import socket
import threading

import pytest
from rich.console import Console

from workshop import Problem
from workshop.conversation import Conversation, parse_line, visible


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("hello", b"hello\r\n"),
        ("", b"\r\n"),
        ("hel\\", b"hel"),
        ("\\", b""),
        (r"a\r\n", b"a\r\n\r\n"),
        (r"\0\x41\t", b"\0A\t\r\n"),
        (r"back\\", b"back\\\r\n"),
        ("back\\\\\\", b"back\\"),
        ("é", "é\r\n".encode()),
    ],
)
def test_a_typed_line_becomes_these_bytes(typed, sent):
    assert parse_line(typed) == sent


def test_an_escape_that_means_nothing_is_named():
    with pytest.raises(ValueError, match="backslash that means nothing"):
        parse_line(r"\xzz")


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"a\r\nb", ["a\\r\\n", "b"]),
        (b"\0\xff'\"", ["\\x00\\xff'\""]),
        (b"\n\n", ["\\n", "\\n"]),
        (b"", []),
        (b"back\\slash", ["back\\\\slash"]),
    ],
)
def test_every_byte_is_shown(data, lines):
    assert visible(data) == lines


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        yield listener


def serve(listener, answer):
    """Answer one client in a thread of its own."""

    def run():
        client, _ = listener.accept()
        with client:
            client.settimeout(10)
            answer(client)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def talk(listener):
    out = io.StringIO()
    console = Console(file=out, width=200)
    return out, Conversation(listener.getsockname(), console, live=False)


def test_both_sides_are_shown_in_order(listener):
    def answer(client):
        client.sendall(client.recv(100).upper())

    thread = serve(listener, answer)
    out, conversation = talk(listener)
    conversation.say(b"hi\r\n")
    conversation.finish()
    thread.join(10)
    conversation.close()
    said = [line.split(maxsplit=1) for line in out.getvalue().splitlines()]
    assert said[:2] == [["you", "hi\\r\\n"], ["server", "HI\\r\\n"]]
    assert "the server closed the connection" in out.getvalue()


def test_an_end_and_a_reset_are_told_apart_by_the_server(listener):
    heard = []

    def answer(client):
        try:
            heard.append(client.recv(100))
        except ConnectionResetError:
            heard.append("reset")

    for end in ("end", "reset"):
        thread = serve(listener, answer)
        _, conversation = talk(listener)
        getattr(conversation, end)()
        thread.join(10)
        conversation.close()
    assert heard == [b"", "reset"]


def test_sending_after_the_end_is_a_note_not_a_crash(listener):
    thread = serve(listener, lambda client: None)
    out, conversation = talk(listener)
    thread.join(10)
    conversation.reset()
    conversation.say(b"x")
    assert "not sent" in out.getvalue()


def test_nobody_there_is_one_sentence():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = unused.getsockname()
        with pytest.raises(Problem, match="nobody answers"):
            Conversation(address, Console(file=io.StringIO()), live=False)
