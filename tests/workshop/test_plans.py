"""The instructor's plans: each session can be started at, and a day's fit into the day."""

import pytest

from tests.workshop.test_untouched import starter
from workshop import Problem
from workshop.book.plans import Session, page, read_plans, session
from workshop.checking import check
from workshop.layout import Layout
from workshop.stack import Layer, Stack, solution_stack
from workshop.steps import load_steps

STEPS = load_steps()
PLANS = read_plans(STEPS)
SESSIONS = {one.name: one for plan in PLANS for day in plan.days for one in day}


@pytest.mark.parametrize("plan", PLANS, ids=[plan.name for plan in PLANS])
def test_every_day_fits(plan):
    for day in plan.days:
        minutes = sum(one.minutes for one in day)
        assert minutes <= plan.day_minutes, f"{plan.name}: {[one.name for one in day]}"


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_can_be_started_at_whatever_was_left_out(name, tmp_path):
    """Its tasks are there to be written, on the solutions of all that stands below."""
    one = SESSIONS[name]
    wanted = [task.id for task in one.tasks]
    result = check.run(one.step, beginning(one, tmp_path), tasks=wanted, regressions=False)
    states = {task.id: task.state for task in result.tasks}
    for task in one.tasks:
        assert states[task.id] in ("not started", "waits"), f"{task.id} is {states[task.id]}"
    assert not result.complaints


def beginning(one: Session, place) -> Stack:
    """The learner's layer as `adopt` leaves it: parts before this one are the solution's."""
    stack = starter(one.step, place)
    before = [task for task in one.step.tasks if one.part and task.part < one.part]
    held = {task_module(target, one.step) for task in one.tasks for target in task.targets}
    for task in before:
        for target in task.targets:
            module = task_module(target, one.step)
            if module not in held:  # a file that both need stays the learner's
                source = Layer(one.step.name, Layout().solution(one.step.name), "solution", ())
                file = source.file(module)
                target_file = place / file.relative_to(Layout().solution(one.step.name))
                target_file.write_text(file.read_text("utf-8"), "utf-8")
    assert not stack.problems()
    assert solution_stack(one.step).layers[1:] == stack.layers[1:]
    return stack


def task_module(target, step):
    return max((m for m in step.modules if target.startswith(m + ".")), key=len)


def test_what_is_no_session_is_an_error():
    known = {step.number: step for step in STEPS}
    for text in ("12", "1.7"):
        with pytest.raises(Problem, match="no session"):
            session(text, known)


def test_the_table_tells_each_day():
    text = page(STEPS)
    for plan in PLANS:
        assert f"**{plan.name}**" in text
        for day in plan.days:
            assert " · ".join(one.name for one in day) in text
