"""adopt, reset and assemble: nothing of the learner's is lost, and every backup is named."""

import re
from pathlib import Path

import pytest
from smallrepo import ONE, THREE, TWO, build, edit, put, solve

from workshop import Problem, progress
from workshop.checking import check
from workshop.layers import sync
from workshop.layers.adopt import adopt, reset
from workshop.layers.assemble import assemble
from workshop.layers.carry import carry
from workshop.layout import Layout
from workshop.stack import learner_stack, solution_stack


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return build(tmp_path)


def backup_named_in(said: list[str], layout: Layout) -> Path:
    [name] = re.findall(r"yours is kept in (\S+)", "\n".join(said))
    return layout.root / name


def test_adopting_a_file_keeps_mine_and_names_the_copy(layout: Layout):
    mine = layout.mine(ONE) / "marks.py"
    put(mine, "# my very own\n")
    said = adopt(1, "marks.py", layout=layout)
    assert mine.read_text("utf-8") == (layout.solution(ONE) / "marks.py").read_text("utf-8")
    assert backup_named_in(said, layout).read_text("utf-8") == "# my very own\n"
    assert "raise NotImplementedError" in (layout.mine(ONE) / "words.py").read_text("utf-8")


def test_adopting_a_whole_step_makes_it_green(layout: Layout):
    adopt(1, layout=layout)
    assert check.run(1, learner_stack(1, layout=layout), layout=layout).ok
    assert adopt(1, layout=layout) == []
    assert sync.problems(layout) == []


def test_an_unknown_file_names_the_near_miss(layout: Layout):
    with pytest.raises(Problem, match=r"no file 'mark.py' \(it has words, marks\).*'marks'"):
        adopt(1, "mark.py", layout=layout)


def test_reset_gives_the_starter_back_and_forgets_its_progress(layout: Layout):
    starter = (layout.mine(ONE) / "marks.py").read_text("utf-8")
    solve(layout, ONE)
    progress.load(layout.root).record({"1.1": "passed", "1.2": "passed"})
    said = reset(1, "marks", layout=layout)
    assert (layout.mine(ONE) / "marks.py").read_text("utf-8") == starter
    assert backup_named_in(said, layout).read_text("utf-8").endswith("# my own words\n")
    assert (layout.mine(ONE) / "words.py").read_text("utf-8").endswith("# my own words\n")
    known = progress.load(layout.root)
    assert (known.state("1.1"), known.state("1.2")) == ("passed", None)


def test_reset_brings_a_deleted_file_back(layout: Layout):
    (layout.mine(ONE) / "marks.py").unlink()
    assert reset(1, layout=layout) == [
        "steps/01_words/groundup/marks.py is as it was at the start now"
    ]


def test_my_functions_are_carried_forward_and_conflicts_are_named(layout: Layout):
    solve(layout, ONE)
    mine = layout.mine(ONE) / "words.py"
    edit(mine, "return text.split()", "return self.pieces(text)")
    edit(mine, "return self.split(text)[0]", "return list(self.split(text)).pop(0)")
    edit(mine, "return word.strip(string.punctuation)", "return word.lstrip('!')")
    edit(
        mine,
        "    # a comment between two methods\n",
        "    def pieces(self, text):\n        return re.findall(r'\\S+', text)\n\n"
        "    # a comment between two methods\n",
    )
    edit(mine, "import string", "import re\nimport string")
    said = adopt(2, mine=True, layout=layout)
    text = (layout.mine(TWO) / "words.py").read_text("utf-8")
    assert "return self.pieces(text)" in text and "import re\n" in text
    assert "def pieces(self, text):" in text
    assert "carried forward: Words.split" in said and "added: Words.pieces" in said
    assert [line.split()[1] for line in said if line.startswith("conflict")] == [
        "Words.first",
        "Words.clean",
    ]
    assert 'NotImplementedError("Task 2.2' in text and backup_named_in(said, layout).is_file()
    assert check.run(2, layout=layout).states() == {"2.1": "not started", "2.2": "not started"}
    again = adopt(2, mine=True, layout=layout)
    assert not any(line.startswith(("carried", "added")) for line in again), again


def test_with_nothing_of_mine_there_is_nothing_to_carry(layout: Layout):
    assert adopt(2, mine=True, layout=layout) == [
        "nothing to carry forward: below, your code is the solution's"
    ]
    with pytest.raises(Problem, match="step 1 changes no module"):
        adopt(1, mine=True, layout=layout)
    put(layout.mine(ONE) / "words.py", "def (\n")
    with pytest.raises(Problem, match=r"steps/01_words/groundup/words\.py, line 1: invalid"):
        adopt(2, mine=True, layout=layout)


def test_a_function_that_both_changed_is_a_conflict_and_stays_as_the_step_has_it():
    mine, base, theirs = (f"def f():\n    return {number}\n" for number in (2, 1, 3))
    done = carry(mine, base, theirs, frozenset())
    assert (done.text, done.taken, done.conflicts) == (theirs, (), ("f",))


def test_what_a_carried_function_reads_of_its_old_module_is_said():
    base = "def f():\n    return 1\n"
    done = carry("LIMIT = 3\n\n\ndef f():\n    return LIMIT\n", base, base, frozenset())
    assert (done.taken, done.needs) == (("f",), ("LIMIT",))


def test_a_stack_is_written_out_as_one_package(layout: Layout, tmp_path: Path):
    into = assemble(3, layout=layout)
    assert into == layout.root / "build" / "stack" / THREE
    names = sorted(file.name for file in (into / "groundup").iterdir())
    assert names == ["__init__.py", "loud.py", "marks.py", "words.py"]
    put(into / "groundup" / "stale.py", "")
    (layout.solution(THREE) / "loud.py").write_text("")
    with pytest.raises(Problem, match=r"loud\.py is empty"):
        assemble(3, layout=layout)
    mine = assemble(2, solution_stack(2, layout=layout), into=tmp_path / "tree", layout=layout)
    assert (mine / "groundup" / "words.py").is_file() and not (
        mine / "groundup" / "loud.py"
    ).exists()
