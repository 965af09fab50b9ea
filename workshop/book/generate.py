"""Write the generated parts of the book to disk: ``build/book/generated/``.

Chapters include them by name (``--8<-- "generated/01_echo_socket/header.md"``), so that
a number, a title or a list of files is written once: in step.toml, in the source, in
the tests. Rule: a file is touched only when it changes, and what is no longer made goes.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from workshop import ROOT, Problem
from workshop.book import (
    changes,
    comingfrom,
    growth,
    indexes,
    layers,
    options,
    parts,
    plans,
    promises,
    staircase,
    testlist,
)
from workshop.steps import Step, load_steps

OUT = ROOT / "build" / "book" / "generated"
RFC_INDEX = ROOT / "tests" / "02_request_parser" / "rfc_index.py"

Part = Callable[[], str]


def generate(out: Path = OUT, *, lenient: bool = False) -> list[Path]:
    """Write every generated part and return the files that changed.

    ``lenient`` puts the reason in the place of a part that cannot be made: for authors.
    """
    wanted = {name: _text(name, make, lenient) for name, make in everything()}
    changed = [out / name for name, text in wanted.items() if _write(out / name, text)]
    for old in out.rglob("*.md"):
        if old.relative_to(out).as_posix() not in wanted:
            old.unlink()
    return changed


def _text(name: str, make: Callable[[], str], lenient: bool) -> str:
    try:
        return make()
    except (OSError, LookupError, SyntaxError, Problem) as error:
        if not lenient:
            raise Problem(f"{name} cannot be made: {error}") from error
        return f'!!! failure "{name} cannot be made"\n    {error}\n'


def _write(path: Path, text: str) -> bool:
    data = text.encode("utf-8")
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return True


def everything() -> Iterator[tuple[str, Part]]:
    """Yield the name, relative to the folder, and the maker of each generated part."""
    steps = load_steps()
    ready = chapters(steps)
    yield "staircase.md", partial(staircase.page, ready)
    yield "labs.md", partial(indexes.labs, steps)
    yield "hours.md", partial(indexes.hours, steps)
    yield "timings.md", partial(indexes.timings, steps)
    yield "plans.md", partial(plans.page, steps)
    yield "growth.md", partial(growth.page, steps)
    yield "attacks.md", partial(indexes.attacks, steps)
    yield "glossary.md", indexes.glossary
    yield "rfc9112.md", rfc_index
    yield from framework_parts()
    yield from comingfrom.everything()
    for step in steps:
        for name, make in step_parts(step, ready):
            yield f"{step.name}/{name}.md", make


def framework_parts() -> Iterator[tuple[str, Part]]:
    """Yield the parts of the pages about the finished framework, and of its reference."""
    for row in indexes.ROWS:
        yield f"reference/{row}.md", partial(layers.reference, row)
        yield f"framework/rooms-{row}.md", partial(layers.rooms, row)
    for row in ("engines", "app"):  # those that have packages
        yield f"reference/{row}-inside.md", partial(layers.reference, row, inside=True)
    yield "framework/layers.md", layers.picture
    yield "framework/promises.md", promises.page
    yield "framework/limits.md", options.limits
    yield "framework/deadlines.md", options.deadlines
    yield "framework/modes.md", options.modes
    yield "framework/command-line.md", options.command_line


def chapters(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Return the steps that have a chapter."""
    return tuple(s for s in steps if (ROOT / "docs" / "chapters" / f"{s.name}.md").is_file())


def step_parts(step: Step, ready: tuple[Step, ...]) -> Iterator[tuple[str, Part]]:
    """Yield the parts that a step's chapter may include."""
    yield "header", partial(parts.header, step, ready)
    yield "tasks", partial(parts.tasks, step)
    yield "diff", partial(changes.page, step)
    yield "invariants-tests", partial(testlist.page, step)
    for task in step.tasks:
        yield f"task-{task.id}", partial(parts.task, step, task)


def rfc_index() -> str:
    """Return the table that step 02's suite makes of its own cases."""
    if not RFC_INDEX.is_file():
        return "*The index is made from the cases of step 02's suite, which is being written.*\n"
    command = [sys.executable, str(RFC_INDEX)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise Problem(f"{RFC_INDEX.relative_to(ROOT)} failed:\n{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    for path in generate():
        print(path.relative_to(ROOT))
