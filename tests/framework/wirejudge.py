"""What a conversation must have come to, and one sentence for each thing that is not so.

Apart from the talking, because a judge that knows no transport can be shown wrong ones. Rule: every
complaint is collected, so that one run tells all that is wrong with an answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from wireanswers import Answer, Malformed, check_answer
from wirecases import Case, Expected
from wiretalk import PROBED, Conversation, fill, saw

PER_CONNECTION = ("date", "connection", "keep-alive")  # what may differ between two answers


def complaints(talk: Conversation, executed: list[str] | None, *, dated: bool) -> Iterator[str]:
    """All that is wrong with what came; `executed` is None where it cannot be known."""
    case = talk.case
    for answer in talk.answers:
        try:
            check_answer(answer, case.version, dated=dated)
        except Malformed as problem:
            yield f"{problem}: {answer}"
    yield from about_answers(talk)
    yield from about_closing(case, talk)
    wanted = [*case.ran, PROBED] if talk.probed else list(case.ran)
    if executed is not None and executed != wanted:
        yield f"executed: {executed}, wanted: {wanted}"


def about_answers(talk: Conversation) -> Iterator[str]:
    """The answers in their order; optional ones may be missing."""
    left = list(talk.answers)
    for number, expected in enumerate(talk.case.answers):
        if left and left[0].status in expected.status:
            yield from about_one(left.pop(0), expected, talk)
        elif not expected.optional:
            got = left[0].status if left else "the end"
            yield f"answer {number}: {got}, wanted {expected.status}: {left[:1]}"
            return
    if left:
        yield f"more answers than were asked for: {left}"


def about_one(answer: Answer, expected: Expected, talk: Conversation) -> Iterator[str]:
    """One answer against what the row says of it."""
    if expected.whole not in (None, answer.whole):
        yield f"the answer {'is whole' if answer.whole else 'was cut off'}: {answer}"
    if expected.body is not None and answer.body != expected.body.encode("latin-1"):
        yield f"body: {answer.body!r}, wanted {expected.body!r}"
    for text in expected.contains:
        if text.encode("latin-1") not in answer.body:
            yield f"the body has no {text!r}: {answer.body!r}"
    if expected.framing not in (None, answer.framing):
        yield f"framing: {answer.framing}, wanted {expected.framing}"
    for name, value in expected.fields.items():
        yield from about_field(name, answer.get(name), value, talk)
    for name, start in expected.begins.items():
        if not (answer.get(name) or "").startswith(start):
            yield f"{name}: {answer.get(name)!r}, wanted one that begins with {start!r}"
    seen = saw(answer) if expected.saw else {}
    for name, value in expected.saw.items():
        if seen.get(name) != value:
            yield f"{name}: {seen.get(name)!r} was seen, wanted {value!r}"
    if expected.same_fields_as is not None:
        yield from about_same(answer, talk.answers[expected.same_fields_as])


def about_field(name: str, got: str | None, value: object, talk: Conversation) -> Iterator[str]:
    """One field: its value, or only whether it is there."""
    if isinstance(value, bool):
        if (got is not None) != value:
            yield f"{name}: {got!r}, wanted {'some value' if value else 'none'}"
        return
    wanted = fill(str(value).encode("latin-1"), talk.known).decode("latin-1")
    if got != wanted:
        yield f"{name}: {got!r}, wanted {wanted!r}"


def about_same(answer: Answer, other: Answer) -> Iterator[str]:
    """The same fields with the same values, but for what belongs to the connection."""
    one, two = (
        sorted(pair for pair in each.fields if pair[0] not in PER_CONNECTION)
        for each in (answer, other)
    )
    if one != two:
        yield f"fields: {one}, wanted those of the other answer: {two}"


def about_closing(case: Case, talk: Conversation) -> Iterator[str]:
    """Who keeps the connection, and whether the answers said so (RFC 9112 §9.6)."""
    if case.closes is not None and talk.probed == case.closes:
        yield "the connection stays open" if case.closes else "the connection is closed"
    finals = [answer for answer in talk.answers if answer.status >= 200]
    if any(answer.closing for answer in finals[:-1]):
        yield "an answer says close, and another follows"
    if not finals or case.ends:
        return
    last = finals[-1]
    if talk.transport.reset and last.whole and not case.says_last:
        yield "the connection was reset, under a client that could not know it would close"
    if talk.probed and last.closing:
        yield "the answer says close, and the connection stays"
    must_say = case.closes is True and case.version == "1.1" and last.whole and not case.silent
    if not talk.probed and must_say and not last.closing:
        yield "the connection closes, and the last answer does not say so"
    if talk.probed and case.version == "1.0" and last.get("connection") != "keep-alive":
        yield "an HTTP/1.0 client is not told that the connection stays"
