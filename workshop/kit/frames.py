"""Tracebacks and stacks as a learner wants to read them: their own lines first.

Apart because both a crash and a hung thread need it. Rule: a frame is the learner's
when its module is `groundup` or below it, wherever the file lies.
"""

from __future__ import annotations

import linecache
import sys
import threading
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from types import CodeType, FrameType, TracebackType

from workshop.kit.facts import layout
from workshop.layout import PACKAGE


@dataclass(frozen=True)
class Place:
    """One line of running code."""

    module: str
    file: str
    line: int
    function: str

    @property
    def learners(self) -> bool:
        """Whether it is code of the package under test."""
        return self.module == PACKAGE or self.module.startswith(PACKAGE + ".")

    @property
    def where(self) -> str:
        """`steps/01_echo_socket/groundup/server.py:41`, from the repository's root."""
        from pathlib import Path

        return f"{layout().shown(Path(self.file))}:{self.line}"

    def told(self) -> list[str]:
        """The place and its source line."""
        source = linecache.getline(self.file, self.line).strip()
        head = f"{self.where} in {self.function}"
        return [head, f"    {source}"] if source else [head]


def _place(code: CodeType, globals_: dict[str, object], line: int) -> Place:
    return Place(str(globals_.get("__name__", "")), code.co_filename, line, code.co_qualname)


def places(trace: TracebackType | None) -> list[Place]:
    """The lines an exception went through, outermost first."""
    return [_place(frame.f_code, frame.f_globals, line) for frame, line in traceback.walk_tb(trace)]


def learners_place(error: BaseException) -> Place | None:
    """The deepest line of the package under test that the exception went through."""
    mine = [place for place in places(error.__traceback__) if place.learners]
    return mine[-1] if mine else None


def last_place(error: BaseException) -> Place | None:
    """The deepest line of all."""
    found = places(error.__traceback__)
    return found[-1] if found else None


def stack_of(frame: FrameType | None) -> list[Place]:
    """The lines a running thread is in, innermost first."""
    return [
        _place(frame.f_code, frame.f_globals, line) for frame, line in traceback.walk_stack(frame)
    ]


def told_stack(stack: list[Place]) -> str:
    """A stack as text: the learner's lines first, then where the test stands."""
    mine = [place for place in stack if place.learners]
    rest = [place for place in stack if _is_test(place)]
    lines: list[str] = []
    for place in mine[:4]:
        lines += place.told()
    if rest:
        lines += (["called from"] if mine else []) + rest[0].told()
    return "\n".join(lines) or "\n".join(line for place in stack[:2] for line in place.told())


def _is_test(place: Place) -> bool:
    return place.module.startswith("test_")


@dataclass(frozen=True)
class Standing:
    """A thread and the lines it stands in."""

    thread: str
    stack: list[Place]

    @property
    def in_learners_code(self) -> bool:
        """Whether any of its lines is the learner's."""
        return any(place.learners for place in self.stack)


def threads(skip: Iterable[int] = ()) -> list[Standing]:
    """Every running thread, the main thread first."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    main = threading.main_thread().ident
    leave = set(skip)
    found = [
        (ident != main, Standing(names.get(ident, "thread"), stack_of(frame)))
        for ident, frame in sys._current_frames().items()
        if ident not in leave
    ]
    return [standing for _, standing in sorted(found, key=lambda pair: pair[0])]
