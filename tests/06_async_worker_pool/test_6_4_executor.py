"""Task 6.4: say no when all threads are taken (`engines.worker.LoopWorker.run`, `.call`)."""

import asyncio
import contextvars
import threading

from groundup.engines.worker import LoopWorker
from groundup.errors import HTTPException
from groundup.lifecycle import Lifecycle
from workshop import kit

pytestmark = kit.task("6.4")

PATIENCE = 1.2


def on_a_loop(test, threads=1, queue=1):
    """Run `test(worker)`; close the worker."""
    kit.did(f"threads={threads}, queue={queue}")

    async def main():
        worker = LoopWorker(threads, queue, Lifecycle())
        try:
            return await asyncio.wait_for(test(worker), PATIENCE)
        finally:
            worker.close()

    return asyncio.run(main())


def test_a_function_runs_in_a_thread_and_its_result_comes_back():
    async def test(worker):
        return await worker.run(lambda x: (x * 2, threading.current_thread().name), 21)

    result, name = on_a_loop(test) or (None, None)
    kit.expect(result, 42, "the result")
    kit.expect_that(name != threading.current_thread().name, "another thread", name)


def test_what_it_raises_comes_back():
    async def test(worker):
        return await worker.run({}.__getitem__, "x")

    kit.expect_raises(KeyError, on_a_loop, test, want="the function's own error")


def test_the_loop_goes_on_meanwhile():
    async def test(worker):
        turned = threading.Event()
        asyncio.get_running_loop().call_soon(turned.set)
        return await worker.run(turned.wait, PATIENCE)

    kit.expect(on_a_loop(test), True, "the loop has turned while the function waited in its thread")


def test_it_runs_in_the_context_of_its_caller():
    who = contextvars.ContextVar("who", default="nobody")

    async def test(worker):
        who.set("ada")
        return await worker.run(who.get)

    kit.expect(on_a_loop(test), "ada", "a context variable, seen from the thread")


class Held:
    """Functions that stand still in their threads."""

    def __init__(self):
        self.go, self.arrived = threading.Event(), threading.Semaphore(0)

    def __call__(self):
        self.arrived.release()
        self.go.wait(PATIENCE)
        return "done"


async def refused(worker):
    """The status of the refusal of one call more, or what it gave."""
    try:
        return await worker.run(lambda: "let in")
    except HTTPException as error:
        kit.expect(error.headers, {"retry-after": "1"}, "when to come again")
        return error.status_code


def test_when_threads_and_queue_are_full_the_next_one_is_told_so():
    async def test(worker):
        held = Held()
        tasks = [asyncio.ensure_future(worker.run(held)) for _ in range(5)]
        await asyncio.sleep(0)
        status = await refused(worker)
        held.go.set()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        return status, done

    status, done = on_a_loop(test, threads=2, queue=3)
    kit.expect(status, 503, "the sixth call: two have a thread, three wait")
    kit.expect(done, ["done"] * 5, "the five before it")


def test_a_place_is_free_again_when_its_call_is_done():
    async def test(worker):
        for number in range(5):
            kit.expect(await worker.run(lambda: number), number, "one after another")  # noqa: B023
        return True

    on_a_loop(test, threads=1, queue=0)


def test_a_place_is_free_again_when_its_call_has_failed():
    async def test(worker):
        for _ in range(3):
            await asyncio.gather(worker.run({}.__getitem__, "x"), return_exceptions=True)
        return await refused(worker)

    kit.expect(on_a_loop(test, threads=1, queue=0), "let in", "a call after three that failed")


def test_a_caller_that_is_cancelled_does_not_free_the_thread():
    async def test(worker):
        held = Held()
        task = asyncio.ensure_future(worker.run(held))
        await asyncio.to_thread(held.arrived.acquire, timeout=PATIENCE)
        kit.did("a call has the only thread; its caller is cancelled; then one call more")
        task.cancel()
        await asyncio.wait({task})
        status = await refused(worker)
        held.go.set()
        return status

    status = on_a_loop(test, threads=1, queue=0)
    kit.expect(status, 503, "one call more", why="a thread cannot be cancelled: it is still taken")


def test_call_takes_what_was_admitted_already():
    async def test(worker):
        held = Held()
        first = asyncio.ensure_future(worker.call(held))
        second = asyncio.ensure_future(worker.call(lambda: "second"))
        await asyncio.sleep(0)
        held.go.set()
        return await asyncio.gather(first, second)

    kit.expect(on_a_loop(test, threads=1, queue=0), ["done", "second"], "both")


def test_what_was_admitted_already_takes_a_place_as_well():
    async def test(worker):
        held = Held()
        kit.did("call() takes the only thread; then run()")
        first = asyncio.ensure_future(worker.call(held))
        await asyncio.sleep(0)
        status = await refused(worker)
        held.go.set()
        await first
        return status

    kit.expect(on_a_loop(test, threads=1, queue=0), 503, "what run() says")


def test_a_closed_one_says_so_and_loses_no_place():
    async def test(worker):
        await worker.run(int)
        worker.close()
        found = [await asyncio.gather(worker.run(int), return_exceptions=True) for _ in range(3)]
        return [type(error[0]) for error in found]

    kit.expect(on_a_loop(test, threads=1, queue=0), [RuntimeError] * 3, "three calls after close()")
