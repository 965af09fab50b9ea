"""What is remembered of the learner: never lost, never a reason to stop."""

import json

import pytest

from workshop import Problem, progress
from workshop.steps import find_step


def test_states_and_hints_survive_a_restart(tmp_path):
    known = progress.load(tmp_path)
    known.record({"1.1": "passed", "1.2": "wrong"})
    assert known.next_hint("1.2", 3) == 1
    again = progress.load(tmp_path)
    assert again.state("1.1") == "passed"
    assert again.state("1.2") == "wrong"
    assert again.state("1.3") is None, "never checked"
    assert again.hint_level("1.2") == 1


def test_hints_end_at_the_highest(tmp_path):
    known = progress.load(tmp_path)
    assert [known.next_hint("1.2", 3) for _ in range(5)] == [1, 2, 3, 3, 3]


def test_a_step_is_green_when_each_of_its_tasks_is(tmp_path):
    known, step = progress.load(tmp_path), find_step(1)
    known.record({task.id: "passed" for task in step.tasks[:-1]})
    assert not known.is_green(step)
    known.record({step.tasks[-1].id: "passed"})
    assert known.is_green(step)
    known.forget([step.tasks[0].id])
    assert not progress.load(tmp_path).is_green(step)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tasks": 3, "hints": {}}', '{"tasks": {}}'])
def test_an_unreadable_file_is_put_aside(tmp_path, text):
    file = tmp_path / ".workshop" / "progress.json"
    file.parent.mkdir()
    file.write_text(text)
    assert progress.load(tmp_path).tasks == {}
    aside = file.with_name("progress.unreadable.json")
    assert aside.read_text() == text, "what it held is not thrown away"
    progress.load(tmp_path).record({"1.1": "passed"})
    assert json.loads(file.read_text())["tasks"] == {"1.1": "passed"}


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / ".workshop").write_text("in the way")
    with pytest.raises(Problem, match="Progress cannot be kept"):
        progress.Progress(tmp_path / ".workshop" / "progress.json").save()


def test_every_backup_is_kept_with_its_path(tmp_path):
    file = tmp_path / "steps" / "01_echo_socket" / "groundup" / "net.py"
    file.parent.mkdir(parents=True)
    kept = []
    for text in ("first", "second", "third"):
        file.write_text(text)
        kept.append(progress.backup(file, tmp_path))
    assert [path.read_text() for path in kept] == ["first", "second", "third"]
    for path in kept:
        assert path.as_posix().endswith("steps/01_echo_socket/groundup/net.py")
        assert path.is_relative_to(tmp_path / ".workshop" / "backups")
