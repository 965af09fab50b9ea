"""Wait until a file changes: what ``check --watch`` and the live book stand on.

Apart because it alone sleeps and looks again. The rule: it looks at times and sizes, opens
nothing, and never misses a file that was saved twice within a second.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from workshop.stack import Stack

Times = dict[Path, tuple[int, int]]


def changes(
    stack: Stack,
    folders: Sequence[Path] = (),
    every: float = 0.3,
    stop: threading.Event | None = None,
) -> Iterator[set[Path]]:
    """Yield the files that changed, whenever some of the stack (or of ``folders``) did.

    What counts as changed begins with this call. It ends when ``stop`` is set.
    """
    before = _times(stack, folders)
    return _changes(before, stack, folders, every, stop or threading.Event())


def _changes(
    before: Times, stack: Stack, folders: Sequence[Path], every: float, stop: threading.Event
) -> Iterator[set[Path]]:
    while not stop.wait(every):
        now = _times(stack, folders)
        if now != before:
            yield {path for path, _ in dict(now).items() ^ dict(before).items()}
        before = now


def _times(stack: Stack, folders: Sequence[Path]) -> Times:
    found: Times = {}
    for folder in (*stack.paths, *folders):
        for file in folder.rglob("*.py"):
            try:
                status = file.stat()
            except OSError:
                continue
            found[file] = (status.st_mtime_ns, status.st_size)
    return found
