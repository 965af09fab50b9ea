"""What a file says about a task, whatever its tests say.

Apart from ``check`` because nothing here runs: it reads. A hole that still stands, a function that
is gone, a ``change`` that was not made, a file that Python cannot read: each turns its task red.
The rule: nothing is green that a person did not write.
"""

import textwrap
from collections.abc import Sequence

from workshop.checking.outcome import TaskResult, not_run, with_failure
from workshop.kit.failure import State
from workshop.layers import starterfile
from workshop.layers.source import all_code, has_hole, line_of
from workshop.layout import Layout
from workshop.stack import Fault, Stack
from workshop.steps import Step, Task, target_module


def faulty(step: Step, task: Task, faults: Sequence[Fault]) -> TaskResult:
    """A task whose stack holds a missing, empty or broken file: nothing is imported then.

    The tasks written in that file are *crashed*; the step's others *wait* for it.
    """
    modules = {target_module(step, target) for target in task.targets}
    owned = {target_module(step, target) for other in step.tasks for target in other.targets}
    own = [f for f in faults if f.layer == step.name and f.module in modules]
    fault = (own or list(faults))[0]
    waits = not own and fault.layer == step.name and fault.module in owned
    state: State = "waits" if waits else "crashed"
    want = f"a file that Python can read: {fault.file.name}"
    reset = f"python3 -m workshop reset {int(fault.layer[:2])} {fault.module}"
    advice = f"start the file over: {reset}"
    if fault.line:
        advice = f"mend line {fault.line} (or what stands just above it), and check again"
    if fault.module == "__init__":
        advice = "python3 -m workshop sync"
    return with_failure(not_run(task, "", state), state, want, fault.text, advice)


def honest(step: Step, result: TaskResult, stack: Stack, layout: Layout) -> TaskResult:
    """The result, made red if one of its targets is still as it was given, or is gone."""
    for target in step.task(result.id).targets:
        verdict = _verdict(step, result, target, stack, layout)
        if verdict is not None:
            return verdict
    return result


def _verdict(
    step: Step, result: TaskResult, target: str, stack: Stack, layout: Layout
) -> TaskResult | None:
    module = target_module(step, target)
    layer = next((layer for layer in stack.layers if layer.name == step.name), None)
    if module is None or layer is None:
        return None
    file, name = layer.file(module), target.removeprefix(module + ".")
    source = starterfile.read(file) or ""
    code = all_code(source, name)
    hint = f"python3 -m workshop hint {result.id}"
    if code is None:
        reset = f"python3 -m workshop reset {step.number} {module}"
        told = f"{layout.shown(file)} has no {name} any more; start the file over: {reset}"
        return with_failure(result, "wrong", f"{target}, as the task asks", told, hint)
    if result.state == "not started":
        return None
    untouched = layer.origin == "mine" and _as_given(step, target, code, layout)
    if has_hole(source, name) or untouched:
        done = "changed" if untouched else "written"
        want = f"{target} {done} ({layout.shown(file)}:{line_of(source, name)})"
        got = "nothing yet: it is as you were given it"
        return with_failure(result, "not started", want, got, hint)
    return None


def _as_given(step: Step, target: str, code: list[str], layout: Layout) -> bool:
    """Whether a ``change`` target still does what the starter's did."""
    given = starterfile.load(step.name, layout).given.get(target)
    if given is None:
        return False
    source = textwrap.dedent(given)
    name = target.rpartition(".")[2]
    return (all_code(source, name) or [])[-1:] == code[-1:]
