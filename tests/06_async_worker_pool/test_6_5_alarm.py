"""Task 6.5: set an alarm, and take it back (`engines.hub.Alarm`, `Hub.tick`)."""

import asyncio

import pytest
from loops import World, on_loop

from groundup.timeouts import NEVER, Timeouts
from workshop import kit

pytestmark = kit.task("6.5")


async def waiting(world: World, deadline: float) -> str:
    """Wait for ever, with an alarm; tells how that ended."""
    try:
        with world.hub.alarm(deadline):
            await asyncio.get_running_loop().create_future()
    except TimeoutError:
        return "TimeoutError"
    return "it went on"


def begin(world, seconds):
    """A task that waits for ever, and has an alarm in so many seconds."""
    kit.did(f"a task waits for ever, with an alarm in {seconds:g} s")
    return asyncio.ensure_future(waiting(world, world.clock() + seconds))


def test_whoever_waits_too_long_gets_a_timeout_error():
    async def test(world):
        task = begin(world, 5)
        await world.pass_by(4.9)
        kit.expect(task.done(), False, "it has ended after 4.9 s")
        await world.pass_by(0.2)
        kit.expect_that(task.done(), "it has ended after 5.1 s", "it still waits")
        return task.result()

    kit.expect(on_loop(test), "TimeoutError", "what came out of the block")


def test_the_hub_looks_again_and_again():
    async def test(world):
        world.hub.tick()
        task = begin(world, 5)
        for _ in range(5):
            await asyncio.sleep(0.03)
            world.clock.advance(1.1)
        return await task

    kit.did("tick() is called once")
    got = on_loop(test, timeouts=Timeouts(write=0.1))
    kit.expect(got, "TimeoutError", "what came out of the block", why="tick() calls itself again")


def test_an_alarm_that_was_not_needed_disturbs_nobody_later():
    async def test(world):
        with world.hub.alarm(world.clock() + 5):
            await asyncio.sleep(0)
        kit.did("the block is left in time; then 10 s pass")
        try:
            await world.pass_by(10)
        except asyncio.CancelledError:
            return "cancelled"
        return "it went on"

    kit.expect(
        on_loop(test),
        "it went on",
        "what the alarm did to the next wait of the same task",
        why="an alarm is taken back when its block is left",
    )


def test_no_alarm_stays_set_when_a_block_fails():
    async def test(world):
        try:
            with world.hub.alarm(world.clock() + 5):
                raise KeyError("x")
        except KeyError:
            await world.pass_by(10)
        return "it went on"

    kit.expect(on_loop(test), "it went on", "after an exception in the block, and 10 s")


def test_what_the_block_raises_is_what_comes_out_even_if_it_rang():
    async def work(world):
        with world.hub.alarm(world.clock() + 5):
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                raise KeyError("while it cleaned up")

    async def test(world):
        kit.did("the alarm rings, and then the block raises a KeyError of its own")
        task = asyncio.ensure_future(work(world))
        await world.pass_by(6)
        return type(task.exception())

    kit.expect(on_loop(test), KeyError, "what came out of the block")


def test_it_rings_once_however_long_the_block_needs_to_end():
    cleaned = []

    async def work(world, go):
        try:
            with world.hub.alarm(world.clock() + 5):
                try:
                    await asyncio.get_running_loop().create_future()
                finally:
                    await go.wait()
                    cleaned.append("cleaned up")
        except TimeoutError:
            return "TimeoutError"

    async def test(world):
        go = asyncio.Event()
        task = asyncio.ensure_future(work(world, go))
        kit.did("the alarm rings; the block cleans up, and meanwhile the hub looks again, twice")
        for _ in range(3):
            await world.pass_by(6)
        go.set()
        await world.turn()
        return task.result() if task.done() and not task.cancelled() else "CancelledError"

    got = on_loop(test)
    kit.expect((got, cleaned), ("TimeoutError", ["cleaned up"]), "what came out, and what was done")


def test_a_cancellation_that_is_not_its_own_is_let_through():
    async def test(world):
        task = begin(world, 5)
        await world.turn()
        kit.did("somebody else cancels the task, in time")
        task.cancel()
        await world.turn()
        return task.cancelled()

    kit.expect(on_loop(test), True, "the task has ended cancelled")


def test_of_two_cancellations_it_takes_back_one():
    async def test(world):
        task = begin(world, 5)
        await world.turn()
        kit.did("the alarm rings, and in the same moment somebody else cancels the task")
        world.clock.advance(6)
        world.hub.tick()
        task.cancel()
        await world.turn()
        return task.cancelled()

    kit.expect(
        on_loop(test),
        True,
        "the task has ended cancelled",
        why="a server that stops must be able to end whoever is just running late",
    )


def test_a_task_that_was_late_once_may_wait_again():
    async def work(world):
        first = await waiting(world, world.clock() + 5)
        await asyncio.sleep(0)
        task = asyncio.current_task()
        return first, task.cancelling()

    async def test(world):
        task = asyncio.ensure_future(work(world))
        await world.pass_by(6)
        return task.result() if task.done() and not task.cancelled() else "it never came back"

    kit.expect(on_loop(test), ("TimeoutError", 0), "how it ended, and cancellations still open")


def test_of_two_alarms_the_one_that_rang_is_told():
    async def work(world):
        try:
            with world.hub.alarm(world.clock() + 5):
                return await waiting(world, world.clock() + 10)
        except TimeoutError:
            return "the outer one"

    async def test(world):
        task = asyncio.ensure_future(work(world))
        await world.pass_by(6)
        return task.result() if task.done() else "none"

    kit.expect(on_loop(test), "the outer one", "which alarm has ended it, after 6 s: 5 or 10?")


def test_several_may_ring_at_the_same_time():
    async def test(world):
        tasks = [begin(world, 5) for _ in range(4)]
        await world.pass_by(6)
        return [task.done() and task.result() for task in tasks]

    kit.expect(on_loop(test), ["TimeoutError"] * 4, "how the four have ended")


@pytest.mark.parametrize("deadline", [NEVER])
def test_no_limit_is_no_limit(deadline):
    async def test(world):
        task = asyncio.ensure_future(waiting(world, deadline))
        await world.pass_by(1e9)
        return task.done()

    kit.expect(on_loop(test), False, "it has ended after thirty years")
