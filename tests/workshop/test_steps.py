"""A step.toml is read whole or refused with a sentence that names file, key and near miss."""

from pathlib import Path

import pytest
from smallrepo import ONE, build, edit

from workshop import Problem
from workshop.layout import Layout
from workshop.steps import find_step, find_task, load_steps, target_module


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return build(tmp_path, synced=False)


def test_steps_come_lowest_first_with_number_and_modules(layout: Layout):
    steps = load_steps(layout)
    assert [(s.number, s.modules) for s in steps] == [
        (1, ("words", "marks")),
        (2, ("words",)),
        (3, ("loud",)),
    ]


@pytest.mark.parametrize("wanted", ["1", "01", 1, ONE, "words", "wor"])
def test_a_step_is_found_by_number_name_or_word(layout: Layout, wanted: str | int):
    assert find_step(wanted, layout).name == ONE


def test_an_unknown_step_names_the_near_miss(layout: Layout):
    with pytest.raises(Problem, match=r"no step 'wrods'.*did you mean 'words'"):
        find_step("wrods", layout)
    with pytest.raises(Problem, match="no step '7'"):
        find_step("7", layout)


def test_an_unknown_task_names_those_there_are(layout: Layout):
    assert find_task("2.1", layout)[1].kind == "change"
    with pytest.raises(Problem, match=r"no task 2\.9 \(it has 2\.1, 2\.2\)"):
        find_task("2.9", layout)


def test_a_task_ends_where_its_step_toml_says(layout: Layout):
    ended, living = find_task("1.3", layout)[1], find_task("1.1", layout)[1]
    assert (ended.lives_on(1), ended.lives_on(2), living.lives_on(9)) == (True, False, True)


def test_a_target_belongs_to_the_longest_module_name(layout: Layout):
    step = find_step(1, layout)
    assert target_module(step, "words.Words.split") == "words"
    assert target_module(step, "nowhere.f") is None


MISTAKES = [
    ('idea = "an idea"', 'idae = "an idea"', "unknown key 'idae'; did you mean 'idea'"),
    ('idea = "an idea"\n', "", "'idea' is missing"),
    ("minutes = 10", 'minutes = "ten"', "minutes must be a whole number"),
    ('adds = ["words", "marks"]', 'adds = "words"', "adds must be a list of strings"),
    ('handler = "stream"', 'handler = "steam"', "handler is one of stream, message, request"),
    ('id = "1.2"', 'id = "1.5"', "task ids are 1.1, 1.5, 1.3, not 1.1, 1.2, 1.3"),
    ('"marks.count"', '"mark.count"', "task 1.2: target 'mark.count' is in no module"),
    ('"marks.count"', '"words.Words.first"', "stands in two tasks"),
    ('drafts = ["words"]', 'drafts = ["word"]', "draft 'word' is in neither adds nor changes"),
    ("ends = 1", 'kind = "rewrite"', "kind is one of write, change"),
    ("ends = 1", "part = 2", "part 2 is not one of the 1"),
    ('drafts = ["words"]', 'regressions = ["02_marks"]', "is not an earlier step's folder name"),
    ("adds =", "adds = = ", "Invalid value"),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES, ids=[said for _, _, said in MISTAKES])
def test_a_mistake_is_refused_in_one_sentence(layout: Layout, old: str, new: str, said: str):
    edit(layout.step(ONE) / "step.toml", old, new)
    with pytest.raises(Problem, match=r"^steps/01_words/step\.toml.*" + said):
        load_steps(layout)


def test_two_hints_are_not_three(layout: Layout):
    file = layout.step(ONE) / "step.toml"
    text = file.read_text("utf-8").replace('hints = ["a?", "b", "c"]', 'hints = ["a?", "b"]', 1)
    file.write_text(text, "utf-8")
    with pytest.raises(Problem, match=r"task 1\.1: it has 2 hints, not 3"):
        load_steps(layout)
