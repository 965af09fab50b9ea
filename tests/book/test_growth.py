"""A layer is one idea: what the contributor's table counts, and the bounds that hold it."""

import pytest

from workshop.book.growth import MOST, Growth, drafted, growth, page, replaced
from workshop.layers import drafts
from workshop.steps import Step, load_steps

STEPS = load_steps()


def by_name(step: Step) -> str:
    return step.name


@pytest.mark.parametrize("step", STEPS, ids=by_name)
def test_a_layer_changes_few_old_lines_or_says_why(step: Step):
    layer = growth(step)
    assert layer.explained, (
        f"steps/{step.name} changes {layer.old_lines} old lines, more than {MOST}: "
        "change fewer, or give the reason in step.toml"
    )


@pytest.mark.parametrize("step", STEPS, ids=by_name)
def test_a_reason_is_given_only_where_one_is_needed(step: Step):
    assert not step.reason or growth(step).old_lines > MOST


def test_few_modules_have_drafts():
    assert len(drafted(STEPS)) <= drafts.MOST, sorted(drafted(STEPS))


def test_what_counts_as_an_old_line():
    old = ["import a", "", "# why", "x = 1", "y = 2", "x = 1"]
    assert replaced(old, ["x = 1"]) == 2, "y = 2 is gone, and one of the two x = 1"
    assert replaced(old, ["y = 2", "x = 1", "x = 1"]) == 0, "moved is not changed"


def test_the_table_has_a_row_for_each_layer():
    rows = page(STEPS)
    for step in STEPS:
        assert f"| {step.number} {step.title} |" in rows
    assert not Growth(STEPS[0], 10, MOST + 1).explained
