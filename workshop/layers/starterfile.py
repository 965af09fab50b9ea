"""The record of what ``sync`` generated for a learner: ``steps/NN_name/starter.json``.

Apart because two tools that must not import each other read it: ``sync``, to know an untouched
starter (by its hash) from a learner's work, and ``check``, to know a ``change`` target that is
still as it was given. The rule: a hash is taken over text with plain newlines, so that a checkout
on Windows is no edit.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from workshop.layout import Layout


@dataclass
class Record:
    """For each generated file its hash; for each ``change`` target the code it was given with."""

    files: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    def knows(self, name: str, text: str) -> bool:
        """Whether this text is, letter for letter, what was generated for that file."""
        return self.files.get(name) == digest(text)


def digest(text: str) -> str:
    """The hash of a text; the newlines are plain already (``read``)."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> str | None:
    """A file's text with plain newlines; None when it is not there; bad bytes are replaced."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def write(path: Path, text: str) -> None:
    """Write a text with plain newlines, making its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def load(step: str, layout: Layout) -> Record:
    """The record of a step; an empty one when nothing was generated yet."""
    text = read(layout.step(step) / "starter.json")
    if text is None:
        return Record()
    table = json.loads(text)
    return Record(table["files"], table["given"])


def dump(record: Record) -> str:
    """The record as the text of its file."""
    table = {"files": record.files, "given": record.given}
    return json.dumps(table, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
