"""Decide the state of a failed test, and fill the five parts.

Apart from the pytest plugin so that it can be read (and tested) without pytest. Rule:
the nearest cause wins: a hole before a crash, a server's crash before what its
client saw, the learner's own line before any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from workshop.kit.caret import show
from workshop.kit.facts import Facts, facts_of, layout
from workshop.kit.failure import Failure, State
from workshop.kit.frames import Place, last_place, learners_place
from workshop.kit.recording import Death, Record
from workshop.kit.verdicts import Hung, Wrong
from workshop.layout import PACKAGE

HOLE = re.compile(r"Task (\d+\.\d+)")
PRINTED = 8  # lines of print() shown: the last ones stand nearest to the failure


@dataclass(frozen=True)
class Context:
    """What a judge knows beside the exception itself."""

    record: Record
    behaviour: str = ""  # the test's name in words
    stderr: str = ""
    printed: str = ""  # what the learner's own print() calls said


def judge(error: BaseException, context: Context) -> Failure:
    """The failure that this exception means."""
    facts = facts_of(context.record.task)
    if context.record.verdicts and not isinstance(error, Hung):
        error = context.record.verdicts[0]
    failure = replace(_verdict(error, context, facts), title=facts.title)
    return replace(
        failure,
        did=tuple(str(step) for step in context.record.steps),
        why=failure.why or because(facts),
        next=failure.next or what_next(facts),
    )


def _verdict(error: BaseException, context: Context, facts: Facts) -> Failure:
    hole = _hole_in(error, context.record)
    if hole is not None:
        return _not_written(hole, facts)
    death = next((death for death in context.record.deaths if death.fatal), None)
    if death is not None:
        return _server_died(death, error, context, facts)
    if isinstance(error, Hung):
        limit = f"{context.record.seconds:g} s"
        want = error.want or f"{context.behaviour}, within {limit}"
        got = error.stack if error.want else f"after {limit} {error.stack}"
        return Failure(facts.task, "hung", want=want, got=got, detail=_server_said(context))
    if isinstance(error, Wrong):
        why = because(facts, error.why, error.section)
        detail = _server_said(context)
        return Failure(facts.task, "wrong", want=error.want, got=error.got, why=why, detail=detail)
    return _raised(error, context, facts)


def _raised(error: BaseException, context: Context, facts: Facts) -> Failure:
    """Any exception that is neither a hole's nor the kit's own."""
    place = learners_place(error)
    want = context.behaviour
    detail = _server_said(context)
    if place is None and isinstance(error, AssertionError):
        want, got = _plain_assert(error, context)
        return Failure(facts.task, "wrong", want=want, got=got, detail=detail)
    state: State = "wrong" if place is None or _is_an_answer(error) else "crashed"
    if isinstance(error, ImportError | SyntaxError):
        state = "crashed"
    got = told_error(error, place or _place_of_test(error))
    return Failure(facts.task, state, want=want, got=got, detail=detail)


def _place_of_test(error: BaseException) -> Place | None:
    place = last_place(error)
    return place if place and not place.module.startswith(("workshop", "importlib")) else None


def _is_an_answer(error: BaseException) -> bool:
    """An exception the framework itself defines is a refusal, not a crash."""
    return type(error).__module__.partition(".")[0] == PACKAGE


def told_error(error: BaseException, place: Place | None) -> str:
    """`ValueError: …` and the line it came from."""
    text = show(str(error), 300)[1:-1] if "\n" not in str(error) else str(error).strip()
    lines = [f"{type(error).__name__}: {text}" if text else type(error).__name__]
    if isinstance(error, SyntaxError) and error.filename:
        where = f"at {layout().shown(Path(error.filename))}:{error.lineno}"
        return "\n".join([f"SyntaxError: {error.msg}", where, f"    {(error.text or '').strip()}"])
    if place is not None:
        lines += [f"at {place.told()[0]}", *place.told()[1:]]
    return "\n".join(lines)


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, and those it came from."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _hole_in(error: BaseException, record: Record) -> tuple[str, Place | None] | None:
    """The task whose hole was reached, by this exception, in a server's thread or its log."""
    deaths = [death.error for death in record.deaths]
    for start in (error, *deaths):
        for link in chain(start):
            found = HOLE.match(str(link)) if isinstance(link, NotImplementedError) else None
            if found:
                return found[1], learners_place(link)
    return None


