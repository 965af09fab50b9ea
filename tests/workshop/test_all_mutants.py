"""The mutants of every step: each is killed by the tests of the task it names."""

import pytest

from workshop.checking import mutants
from workshop.steps import Step, load_steps


@pytest.mark.parametrize("step", load_steps(), ids=lambda step: step.name)
def test_every_mutant_is_killed_by_the_task_it_names(step: Step):
    results = mutants.run(step)
    assert len(results) >= 8, f"{len(results)} mutants"
    assert sum(result.mutant.golden for result in results) >= 3, "three golden texts a step"
    survived = {r.mutant.id: r.others for r in results if not r.killed}
    assert survived == {}, "survivors, and the tasks that noticed instead"
    assert [r.mutant.id for r in results if not r.told_as_pinned] == [], "golden texts differ"
