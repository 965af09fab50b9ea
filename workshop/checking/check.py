"""Check a step: its own suite on a stack, then earlier suites on the same stack.

``run`` is the one entry: the command line, the mutants, the home page and the tests of the
workshop all go through it. Apart from ``suite``, which runs processes, ``adding``, which adds up
what they say, and ``honest``, which reads the files. The rule: earlier suites run when the step's
own is green, so that a learner under way waits for nothing and reads of one thing at a time.
"""

import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

from workshop.checking.adding import Adder, OnTask, tail
from workshop.checking.honest import faulty, honest
from workshop.checking.outcome import CheckResult, TaskResult, whose
from workshop.checking.suite import LONGEST, Job, Run, run_suite, task_files
from workshop.layout import Layout
from workshop.stack import Stack, learner_stack
from workshop.steps import Step, Task, find_step

SIDE_BY_SIDE = min(4, os.cpu_count() or 1)  # earlier suites: mostly, a test waits


def _ignore(result: TaskResult) -> None:
    """Nobody wants to hear of it while it runs."""


def run(
    step: Step | str | int,
    stack: Stack | None = None,
    *,
    tasks: Sequence[str] | None = None,
    regressions: bool = True,
    on_task: OnTask = _ignore,
    on_regression: OnTask = _ignore,
    options: Sequence[str] = (),
    layout: Layout | None = None,
    stop: threading.Event | None = None,
    longest: float = LONGEST,
) -> CheckResult:
    """Check ``step`` on ``stack`` (default: the learner's), all of its tasks or some.

    ``on_task`` is called with each task's result as soon as it is known. The earlier suites run
    only when every task of the step itself is green, and never when ``tasks`` are named.
    ``options`` are passed to pytest (``--pdb``). Problem for an unknown step or task. Whoever sets
    ``stop`` ends it with Superseded; ``longest`` seconds are what one suite may take.
    """
    layout = layout or Layout()
    step = step if isinstance(step, Step) else find_step(step, layout)
    stack = stack or learner_stack(step, layout=layout)
    job = Job(step, stack, layout, step.name, (), options, stop, longest)
    chosen = [step.task(task) for task in tasks] if tasks else list(step.tasks)
    begin = time.monotonic()
    result = _own(job, chosen, on_task)
    if regressions and not tasks and step.regressions:
        result = _with_regressions(result, job, on_regression)
    return replace(result, seconds=round(time.monotonic() - begin, 3))


def _own(job: Job, chosen: Sequence[Task], on_task: OnTask) -> CheckResult:
    """The step's own suite; not even begun when a file cannot be read."""
    faults = job.stack.problems()
    if faults:
        results = [faulty(job.step, task, faults) for task in chosen]
        for result in results:
            on_task(result)
        return _result(job, job.step, results)
    adder = Adder(chosen, lambda r: honest(job.step, r, job.stack, job.layout), on_task)
    return _suite(job, job.step, adder, some=len(chosen) < len(job.step.tasks))


def _suite(job: Job, suite: Step, adder: Adder, some: bool) -> CheckResult:
    """Run a suite; once more for the rest whenever a test that hung took the process with it."""
    wanted = adder.open if some else []
    begin = time.monotonic()
    while True:
        run = run_suite(replace(job, suite=suite.name, tasks=wanted), adder.take)
        cut_short = run.gave_up or run.died_in is not None
        before = adder.open
        if cut_short:
            adder.interrupted(run)
        wanted = [task for task in adder.open if _has_file(job, suite, task)]
        if not cut_short or job.options or not wanted or adder.open == before:
            break
    result = _result(job, suite, adder.finish(run), complaints(run))
    seconds = round(time.monotonic() - begin, 3)
    return replace(result, seconds=seconds, own_seconds=seconds)


def _has_file(job: Job, suite: Step, task: str) -> bool:
    mark = f"test_{task.replace('.', '_')}_"
    return task_files(job.layout, suite.name, [task])[0].name.startswith(mark)


def _with_regressions(result: CheckResult, job: Job, on_task: OnTask) -> CheckResult:
    if not result.own_green:
        return replace(result, skipped_regressions=True)
    job = replace(job, stop=job.stop or threading.Event())
    turn = threading.Lock()

    def told(task: TaskResult) -> None:
        with turn:
            on_task(task)

    with ThreadPoolExecutor(1 if job.debugging else SIDE_BY_SIDE) as pool:
        asked = [pool.submit(_earlier, job, suite, told) for suite in _living(job)]
        try:
            for ended in as_completed(asked):
                ended.result()
        except BaseException:  # Ctrl-C, too: nobody waits for the others
            assert job.stop is not None
            job.stop.set()
            raise
    found = [suite.result() for suite in asked]
    return replace(result, regressions=tuple(found))


def _living(job: Job) -> list[tuple[Step, list[Task]]]:
    """The earlier suites, each with the tasks that still mean what they meant."""
    earlier = [find_step(name, job.layout) for name in job.step.regressions]
    found = [(s, [task for task in s.tasks if task.lives_on(job.step.number)]) for s in earlier]
    return [(suite, tasks) for suite, tasks in found if tasks]


def _earlier(job: Job, suite: tuple[Step, list[Task]], on_task: OnTask) -> CheckResult:
    step, living = suite
    return _suite(job, step, Adder(living, lambda r: r, on_task), some=True)


def _result(
    job: Job, suite: Step, tasks: list[TaskResult], said: tuple[str, ...] = ()
) -> CheckResult:
    code, below = whose(job.step, {layer.name: layer.origin for layer in job.stack.layers})
    return CheckResult(suite.name, suite.title, code, below, tuple(tasks), complaints=said)


def complaints(run: Run) -> tuple[str, ...]:
    """What pytest said, when it could not do its work."""
    return (tail(run, 30),) if run.broke and not (run.gave_up or run.died_in) else ()
