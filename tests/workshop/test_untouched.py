"""The starter nobody has touched: it imports, and no task of it is green.

Made anew in a temporary folder, so that it is the same however far this copy's learner is.
"""

import pytest

from workshop.checking import check
from workshop.layers.plan import plan
from workshop.layout import Layout
from workshop.stack import Layer, Stack, solution_stack
from workshop.steps import load_steps

STEPS = load_steps()


def starter(step, place):
    """The step's starter on the solutions below, as a learner begins."""
    layout = Layout()
    made = next(made for made in plan(STEPS, layout) if made.step.name == step.name)
    assert not made.complaints
    for file, text in made.starters.items():
        target = place / file.relative_to(layout.mine(step.name))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    below = solution_stack(step).layers[1:]
    return Stack((Layer(step.name, place, "mine", step.modules), *below))


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_every_task_is_not_started_or_waits(step, tmp_path):
    stack = starter(step, tmp_path)
    assert not stack.problems(), "the starter can be read"
    result = check.run(step, stack, regressions=False)
    states = {task.id: task.state for task in result.tasks}
    assert set(states) == {task.id for task in step.tasks}
    told = {task.id: task.failure for task in result.tasks if task.failure}
    wrong = {i: told.get(i) for i, state in states.items() if state not in ("not started", "waits")}
    assert not wrong, wrong
    assert not result.complaints, "no collection or import error"
