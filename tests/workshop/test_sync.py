"""sync writes what is generated, names the file to edit, and never touches a learner's work."""

from pathlib import Path

import pytest
from smallrepo import ONE, TWO, build, edit, put, solve, step_toml, task

from workshop import Problem
from workshop.layers import sync
from workshop.layers.starterfile import load
from workshop.layout import Layout

FINISHED = "solutions/09_full_framework/groundup"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return build(tmp_path)


def test_a_fresh_repository_is_written_once_and_then_clean(tmp_path: Path):
    layout = build(tmp_path, synced=False)
    assert sync.problems(layout)
    written = sync.sync(layout)
    assert f"solutions/{TWO}/groundup/words.py" in written
    assert f"steps/{TWO}/groundup/words.py" in written
    assert "pyrightconfig.json" in written and ".vscode/settings.json" in written
    assert sync.problems(layout, pristine=True) == []
    assert sync.sync(layout) == []


def test_a_copy_is_the_truth_byte_for_byte(layout: Layout):
    for name in ("marks.py",):
        copy = layout.solution(ONE) / name
        assert copy.read_bytes() == (layout.finished / name).read_bytes()


def test_an_edited_copy_names_the_file_to_edit_and_is_mended_with_a_backup(layout: Layout):
    copy = layout.solution(ONE) / "marks.py"
    edit(copy, '"""Marks."""', '"""My marks."""')
    assert sync.problems(layout) == [
        f"solutions/{ONE}/groundup/marks.py is a generated copy: edit {FINISHED}/marks.py, "
        "then run python3 -m workshop sync"
    ]
    sync.sync(layout)
    assert copy.read_bytes() == (layout.finished / "marks.py").read_bytes()
    kept = list((layout.root / ".workshop" / "backups").rglob("marks.py"))
    assert [file.read_text("utf-8").splitlines()[0] for file in kept] == ['"""My marks."""']


def test_an_edited_truth_is_copied_and_its_starter_follows(layout: Layout):
    edit(layout.finished / "marks.py", '"""Marks."""', '"""More marks."""')
    said = "\n".join(sync.problems(layout))
    assert f"steps/{ONE}/groundup/marks.py is an out-of-date starter" in said
    assert set(sync.sync(layout)) == {
        f"solutions/{ONE}/groundup/marks.py",
        f"steps/{ONE}/groundup/marks.py",
        f"steps/{ONE}/starter.json",
    }
    assert sync.problems(layout) == []


def test_a_finished_module_that_changes_names_its_draft_until_it_was_looked_at(layout: Layout):
    edit(layout.finished / "words.py", '"""Words."""', '"""Fine words."""')
    sync.sync(layout)
    wanted = [
        f"{FINISHED}/words.py changed: look at its draft solutions/{ONE}/groundup/words.py, "
        f"then python3 -m workshop sync --reviewed {ONE}/words"
    ]
    assert sync.problems(layout) == wanted
    with pytest.raises(Problem, match=r"no draft 'wods'"):
        sync.reviewed(["wods"], layout)
    assert sync.reviewed(["words"], layout) == [f"{ONE}/words"]
    assert sync.problems(layout) == []


def test_a_draft_is_never_written(layout: Layout):
    draft = layout.solution(ONE) / "words.py"
    edit(draft, '"""Words, in an early form."""', '"""Other early words."""')
    assert f"solutions/{ONE}/groundup/words.py" not in sync.sync(layout)
    assert draft.read_text("utf-8").startswith('"""Other early words."""')


def test_more_drafts_than_sixteen_are_reported(layout: Layout):
    names = [f"m{number}" for number in range(16)]
    for name in names:
        put(layout.finished / f"{name}.py", "x = 1\n")
        put(layout.solution("04_many") / f"{name}.py", "x = 2\n")
    toml = step_toml("Many", names, task("4.1", "m1.f"), drafts=names)
    put(layout.step("04_many") / "step.toml", toml)
    assert any("17 modules have drafts, and at most 16" in said for said in sync.problems(layout))


def test_what_a_learner_wrote_is_neither_judged_nor_touched(layout: Layout):
    solve(layout, ONE)
    put(layout.mine(TWO) / "words.py", "this is no python(\n")
    before = {file: file.read_bytes() for file in layout.root.glob("steps/*/groundup/*.py")}
    assert sync.problems(layout) == []
    assert sync.sync(layout) == []
    edit(layout.finished / "marks.py", '"""Marks."""', '"""More marks."""')
    edit(layout.finished / "loud.py", '"""Loud."""', '"""Louder."""')
    written = sync.sync(layout)
    after = {file: file.read_bytes() for file in layout.root.glob("steps/*/groundup/*.py")}
    changed = [layout.shown(file) for file in before if before[file] != after[file]]
    assert changed == ["steps/03_loud/groundup/loud.py"]
    assert f"steps/{ONE}/groundup/marks.py" not in written
    assert sync.problems(layout) == []


