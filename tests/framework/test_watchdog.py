"""A loop that does not turn is told to the log, while it lasts and with the line it stands in."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from program import answer, ask, connect, eventually
from serving import serving

from groundup import App
from groundup.engines.watchdog import Watchdog

PATIENCE = 5.0  # of the dogs whose clock is a test's


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def standing(watchdog: Watchdog, name: str = "groundup-worker-7") -> Iterator[Callable[[], None]]:
    """A thread that has beaten once and stands in `wait_for_ever`; the call: beat once more."""
    go, done = threading.Semaphore(0), threading.Semaphore(0)
    ended = threading.Event()

    def wait_for_ever() -> None:
        while not ended.is_set():
            watchdog.beat()
            done.release()
            go.acquire(timeout=30)

    def beat() -> None:
        go.release()
        assert done.acquire(timeout=30)

    thread = threading.Thread(target=wait_for_ever, name=name, daemon=True)
    thread.start()
    assert done.acquire(timeout=30)
    try:
        yield beat
    finally:
        ended.set()
        go.release()
        thread.join(30)


def test_who_beats_in_time_is_not_told_of(caplog):
    clock = Clock()
    watchdog = Watchdog(PATIENCE, clock)
    with standing(watchdog) as beat:
        for _ in range(3):
            clock.now += PATIENCE
            watchdog.look()
            beat()
    assert not caplog.records, "exactly its patience is not too long"


def test_a_loop_that_stands_is_told_of_once_with_its_place(caplog):
    clock = Clock()
    watchdog = Watchdog(PATIENCE, clock)
    with standing(watchdog):
        clock.now += PATIENCE + 1.5
        watchdog.look()
        clock.now += 60
        watchdog.look()
    assert len(caplog.records) == 1, "once, and not every second"
    assert "groundup-worker-7 has not turned for 6.5 s" in caplog.text, "who, and for how long"
    assert "wait_for_ever" in caplog.text, "and where it stands"


def test_that_it_goes_on_is_told_and_the_next_time_it_is_told_of_again(caplog):
    caplog.set_level(logging.WARNING)
    clock = Clock()
    watchdog = Watchdog(PATIENCE, clock)
    with standing(watchdog) as beat:
        clock.now += 8
        watchdog.look()
        beat()
        assert "groundup-worker-7 goes on, after 8.0 s" in caplog.text, "the whole time it stood"
        clock.now += 8
        watchdog.look()
    assert len(caplog.records) == 3, "frozen, went on, frozen"


def test_a_thread_that_has_ended_is_not_called_frozen(caplog):
    clock = Clock()
    watchdog = Watchdog(PATIENCE, clock)
    with standing(watchdog):
        pass
    clock.now += 60
    watchdog.look()
    assert not caplog.records, "it does not stand: it is gone"


def test_none_never_looks():
    before = threading.active_count()
    watchdog = Watchdog(None)

    async def attend() -> None:
        watchdog.attend()

    watchdog.start()
    asyncio.run(attend())
    assert threading.active_count() == before, "no thread"
    watchdog.close()


def test_a_loop_that_attends_beats_by_itself(caplog):
    watchdog = Watchdog(0.2)

    async def turn() -> None:
        watchdog.attend()
        await asyncio.sleep(1.0)  # five times its patience, and never too long without a beat

    watchdog.start()
    asyncio.run(turn(), debug=False)
    watchdog.close()
    frozen = caplog.text.count("has not turned")
    assert frozen == caplog.text.count("goes on"), "who only waits goes on (a machine may be slow)"


def test_the_pool_names_the_handler_that_blocks_its_loop(caplog):
    app, release = App(), threading.Event()

    @app.get("/blocks")
    async def blocks_its_loop(request):
        release.wait(30)  # what no async handler may do
        return "at last"

    with serving("pool", app, num_workers=1, watchdog=0.2) as server:
        client = connect(server.address)
        try:
            ask(client, "/blocks")
            eventually(lambda: "has not turned" in caplog.text)
            assert "groundup-worker-0" in caplog.text, "it names the worker"
            assert "release.wait(30)" in caplog.text, "and the line"
        finally:
            release.set()
        assert answer(client)[1] == b"at last", "it only looks: the handler came to its end"
        eventually(lambda: "goes on" in caplog.text)


@pytest.mark.parametrize("patience", [0.2, None])
def test_the_pool_stops_with_and_without_a_watchdog(patience):
    with serving("pool", lambda request: None, num_workers=2, watchdog=patience):
        pass
    names = [thread.name for thread in threading.enumerate()]
    assert "groundup-watchdog" not in names, "its thread ends with the server"
