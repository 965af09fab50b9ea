r"""Task 8.4: an event on the wire (`sse.Event.__bytes__`)."""

import pytest

from groundup.sse import Event, as_event
from workshop import kit

pytestmark = kit.task("8.4")

EVENTS = [
    (Event("hello"), b"data: hello\n\n"),
    (Event("a\nb"), b"data: a\ndata: b\n\n"),
    (Event("a\r\nb\rc"), b"data: a\ndata: b\ndata: c\n\n"),
    (Event(""), b"data: \n\n"),
    (Event("x\n"), b"data: x\ndata: \n\n"),
    (Event({"n": 1}), b'data: {"n": 1}\n\n'),
    (Event(7), b"data: 7\n\n"),
    (Event("x", event="tick"), b"event: tick\ndata: x\n\n"),
    (Event("x", id="7"), b"id: 7\ndata: x\n\n"),
    (Event("x", id=""), b"id: \ndata: x\n\n"),
    (Event("x", retry=0), b"retry: 0\ndata: x\n\n"),
    (Event("é"), "data: é\n\n".encode()),
    (Event("x", "tick", "7", 1000), b"id: 7\nevent: tick\nretry: 1000\ndata: x\n\n"),
]
ORDER = "a browser takes the fields in any order; so that all write the same, it is this one"


@pytest.mark.parametrize(("event", "want"), EVENTS, ids=[repr(event)[6:-1] for event, _ in EVENTS])
def test_an_event_on_the_wire(event, want):
    kit.did(f"bytes({event!r})")
    kit.expect(
        bytes(event),
        want,
        "id, event, retry, those that are given; a data line for each line; a blank",
        why=ORDER if event.id and event.event else None,
    )


def browser(stream: bytes):
    """What a browser reads: (type, data, last event id) of each event."""
    found, data, kind, last = [], [], "message", ""
    for line in stream.decode().split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append((kind, "\n".join(data), last))
            data, kind = [], "message"
        elif name == "data":
            data.append(value)
        elif name == "event":
            kind = value
        elif name == "id":
            last = value
    return found


HOSTILE = ["x\n\ndata: forged", "x\nevent: forged", "x\r\rid: 9", ": a comment", "retry: 1"]


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
def test_data_is_never_another_field(text):
    kit.did(f"bytes(Event({text!r})), and a browser that reads it")
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kit.expect(
        browser(bytes(Event(text)) + bytes(Event("next"))),
        [("message", lines, ""), ("message", "next", "")],
        "two events, and the first has this text as its data",
        why="what a user typed must not be able to write an event of its own",
    )


def test_what_is_no_event_is_the_data_of_one():
    kit.expect(as_event("x"), b"data: x\n\n", 'as_event("x")')
    kit.expect(as_event(Event("x", id="1")), b"id: 1\ndata: x\n\n", "as_event(an Event)")