def _not_written(hole: tuple[str, Place | None], facts: Facts) -> Failure:
    task, place = hole
    where = f" ({place.where})" if place else ""
    other = facts_of(task)
    targets = ", ".join(other.targets)
    if task == facts.task:
        want = f"{targets or facts.title} written{where}"
        got = "nothing yet: the hole is still there"
        return Failure(task, "not started", want=want, got=got)
    want = f"task {task} done first{': ' + other.title if other.title else ''}"
    got = f"the test came to the hole of {task}{': ' + targets if targets else ''}{where}"
    following = f"python3 -m workshop check {other.chapter} --task {task}"
    return Failure(facts.task, "waits", waits_for=task, want=want, got=got, next=following)


def _server_died(death: Death, error: BaseException, context: Context, facts: Facts) -> Failure:
    """The client only saw a closed connection: tell what the server saw."""
    place = learners_place(death.error) or last_place(death.error)
    got = f"the server's thread ended:\n{told_error(death.error, place)}"
    want = context.behaviour
    if isinstance(error, Wrong):
        want = error.want
        got += f"\nso the client got {error.got}"
    return Failure(facts.task, "crashed", want=want, got=got, detail=_server_said(context))


def _server_said(context: Context) -> str:
    """The conversation, the log, standard error and what was printed, as far as there are any."""
    record = context.record
    lines = _conversation(record)
    for death in record.deaths:
        if not death.fatal:
            place = learners_place(death.error)
            lines.append(f"the server logged {told_error(death.error, place)}")
    if not any(not death.fatal for death in record.deaths):
        lines += [f"the server logged {line}" for line in record.logged[-4:]]
    said = [line for line in [*record.stderr, *context.stderr.splitlines()] if line.strip()]
    lines += [f"standard error: {line}" for line in said[-6:]]
    printed = context.printed.splitlines()
    lines += [f"… {len(printed) - PRINTED} lines printed before …"] * (len(printed) > PRINTED)
    lines += [f"printed: {line}" for line in printed[-PRINTED:]]
    return "\n".join(lines)


def _conversation(record: Record) -> list[str]:
    """Who said what, neighbouring pieces joined; nothing if the server never spoke."""
    if not any("←" in who for who, _ in record.conversation):
        return []
    turns = groupby(record.conversation, key=lambda piece: piece[0])
    lines = [f"{who}  {show(b''.join(data for _, data in pieces))}" for who, pieces in turns]
    return lines[-8:]


def _plain_assert(error: AssertionError, context: Context) -> tuple[str, str]:
    """(want, got) of a plain assert, from pytest's explanation of it."""
    lines = [line.rstrip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return context.behaviour, "an assertion failed"
    claim = next((n for n, line in enumerate(lines) if line.startswith("assert ")), None)
    if claim is None:
        return context.behaviour, "\n".join(lines[:4])
    message = " ".join(lines[:claim]) or context.behaviour
    return message, "\n".join([f"not true: {lines[claim][7:]}", *lines[claim + 1 : claim + 5]])


def because(facts: Facts, why: str | None = None, section: str | None = None) -> str:
    """The invariant (or the test's own reason) with chapter and RFC section."""
    reason = (why or facts.invariant).rstrip(".")
    sources = [f"chapter {facts.chapter}"] if facts.title else []
    if section or facts.section:
        sources.append(section or facts.section or "")
    return (
        f"{reason} ({'; '.join(sources)})" if reason and sources else reason or "; ".join(sources)
    )


def what_next(facts: Facts) -> str:
    """The command that helps."""
    if not facts.task:
        return ""
    return f"python3 -m workshop hint {facts.task}"