def test_only_the_maintainers_check_minds_an_edited_starter(layout: Layout):
    solve(layout, ONE)
    said = sync.problems(layout, pristine=True)
    assert [text.split()[0] for text in said] == [
        f"steps/{ONE}/groundup/words.py",
        f"steps/{ONE}/groundup/marks.py",
    ]
    sync.sync(layout, fresh=["1"])
    assert sync.problems(layout, pristine=True) == []
    kept = list((layout.root / ".workshop" / "backups").rglob("marks.py"))
    assert len(kept) == 1 and kept[0].read_text("utf-8").endswith("# my own words\n")


def test_windows_newlines_are_no_edit(layout: Layout):
    starter = layout.mine(ONE) / "marks.py"
    starter.write_bytes(starter.read_bytes().replace(b"\n", b"\r\n"))
    text = starter.read_text("utf-8")
    assert load(ONE, layout).knows("marks.py", text)
    assert sync.problems(layout, pristine=True) == []


def test_a_file_in_a_starters_place_that_was_not_generated_is_left_and_named(tmp_path: Path):
    layout = build(tmp_path, synced=False)
    put(layout.mine(ONE) / "marks.py", "x = 1\n")
    sync.sync(layout)
    assert (layout.mine(ONE) / "marks.py").read_text("utf-8") == "x = 1\n"
    [said] = sync.problems(layout)
    assert "was not generated: run python3 -m workshop sync --fresh 01_words" in said


def test_a_missing_starter_is_named_and_written(layout: Layout):
    (layout.mine(ONE) / "marks.py").unlink()
    [said] = sync.problems(layout)
    assert said == f"steps/{ONE}/groundup/marks.py is missing: run python3 -m workshop sync"
    assert sync.sync(layout) == [f"steps/{ONE}/groundup/marks.py"]


def test_a_starter_of_a_module_that_left_the_step_is_taken_away(layout: Layout):
    toml = layout.step("03_loud") / "step.toml"
    edit(toml, 'adds = ["loud"]', 'adds = ["hush"]')
    edit(toml, "loud.shout", "hush.shout")
    (layout.finished / "loud.py").rename(layout.finished / "hush.py")
    (layout.solution("03_loud") / "loud.py").unlink()
    sync.sync(layout)
    assert not (layout.mine("03_loud") / "loud.py").exists()
    assert (layout.mine("03_loud") / "hush.py").exists()


MESS = {
    "a module nobody names": (
        lambda at: put(at.solution(TWO) / "spare.py", "x = 1\n"),
        "solutions/02_marks/groundup/spare.py: steps/02_marks/step.toml does not name 'spare'",
    ),
    "a finished module that no step brings": (
        lambda at: put(at.finished / "spare.py", "x = 1\n"),
        f"{FINISHED}/spare.py: no step.toml adds 'spare', nor does unborn.toml name it",
    ),
    "a missing finished module": (
        lambda at: (at.finished / "loud.py").unlink(),
        f"{FINISHED}/loud.py is missing (steps/03_loud/step.toml names 'loud')",
    ),
    "a missing draft": (
        lambda at: (at.solution(ONE) / "words.py").unlink(),
        f"solutions/{ONE}/groundup/words.py is missing (steps/{ONE}/step.toml names draft 'words')",
    ),
    "a module added twice": (
        lambda at: edit(at.step("03_loud") / "step.toml", '["loud"]', '["loud", "marks"]'),
        "steps/03_loud/step.toml adds 'marks', which stands below: it changes it",
    ),
    "a change of nothing": (
        lambda at: edit(at.step(TWO) / "step.toml", '["words"]', '["words", "loud"]'),
        "steps/02_marks/step.toml changes 'loud', which no earlier step adds",
    ),
    "a target that is gone": (
        lambda at: edit(at.finished / "loud.py", "def shout", "def cry"),
        "steps/03_loud/step.toml: task 3.1: the target 'shout' is no function",
    ),
    "broken finished source": (
        lambda at: put(at.finished / "loud.py", "def (\n"),
        f"{FINISHED}/loud.py, line 1: invalid syntax",
    ),
}


@pytest.mark.parametrize("kind", MESS)
def test_what_was_forgotten_is_said_in_a_sentence(layout: Layout, kind: str):
    make, wanted = MESS[kind]
    make(layout)
    said = sync.problems(layout)
    assert any(text.startswith(wanted) for text in said), said


def test_a_layers_init_names_what_its_stack_defines_and_no_more(layout: Layout):
    first = (layout.solution(ONE) / "__init__.py").read_text("utf-8")
    third = (layout.mine("03_loud") / "__init__.py").read_text("utf-8")
    assert "loud" not in first and '__all__ = [\n    "Words",\n    "count",\n]' in first
    assert "from groundup.loud import shout\n" in third


def test_editor_settings_keep_the_learners_own_keys(layout: Layout):
    file = layout.root / ".vscode" / "settings.json"
    edit(file, "{\n", '{\n  "editor.fontSize": 20,\n')
    assert sync.problems(layout) == []
    edit(file, "steps/02_marks", "steps/02_mark")
    assert sync.problems(layout) == [
        ".vscode/settings.json is out of date: run python3 -m workshop sync"
    ]
    sync.sync(layout)
    assert '"editor.fontSize": 20' in file.read_text("utf-8")
    put(file, "{ // with a comment\n}\n")
    assert sync.problems(layout) == []
