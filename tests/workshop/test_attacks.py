"""Each step's attacks: they win against their victim and lose against the step's solution."""

import pytest

from workshop import Problem
from workshop.attacks import (
    Attack,
    Outcome,
    attempt,
    defended,
    load_attacks,
    load_bench,
    shipped_stack,
    started,
    victim,
)
from workshop.layout import Layout
from workshop.stack import solution_stack
from workshop.steps import find_step, load_steps

STEPS = load_steps()
ATTACKS = [
    pytest.param(step, attack, id=f"{step.number}-{attack.title}")
    for step in STEPS
    if (Layout().step(step.name) / "attack.py").is_file()
    for attack in load_attacks(step)
]


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_every_step_has_an_attack(step):
    assert load_attacks(step)


@pytest.mark.parametrize(("step", "attack"), ATTACKS)
def test_it_wins_against_its_victim(step, attack):
    with victim(step, attack.victim) as target:
        outcome = attempt(attack, target)
    assert outcome.won, f"{attack.victim} withstood: {outcome.saw}"
    assert "broke off" not in outcome.saw, "it wins by what it set out to do"


@pytest.mark.parametrize(("step", "attack"), ATTACKS)
def test_it_loses_against_the_solution(step, attack):
    with defended(step, solution_stack(step)) as target:
        outcome = attempt(attack, target)
        assert target.alive(), "the attacked server still runs"
    assert not outcome.won, outcome.saw


def test_a_server_that_breaks_off_has_lost():
    def run(target):
        raise ConnectionResetError("gone")

    outcome = attempt(Attack("a", "b", "naive", run), None)
    assert outcome == Outcome(True, "the server broke off: gone")


def test_what_is_missing_is_named():
    step = find_step(1)
    with pytest.raises(Problem, match=r"no absent\.py"), started(step, "absent.py", None):
        pass
    with pytest.raises(Problem, match="no step stands before step 1"), victim(step, "previous"):
        pass


def test_a_copy_without_solutions_attacks_the_learners_code(monkeypatch):
    step = find_step(2)
    assert {layer.origin for layer in shipped_stack(step).layers} == {"solution"}
    monkeypatch.setattr(Layout, "solution", lambda self, name: self.root / "deleted" / name)
    assert {layer.origin for layer in shipped_stack(step).layers} == {"mine"}


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_the_bench_of_a_step_gives_figures(step):
    bench = load_bench(step)
    with defended(step, solution_stack(step)) as target:
        figures = bench(target)
    assert figures
    assert all(value > 0 for value in figures.values()), figures
