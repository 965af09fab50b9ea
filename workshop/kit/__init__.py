"""The test kit: `from workshop import kit`.

What a suite needs to fail in a way that teaches: expectations with reasons, scripted
peers, a raw client, the server of the stack under test. Apart from the suites so
that all nine speak with one voice. Rule: nothing here imports `groundup` until a
test asks for a server.
"""

from __future__ import annotations

from typing import Any

from workshop.kit.caret import show
from workshop.kit.client import Client, connect
from workshop.kit.clock import Clock
from workshop.kit.expecting import expect, expect_raises, expect_that
from workshop.kit.handlers import Seen
from workshop.kit.recording import cases, did
from workshop.kit.replies import Reply
from workshop.kit.scripted import Sink, Stream
from workshop.kit.serving import Serving, serve
from workshop.kit.spawning import Spawned, spawn
from workshop.kit.splitting import splits
from workshop.kit.verdicts import Wrong

stream = Stream
sink = Sink


def task(task_id: str, *, seconds: float | None = None) -> Any:
    """Mark a test with the task it belongs to; `seconds` if it may take more than 2."""
    import pytest

    if seconds is None:
        return pytest.mark.task(task_id)
    return pytest.mark.task(task_id, seconds=seconds)


__all__ = [
    "Client",
    "Clock",
    "Reply",
    "Seen",
    "Serving",
    "Sink",
    "Spawned",
    "Stream",
    "Wrong",
    "cases",
    "connect",
    "did",
    "expect",
    "expect_raises",
    "expect_that",
    "serve",
    "show",
    "sink",
    "spawn",
    "splits",
    "stream",
    "task",
]
