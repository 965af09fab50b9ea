"""The blocks are what was published: blank space and the listed lines aside, nothing differs.

Apart because it reads the examples and runs none. Each block has a fingerprint of what its author
wrote; who undoes the listed changes must arrive at it. Rule: a line that differs is listed with
its reason, and only import lines do.
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "includes" / "coming_from.toml"
EXAMPLES = ROOT / "docs" / "examples" / "coming_from"
BLOCKS = tomllib.loads(TABLE.read_text("utf-8"))["block"]
each_block = pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block["file"])


def fingerprint(lines: list[str]) -> str:
    """Of the lines that are not blank, each with one space wherever there are some."""
    plain = [" ".join(line.split()) for line in lines]
    return hashlib.sha256("\n".join(line for line in plain if line).encode()).hexdigest()[:16]


def as_published(block: dict[str, Any]) -> list[str]:
    """Our lines, with the listed changes undone."""
    lines = (EXAMPLES / f"{block['file']}.py").read_text("utf-8").splitlines()
    for change in block.get("changes", ()):
        assert lines.count(change["ours"]) == 1, f"{change['ours']!r} is not in {block['file']}"
        lines[lines.index(change["ours"])] = change["theirs"]
    return lines


@each_block
def test_nothing_but_the_listed_lines_differs(block: dict[str, Any]) -> None:
    found = fingerprint(as_published(block))
    assert found == block["fingerprint"], "a line was changed that is not listed"


@each_block
def test_only_imports_differ_and_each_has_its_reason(block: dict[str, Any]) -> None:
    for change in block.get("changes", ()):
        for line in (change["theirs"], change["ours"]):
            assert line.startswith("from ") and " import " in line, line
        assert change["why"].strip()


def test_a_line_that_was_changed_is_noticed() -> None:
    block = next(block for block in BLOCKS if block["file"] == "zerodep/coercion")
    lines = as_published(block)
    assert fingerprint(["", *lines, "   "]) == block["fingerprint"], "blank space is not looked at"
    lines[0] = lines[0].replace("/dict", "/list")
    assert fingerprint(lines) != block["fingerprint"]


def test_every_block_is_listed() -> None:
    there = {
        path.relative_to(EXAMPLES).with_suffix("").as_posix() for path in EXAMPLES.rglob("*.py")
    }
    assert there - {"minimal"} == {block["file"] for block in BLOCKS}, "minimal is our own"
