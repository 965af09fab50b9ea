"""A failure that teaches: one state, five parts, as plain text.

Apart from judging (which decides) and from colour (which is the terminal's): here is
only the picture. Rule: the same failure gives the same text, on every machine,
once `normalise` has taken out ports, paths, line numbers and addresses.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

State = Literal["passed", "not started", "waits", "wrong", "crashed", "hung", "skipped"]

WIDTH = 98  # columns; a terminal of 100 shows it whole
INDENT = 7  # columns before the text of a part
SHOWN_STEPS = 12  # steps told before the middle is left out


@dataclass(frozen=True)
class Failure:
    """What happened to one test, ready to be shown. Texts may hold several lines."""

    task: str
    state: State
    title: str = ""
    waits_for: str | None = None
    did: tuple[str, ...] = ()
    want: str = ""
    got: str = ""
    why: str = ""
    next: str = ""
    detail: str = ""

    def parts(self) -> dict[str, Any]:
        """The five parts (and the detail) for the event of this test."""
        everything = asdict(self)
        return {name: everything[name] for name in ("did", "want", "got", "why", "next", "detail")}


def from_event(event: dict[str, Any]) -> Failure:
    """The failure that an event line of the plugin tells."""
    parts = event.get("failure") or {}
    return Failure(
        task=event["task"],
        state=event["state"],
        title=event.get("title", ""),
        waits_for=event.get("waits_for"),
        did=tuple(parts.get("did", ())),
        **{name: parts.get(name, "") for name in ("want", "got", "why", "next", "detail")},
    )


def render(failure: Failure) -> str:
    """The whole picture: a headline, then did, want, got, (more,) why and next."""
    rows = [headline(failure)]
    rows += _part("did", _steps(failure.did))
    rows += _part("want", _prose(failure.want))
    rows += _part("got", _wrapped(failure.got))
    rows += _part("more", failure.detail.splitlines())
    rows += _part("why", _broken(failure.why) if failure.why else [])
    rows += _part("next", failure.next.splitlines())
    return "\n".join(rows) + "\n"


def headline(failure: Failure) -> str:
    """`1.2 WRONG  read a line however the bytes arrive`."""
    state = f"waits for {failure.waits_for}" if failure.waits_for else failure.state
    return f"{failure.task} {state.upper()}  {failure.title}".rstrip()


def _part(label: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    first = f" {label}".ljust(INDENT) + lines[0]
    return [first.rstrip(), *((" " * INDENT + line).rstrip() for line in lines[1:])]


def _wrapped(text: str, hang: str = "") -> list[str]:
    """Long prose broken at spaces; never a value, a place or a line with a caret under it."""
    lines: list[str] = []
    given = text.splitlines()
    for line, below in zip(given, [*given[1:], ""], strict=False):
        keep = line.startswith((" ", "at ")) or below.strip().startswith("^")
        lines += [line] if keep or _VALUE.search(line) else _broken(line, hang)
    return lines


def _prose(text: str) -> list[str]:
    """A sentence, and what may stand below it."""
    sentence, _, rest = text.partition("\n")
    return [*_broken(sentence), *_wrapped(rest)] if text else []


_VALUE = re.compile(r"""["'][^"']*["']""")  # something quoted


def _broken(line: str, hang: str = "") -> list[str]:
    return textwrap.wrap(
        line,
        WIDTH - INDENT,
        subsequent_indent=hang,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def _steps(did: tuple[str, ...]) -> list[str]:
    """Numbered steps, several on a line where they fit; the middle of many left out."""
    numbered = [f"{number} {step}" for number, step in enumerate(did, 1)]
    if len(numbered) > SHOWN_STEPS:
        left_out = len(numbered) - SHOWN_STEPS + 1
        numbered = [*numbered[:3], f"… {left_out} more …", *numbered[-(SHOWN_STEPS - 4) :]]
    lines: list[str] = []
    for step in numbered:
        if lines and len(lines[-1]) + 3 + len(step) <= WIDTH - INDENT:
            lines[-1] += "   " + step
        else:
            lines += _wrapped(step, "  ")
    return lines


_RULES = (
    (re.compile(r"\b(127\.0\.0\.1|localhost|\[?::1\]?):\d{2,5}\b"), r"\1:PORT"),
    (re.compile(r"(\('(?:127\.0\.0\.1|::1)', )\d{2,5}"), r"\1PORT"),
    (re.compile(r"0x[0-9a-fA-F]{6,16}"), "0xADDRESS"),
    (re.compile(r"[^\s\"'(]*[/\\](?=groundup[/\\])"), ""),
    (re.compile(r"(\w\.py):\d+"), r"\1:LINE"),
    (re.compile(r"(\w\.py\", line) \d+"), r"\1 LINE"),
    (re.compile(r"\bThread-\d+"), "Thread-N"),
    (re.compile(r"\bfd=\d+"), "fd=N"),
    (re.compile(r"\b(pid) \d+"), r"\1 N"),
    (re.compile(r"\b\d+\.\d{2,} s\b"), "SECONDS s"),
)


def normalise(text: str, *folders: Path) -> str:
    """The text without what differs from run to run: for golden files."""
    for folder in folders:
        for spelling in {str(folder), folder.as_posix()}:
            text = text.replace(spelling, "FOLDER")
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text.replace("\r\n", "\n")


def pinned(failure: Failure, *folders: Path) -> str:
    """The whole text as a golden file holds it: normalised first, so lines break alike."""

    def clean(text: str) -> str:
        return normalise(text, *folders)

    texts = replace(failure, want=clean(failure.want), got=clean(failure.got))
    more = replace(texts, detail=clean(failure.detail), next=clean(failure.next))
    return render(replace(more, did=tuple(map(clean, failure.did)), why=clean(failure.why)))
