"""Which task a test belongs to, and what it is called in words.

Apart from the plugin so that it stays readable. Rule: a test says its task by
`kit.task`; a file that cannot be imported says it by its name.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FILE = re.compile(r"test_(\d+)_(\d+)(?:_|\.)")


def task_of_file(path: Path) -> str | None:
    """`test_1_2_line_reader.py` → "1.2"."""
    found = FILE.match(path.name)
    return f"{found[1]}.{found[2]}" if found else None


def mark_of(item: pytest.Item) -> pytest.Mark | None:
    """Its `kit.task`, if it has one."""
    mark = item.get_closest_marker("task")
    return mark if mark and mark.args else None


def task_of(item: pytest.Item) -> str:
    """The id of its task, or ""."""
    mark = mark_of(item)
    return str(mark.args[0]) if mark else ""


def behaviour(item: pytest.Item) -> str:
    """`test_reads_a_line[crlf]` → "reads a line [crlf]"; or the test's docstring."""
    doc = getattr(getattr(item, "obj", None), "__doc__", None)
    name, _, case = item.name.partition("[")
    words = doc.strip().splitlines()[0] if doc else name.removeprefix("test_").replace("_", " ")
    return f"{words} [{case}" if case else words


def in_order(task: str) -> list[int]:
    """A key that puts "2.9" before "2.10"."""
    return [int(part) for part in task.split(".") if part.isdigit()]
