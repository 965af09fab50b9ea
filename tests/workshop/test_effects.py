"""What a chapter promises to see after a task can be seen then, the later tasks not yet written."""

from pathlib import Path

import pytest

from workshop.attacks import started
from workshop.book import scratch
from workshop.layout import Layout
from workshop.stack import solution_stack
from workshop.steps import find_step

EFFECTS = [
    (7, 3, "onion.py", "/crash", "x-seen: GET /crash"),
    (7, 6, "lines.py", "/nobody", "x-request-id: "),
    (7, 8, "smaller.py", "/list", "content-encoding: gzip"),
    (8, 3, "demo.py", "/slow", "tick"),
    (8, 4, "demo.py", "/clock", "data: 0"),
    (9, 12, "demo.py", "/search?q=hel", "Ann"),
]


@pytest.mark.parametrize(("number", "last", "script", "path", "want"), EFFECTS)
def test_an_effect_needs_no_later_task(
    number: int, last: int, script: str, path: str, want: str, tmp_path: Path
) -> None:
    step = find_step(str(number))
    done = ",".join(f"{number}.{task}" for task in range(1, last + 1))
    root = scratch.make(tmp_path / "copy", step, f"solved:{done}")
    stack = solution_stack(number, replace={number: Layout(root).mine(step.name)})
    with started(step, script, stack) as server:
        client = server.connect()
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
        client.send(request.encode("ascii"))
        client.recv_until(want.encode("ascii"))
