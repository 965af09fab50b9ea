"""Mutants: each wrong program must be noticed by the tests of the task that it names."""

from pathlib import Path

import pytest
from smallrepo import ONE, build, edit, put, toml

from workshop import Problem
from workshop.checking import mutants
from workshop.checking.report import mutant_line
from workshop.layout import Layout
from workshop.steps import find_step


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return build(tmp_path)


def mutant(name: str, **more: object) -> str:
    rows = {
        "id": name, "story": f"the story of {name}", "task": "1.2", "file": "marks.py",
        "find": 'text.count("!")', "replace": 'text.count("?")', **more,
    }  # fmt: skip
    return "[[mutant]]\n" + "".join(
        f"{key} = {'true' if value is True else toml(value)}\n" for key, value in rows.items()
    )


def written(layout: Layout, *rows: str) -> Layout:
    put(layout.tests(ONE) / "mutants.toml", "\n".join(rows))
    return layout


def test_killed_survived_and_noticed_by_another_task(layout: Layout):
    written(
        layout,
        mutant("killed"),
        mutant("equal", find="total = ", replace="total = 0 + "),
        mutant("elsewhere", file="words.py", find="return text.split()", replace="return [text]"),
    )
    told: list[str] = []
    results = mutants.run(1, on_result=lambda r: told.append(r.mutant.id), layout=layout)
    assert told == ["killed", "equal", "elsewhere"]
    killed, equal, elsewhere = results
    assert killed.ok and killed.state == "wrong" and "test_counts" in (killed.killed_by or "")
    assert not equal.ok and equal.others == ()
    assert not elsewhere.ok and elsewhere.others == ("1.1", "1.3")
    lines = [mutant_line(result).plain for result in results]
    assert lines[0].splitlines() == [
        "killed   1.2  killed: the story of killed",
        "              by test_counts (wrong)",
    ]
    assert "no test noticed" in lines[1] and "only 1.1, 1.3 noticed" in lines[2]


def test_the_solution_is_never_touched(layout: Layout):
    written(layout, mutant("killed"))
    before = {file: file.read_bytes() for file in layout.root.rglob("*.py")}
    mutants.run(1, layout=layout)
    assert {file: file.read_bytes() for file in layout.root.rglob("*.py")} == before


def test_a_golden_file_pins_what_a_learner_reads(layout: Layout):
    written(layout, mutant("killed", golden=True))
    golden = layout.tests(ONE) / "golden" / "killed.txt"
    [missing] = mutants.run(1, layout=layout)
    assert missing.killed and not missing.ok and missing.golden == ""
    assert mutants.run(1, update=True, layout=layout)[0].ok
    text = golden.read_text("utf-8")
    assert text.startswith("1.2 WRONG  do 1.2\n") and str(layout.root) not in text
    assert mutants.run(1, layout=layout)[0].ok
    edit(golden, "two marks", "three marks")
    [changed] = mutants.run(1, layout=layout)
    assert changed.killed and not changed.ok
    assert "golden/killed.txt says something else" in mutant_line(changed).plain


MISTAKES = [
    ({"find": "nowhere"}, "its text occurs 0 times in marks.py, not once"),
    ({"find": "text"}, "times in marks.py, not once"),
    ({"file": "mark.py"}, "no file 'mark.py'; did you mean 'marks.py'"),
    ({"replace": "(("}, "marks.py, line 8: "),
    ({"task": "1.9"}, "has no task 1.9"),
    ({"stori": "x"}, "unknown key 'stori'; did you mean 'story'"),
]


@pytest.mark.parametrize(("more", "said"), MISTAKES, ids=[said for _, said in MISTAKES])
def test_a_mutant_that_cannot_be_applied_is_refused(layout: Layout, more, said: str):
    written(layout, mutant("odd", **more))
    with pytest.raises(Problem) as caught:
        mutants.load(find_step(1, layout), layout)
    assert said in str(caught.value)


def test_two_mutants_of_one_name_are_refused(layout: Layout):
    written(layout, mutant("same"), mutant("same"))
    with pytest.raises(Problem, match="two mutants are called 'same'"):
        mutants.run(1, layout=layout)


def test_one_mutant_can_be_asked_for(layout: Layout):
    written(layout, mutant("one"), mutant("two"))
    assert [r.mutant.id for r in mutants.run(1, only=["two"], layout=layout)] == ["two"]
    with pytest.raises(Problem, match="no mutant 'tow'; did you mean 'two'"):
        mutants.run(1, only=["tow"], layout=layout)
